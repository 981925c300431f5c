using System.Text.RegularExpressions;

namespace Intarsia.Package.Tests;

/// <summary>The packages as a user meets them: from a feed, in a project outside this repository, with default settings.</summary>
public sealed class PackageTests(PackedPackages packages) : IClassFixture<PackedPackages>
{
    [Fact]
    public void IntarsiaPackage_Contents_AreWhatCompilerAndBuildLookFor()
    {
        string[] files = packages.Files("Intarsia");

        Assert.Equal(
            ["Iced.LICENSE.txt", "Iced.dll", "Intarsia.Abstractions.dll", "Intarsia.CodeFixes.dll", "Intarsia.Compiler.dll", "Intarsia.Generators.dll"],
            files.Where(file => file.StartsWith("analyzers/dotnet/cs/", StringComparison.Ordinal)).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Contains("build/Intarsia.props", files);
        Assert.Contains("build/Intarsia.targets", files);
        Assert.Contains("buildTransitive/Intarsia.props", files);
        Assert.Contains("buildTransitive/Intarsia.targets", files);
        Assert.Contains("README.md", files);
        Assert.DoesNotContain(files, file => file.StartsWith("lib/", StringComparison.Ordinal));
    }

    [Fact]
    public void CompilerPackage_Contents_IsTheRoslynFreeAssembly()
    {
        Assert.Contains("lib/netstandard2.0/Intarsia.Compiler.dll", packages.Files("Intarsia.Compiler"));
    }

    [Theory]
    [InlineData("Intarsia.Abstractions", "netstandard2.0")]
    [InlineData("Intarsia.Runtime", "net10.0")]
    [InlineData("Intarsia.Verification", "net10.0")]
    [InlineData("Intarsia.PtxEmulator", "net10.0")]
    public void LibraryPackage_Contents_HasAssemblyDocumentationAndSymbols(string package, string framework)
    {
        string[] files = packages.Files(package);

        Assert.Contains($"lib/{framework}/{package}.dll", files);
        Assert.Contains($"lib/{framework}/{package}.xml", files);
        Assert.Contains("README.md", files);
        Assert.Contains($"lib/{framework}/{package}.pdb", packages.Files(package, "snupkg"));
    }

    [Fact]
    public void FirstKernelOfReadme_InFreshConsoleProject_PrintsWhatReadmeSays()
    {
        string readme = File.ReadAllText(Path.Combine(DotNet.BuildValue("RepositoryRoot"), "README.md"));
        string program = Regex.Match(readme, @"```csharp\n(.*?)```", RegexOptions.Singleline).Groups[1].Value;
        string printed = Regex.Match(program, @"WriteLine\(string\.Join.*// (.*)").Groups[1].Value;
        string folder = packages.CreateConsoleProject("first", program);

        (int exitCode, string output) = DotNet.Run(folder, "run", "-c", "Release");

        Assert.True(exitCode == 0, output);
        string[] lines = output.ReplaceLineEndings("\n").Split('\n');
        Assert.Equal("9.5 0 21.5 0", printed);
        Assert.Contains(printed, lines);
        Assert.Contains(lines, line => line.Contains("spmm_nm2of4_f32", StringComparison.Ordinal));
    }

    [Fact]
    public void IntarsiaTiers_TwoNamed_OnlyThoseAreEmittedAndWarningsAreNone()
    {
        const string Program = """
            using Intarsia;

            float[] y = new float[1];
            Layers.Multiply([1, 2, 3], [4, 5, 6], y);
            Console.WriteLine($"result {y[0]} on {Layers.MultiplyKernel.Tier}");

            internal static partial class Layers
            {
                [Gemm(Rows = 1, Depth = 3, Columns = 1)]
                internal static partial void Multiply(ReadOnlySpan<float> w, ReadOnlySpan<float> x, Span<float> y);
            }
            """;
        string folder = packages.CreateConsoleProject("tiers", Program, """
            <TreatWarningsAsErrors>true</TreatWarningsAsErrors>
                <IntarsiaTiers>Scalar; Vector128</IntarsiaTiers>
                <EmitCompilerGeneratedFiles>true</EmitCompilerGeneratedFiles>
            """);

        (int exitCode, string output) = DotNet.Run(folder, "run", "-c", "Release");

        Assert.True(exitCode == 0, output);
        Assert.Contains("result 32 on Vector128", output, StringComparison.Ordinal);
        string generated = string.Concat(Directory.EnumerateFiles(Path.Combine(folder, "obj"), "*.g.cs", SearchOption.AllDirectories).Select(File.ReadAllText));
        Assert.Contains("Vector128", generated, StringComparison.Ordinal);
        Assert.DoesNotContain("Avx512", generated, StringComparison.Ordinal);
        Assert.DoesNotContain("AdvSimd", generated, StringComparison.Ordinal);
    }

    /// <summary>Machine code is for those who want it: a property of the project leaves it out, and the kernel is another with the same result.</summary>
    [Theory]
    [InlineData("native", "", true)]
    [InlineData("managed", "<IntarsiaNative>false</IntarsiaNative>", false)]
    public void IntarsiaNative_SaysWhetherMachineCodeIsEmitted(string name, string property, bool isEmitted)
    {
        const string Program = """
            using Intarsia;

            sbyte[] w = [.. Enumerable.Range(0, 32 * 64).Select(i => (sbyte)(i % 251 - 125))];
            byte[] x = [.. Enumerable.Range(0, 5 * 64).Select(i => (byte)(i * 7))];
            int[] y = new int[5 * 32];
            Layers.Multiply(PackedMatrix.Pack(w, 32, 64, Layers.MultiplyKernel.Weights!), x, y, 5);
            int wrong = Enumerable.Range(0, y.Length).Count(i => y[i] != Enumerable.Range(0, 64).Sum(k => w[i % 32 * 64 + k] * x[i / 32 * 64 + k]));
            Console.WriteLine($"{wrong} of {y.Length} wrong, machine code {Layers.MultiplyKernel.NativeCode ?? "none"}");

            internal static partial class Layers
            {
                [Gemm(Rows = 32, Depth = 64)]
                internal static partial void Multiply([Format(NumberFormat.Int8, Scale = Per.None)] PackedMatrix w, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<byte> x, [Layout(MatrixLayout.TokenMajor)] Span<int> y, int tokens);
            }
            """;
        string folder = packages.CreateConsoleProject(name, Program, $"""
            <TreatWarningsAsErrors>true</TreatWarningsAsErrors>
                <EmitCompilerGeneratedFiles>true</EmitCompilerGeneratedFiles>
                {property}
            """);

        (int exitCode, string output) = DotNet.Run(folder, "run", "-c", "Release");

        Assert.True(exitCode == 0, output);
        Assert.Contains("0 of 160 wrong, machine code", output, StringComparison.Ordinal);
        Assert.Equal(!isEmitted, output.Contains("machine code none", StringComparison.Ordinal));
        string generated = string.Concat(Directory.EnumerateFiles(Path.Combine(folder, "obj"), "*.g.cs", SearchOption.AllDirectories).Select(File.ReadAllText));
        Assert.Contains("Avx512", generated, StringComparison.Ordinal);
        foreach (string text in (string[])["NativeMethods", "NativeModule", "Avx512Native", "vpdpbusd"]) Assert.Equal(isEmitted, generated.Contains(text, StringComparison.Ordinal));
        Assert.Equal(isEmitted, Regex.IsMatch(generated, "(0x[0-9A-F]{2}, ){4}"));
    }

    [Fact]
    public void ArmTier_KernelsOfQuickstart_AreEmittedAndCompile()
    {
        string Sample(string file) => File.ReadAllText(Path.Combine(DotNet.BuildValue("RepositoryRoot"), "samples", "Quickstart", file));
        string folder = packages.CreateConsoleProject("arm", "Console.WriteLine(Quickstart.Dense.FirstKernel.Tier);", """
            <TreatWarningsAsErrors>true</TreatWarningsAsErrors>
                <IntarsiaTiers>AdvSimd;Scalar</IntarsiaTiers>
                <EmitCompilerGeneratedFiles>true</EmitCompilerGeneratedFiles>
            """);
        File.WriteAllText(Path.Combine(folder, "DigitKernels.cs"), Sample("DigitKernels.cs"));
        File.WriteAllText(Path.Combine(folder, "BertKernels.cs"), Sample("BertKernels.cs"));

        (int exitCode, string output) = DotNet.Run(folder, "build", "-c", "Release");

        Assert.True(exitCode == 0, output);
        string[] kernels = [.. Directory.EnumerateFiles(Path.Combine(folder, "obj"), "Quickstart.*.g.cs", SearchOption.AllDirectories).Select(File.ReadAllText)];
        Assert.Equal(16, kernels.Length);
        Assert.All(kernels, kernel => Assert.Contains("Tier.AdvSimd", kernel, StringComparison.Ordinal));
        Assert.All(kernels, kernel => Assert.DoesNotContain("Avx", kernel, StringComparison.Ordinal));
    }

    [Fact]
    public void BuildFiles_WithOlderCompiler_StopWithOneClearError()
    {
        string folder = packages.CreateConsoleProject("older", "Console.WriteLine();", "<CompilerApiVersion>roslyn4.8</CompilerApiVersion>");

        (int exitCode, string output) = DotNet.Run(folder, "build", "-p:CompilerApiVersion=roslyn4.8");

        Assert.NotEqual(0, exitCode);
        Assert.Contains("error TPP0404: Intarsia needs the C# compiler 4.14 or later; this build uses 4.8.", output, StringComparison.Ordinal);
        Assert.DoesNotContain("CS8795", output, StringComparison.Ordinal);
    }
}
