using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.RegularExpressions;
using Intarsia.Bench.Measuring;

namespace Intarsia.Bench.Generation;

/// <summary>
/// <c>generation</c>: what kernels add to a build. The C# compiler runs in processes of its own, cold as in a build, over the same declarations twice: as annotated
/// partial methods with the generator, and as plain methods without it.
/// </summary>
internal static partial class GenerationCost
{
    /// <summary>Aim for the generator's own time in a cold compiler, for 100 kernels.</summary>
    private const double GenerationAim = 1;

    /// <summary>Aim for the whole time added to the build, for 100 kernels.</summary>
    private const double BuildAim = 5;

    public static Command Create()
    {
        var count = new Option<int>("--kernels") { Description = "How many kernels", DefaultValueFactory = _ => 100 };
        var runs = new Option<int>("--runs") { Description = "Runs of each build; the fastest counts", DefaultValueFactory = _ => 3 };
        var keep = new Option<string?>("--emit") { Description = "Folder in which the generated files are left" };
        var check = new Option<bool>("--check") { Description = "Exit non-zero where an aim is missed" };
        var command = new Command("generation", "Measure what 100 kernels add to a build") { count, runs, keep, check };
        command.SetAction(parsed => Run(parsed.GetValue(count), parsed.GetValue(runs), parsed.GetValue(keep), parsed.GetValue(check)));
        return command;
    }

    private static int Run(int count, int runs, string? keep, bool check)
    {
        string folder = Directory.CreateTempSubdirectory("intarsia-generation-").FullName;
        try
        {
            string with = Path.Combine(folder, "With.cs"), without = Path.Combine(folder, "Without.cs");
            File.WriteAllText(with, KernelSources.Annotated(count));
            File.WriteAllText(without, KernelSources.Plain(count));
            Timing annotated = Best(runs, () => Compile(folder, with, generate: true, emit: null));
            Timing plain = Best(runs, () => Compile(folder, without, generate: false, emit: null));
            string emitted = keep ?? Path.Combine(folder, "emitted");
            Directory.CreateDirectory(emitted);
            Compile(folder, with, generate: true, emit: emitted);
            string[] files = Directory.GetFiles(emitted, "*.cs", SearchOption.AllDirectories);
            double added = annotated.Total - plain.Total;
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"""
                {count} kernels, {files.Length} files, {files.Sum(file => File.ReadLines(file).LongCount())} lines
                compiler with the generator      {annotated.Total:F2} s ({annotated.Processor:F2} s of processor time)
                compiler without                 {plain.Total:F2} s ({plain.Processor:F2} s of processor time)
                added to the build               {added:F2} s (aim: under {BuildAim} s for 100)
                of that in the generator, cold   {annotated.Generator:F2} s (aim: under {GenerationAim} s for 100)
                of that in the analyzers         {annotated.Analyzers:F2} s
                """));
            return check && (added > BuildAim || annotated.Generator > GenerationAim) ? 1 : 0;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Seconds: wall time of the compiler process, its processor time over all cores, and the wall times that it reports for generators and for analyzers.</summary>
    private readonly record struct Timing(double Total, double Processor, double Generator, double Analyzers);

    private static Timing Best(int runs, Func<Timing> measure) => Enumerable.Range(0, runs).Select(_ => measure()).MinBy(timing => timing.Total);

    private static Timing Compile(string folder, string source, bool generate, string? emit)
    {
        string root = RepositoryRoot();
        string runtime = RuntimeEnvironment.GetRuntimeDirectory();
        var arguments = new StringBuilder("/nologo /target:library /optimize+ /langversion:latest /nullable:enable /unsafe- /reportanalyzer\n");
        arguments.AppendLine(CultureInfo.InvariantCulture, $"/out:\"{Path.Combine(folder, "out.dll")}\"");
        foreach (string assembly in Directory.GetFiles(runtime, "*.dll").Where(IsManaged)) arguments.AppendLine(CultureInfo.InvariantCulture, $"/reference:\"{assembly}\"");
        foreach (string assembly in (string[])["Intarsia.Abstractions.dll", "Intarsia.Runtime.dll", "System.Numerics.Tensors.dll"])
            arguments.AppendLine(CultureInfo.InvariantCulture, $"/reference:\"{Path.Combine(AppContext.BaseDirectory, assembly)}\"");
        if (generate)
        {
            foreach (string analyzer in (string[])["generators/Intarsia.Generators", "generators/Intarsia.Compiler", "abstractions/Intarsia.Abstractions"])
                arguments.AppendLine(CultureInfo.InvariantCulture, $"/analyzer:\"{Path.Combine(root, analyzer, "bin", "Release", "netstandard2.0", Path.GetFileName(analyzer) + ".dll")}\"");
        }
        if (emit is not null) arguments.AppendLine(CultureInfo.InvariantCulture, $"/generatedfilesout:\"{emit}\"");
        arguments.AppendLine(CultureInfo.InvariantCulture, $"\"{source}\"");
        string response = Path.Combine(folder, "arguments.rsp");
        File.WriteAllText(response, arguments.ToString());

        double processor = Machine.ChildSeconds();
        long start = Stopwatch.GetTimestamp();
        using Process compiler = Process.Start(new ProcessStartInfo("dotnet", [CompilerPath(runtime), "/noconfig", "@" + response]) { RedirectStandardOutput = true })
            ?? throw new InvalidOperationException("The compiler did not start.");
        string output = compiler.StandardOutput.ReadToEnd();
        compiler.WaitForExit();
        double total = Stopwatch.GetElapsedTime(start).TotalSeconds;
        if (compiler.ExitCode != 0) throw new InvalidOperationException($"The compiler ended with {compiler.ExitCode}:\n{output}");
        return new Timing(total, Machine.ChildSeconds() - processor, Reported(output, GeneratorTime()), Reported(output, AnalyzerTime()));
    }

    private static double Reported(string output, Regex line) => line.Match(output) is { Success: true } match ? double.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture) : 0;

    private static bool IsManaged(string path)
    {
        string name = Path.GetFileName(path);
        return name.StartsWith("System.", StringComparison.Ordinal) || name is "mscorlib.dll" or "netstandard.dll" or "Microsoft.CSharp.dll";
    }

    // dotnet/shared/Microsoft.NETCore.App/<version>/ → dotnet/sdk/<newest>/Roslyn/bincore/csc.dll
    private static string CompilerPath(string runtime)
    {
        string sdks = Path.GetFullPath(Path.Combine(runtime, "..", "..", "..", "sdk"));
        return Directory.GetDirectories(sdks)
            .Select(folder => Path.Combine(folder, "Roslyn", "bincore", "csc.dll"))
            .Where(File.Exists)
            .OrderBy(path => path, StringComparer.Ordinal)
            .LastOrDefault() ?? throw new InvalidOperationException($"No C# compiler under {sdks}.");
    }

    private static string RepositoryRoot()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "Intarsia.slnx"))) return folder.FullName;
        throw new InvalidOperationException("The generator is looked for in the repository, above the program's folder; there is no Intarsia.slnx.");
    }

    [GeneratedRegex(@"generator execution time: ([\d.]+) seconds", RegexOptions.IgnoreCase)]
    private static partial Regex GeneratorTime();

    [GeneratedRegex(@"analyzer execution time: ([\d.]+) seconds", RegexOptions.IgnoreCase)]
    private static partial Regex AnalyzerTime();
}
