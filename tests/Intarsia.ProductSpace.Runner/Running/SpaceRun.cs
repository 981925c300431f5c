using System.Diagnostics;
using Intarsia.ProductSpace.Arm;
using Intarsia.ProductSpace.Drawing;
using Microsoft.CodeAnalysis;

namespace Intarsia.ProductSpace.Running;

/// <summary>The outcome of one batch.</summary>
/// <param name="Seed">The seed.</param>
/// <param name="First">The first draw.</param>
/// <param name="Count">Draws looked at.</param>
/// <param name="Run">Draws run: all, unless only some were wanted.</param>
/// <param name="Settings">What each tier setting did.</param>
/// <param name="Generation">Time in the generator.</param>
/// <param name="Compilation">Time in the C# compiler.</param>
public sealed record BatchResult(ulong Seed, int First, int Count, int Run, IReadOnlyList<SettingResult> Settings, TimeSpan Generation, TimeSpan Compilation)
{
    public bool Passed => Settings.All(setting => setting.Faults.Count == 0 && setting.Passed == Run);
}

/// <summary>Draws, declares, compiles once, and runs under every tier setting.</summary>
public sealed class SpaceRun(SpaceOptions options, TextWriter log)
{
    /// <summary>Runs every batch of the options.</summary>
    public IReadOnlyList<BatchResult> RunAll()
    {
        var results = new List<BatchResult>();
        foreach ((int first, int count) in options.Batches())
        {
            BatchResult result = RunBatch(first, count);
            results.Add(result);
            if (options.Results is not null) ResultsFile.Append(options.Results, result);
            Report(result);
        }
        return results;
    }

    /// <summary>Runs one batch.</summary>
    public BatchResult RunBatch(int first, int count)
    {
        DrawnKernel[] kernels = [.. new SpecGenerator(options.Seed) { KnowsPatterns = true }.Draw(first, count, options.Only)];
        Histogram.Print(kernels, log);
        string folder = options.Keep is null ? Directory.CreateTempSubdirectory("intarsia-space-").FullName : Directory.CreateDirectory(options.Keep).FullName;
        try
        {
            TimeSpan generation = default, compilation = default;
            var settings = new List<SettingResult>();
            foreach (IGrouping<bool, TierSetting> group in Settings().GroupBy(setting => setting.IsDefined))
            {
                string place = group.Key ? Directory.CreateDirectory(Path.Combine(folder, "arm")).FullName : folder;
                if (group.Key) ArmMachine.Write(place);
                (string[] assemblies, TimeSpan generated, TimeSpan compiled) = Compile(kernels, place, group.Key ? ArmMachine.Compiler : allowUnsafe => new SpaceCompiler { AllowUnsafe = allowUnsafe, AnalysesNullability = false });
                (generation, compilation) = (generation + generated, compilation + compiled);
                settings.AddRange(RunSettings([.. group], first, count, assemblies).GetAwaiter().GetResult());
            }
            return new BatchResult(options.Seed, first, count, kernels.Length, settings, generation, compilation);
        }
        finally
        {
            if (options.Keep is null) Directory.Delete(folder, recursive: true);
        }
    }

    // All that this machine can, or those that are named.
    private IEnumerable<TierSetting> Settings()
    {
        IReadOnlyList<TierSetting> here = TierSetting.Executable(CpuFeatures.Detect());
        return options.Settings.Count == 0 ? here : here.Concat(TierSetting.Defined).Where(setting => options.Settings.Contains(setting.Name));
    }

    // Signatures with raw addresses need unsafe code, which a default project has not; they stand in an assembly of their own.
    private (string[] Assemblies, TimeSpan Generation, TimeSpan Compilation) Compile(DrawnKernel[] kernels, string folder, Func<bool, SpaceCompiler> compiler)
    {
        var watch = Stopwatch.StartNew();
        TimeSpan generation = default;
        var paths = new List<string>();
        foreach (bool allowUnsafe in new[] { false, true })
        {
            DrawnKernel[] part = [.. kernels.Where(kernel => SpaceCompiler.NeedsUnsafe(kernel) == allowUnsafe)];
            if (part.Length == 0) continue;
            string name = allowUnsafe ? "SpaceUnsafe" : "Space";
            SpaceCompilation compilation = compiler(allowUnsafe).Compile(name, part);
            generation += compilation.Generation;
            if (options.Keep is not null) KeepSources(compilation, Path.Combine(folder, name));
            paths.Add(Path.Combine(folder, name + ".dll"));
            compilation.Save(paths[^1]);
        }
        return ([.. paths], generation, watch.Elapsed - generation);
    }

    private static void KeepSources(SpaceCompilation compilation, string folder)
    {
        Directory.CreateDirectory(folder);
        foreach (SyntaxTree tree in compilation.Compilation.SyntaxTrees) File.WriteAllText(Path.Combine(folder, Path.GetFileName(tree.FilePath)), tree.ToString());
    }

    private async Task<SettingResult[]> RunSettings(TierSetting[] settings, int first, int count, string[] assemblies)
    {
        using var slots = new SemaphoreSlim(Environment.ProcessorCount);
        return await Task.WhenAll(settings.Select(async setting =>
        {
            await slots.WaitAsync();
            try
            {
                return await ChildProcess.RunAsync(setting, options.Seed, first, count, options.Only, string.Join(',', options.Threads), assemblies);
            }
            finally
            {
                slots.Release();
            }
        }));
    }

    private void Report(BatchResult result)
    {
        log.WriteLine(FormattableString.Invariant($"seed {result.Seed}, draws {result.First}..{result.First + result.Count - 1}: generated in {result.Generation.TotalSeconds:F1} s, compiled in {result.Compilation.TotalSeconds:F1} s"));
        var generator = new SpecGenerator(result.Seed) { KnowsPatterns = true };
        foreach (SettingResult setting in result.Settings)
        {
            log.WriteLine(FormattableString.Invariant($"  {setting.Setting.Name,-16} {setting.Setting.Expected,-10} {setting.Passed} of {result.Run} pass, {setting.Time.TotalSeconds:F1} s"));
            foreach ((int index, string fault) in setting.Faults.Take(25)) log.WriteLine($"    {generator.Draw(index)}\n      {fault}");
            if (setting.Faults.Count > 25) log.WriteLine($"    … and {setting.Faults.Count - 25} more");
        }
    }
}
