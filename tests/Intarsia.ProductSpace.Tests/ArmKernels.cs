using Intarsia.ProductSpace.Arm;
using Intarsia.ProductSpace.Drawing;
using Intarsia.ProductSpace.Running;
using Xunit;

namespace Intarsia.ProductSpace.Tests;

/// <summary>Kernels of the AdvSimd tier, compiled once into a folder with the runtime of <see cref="ArmMachine"/>: a few for each instruction that is looked for.</summary>
public sealed class ArmKernels : IDisposable
{
    private const ulong Seed = 2026;

    private readonly Dictionary<ArmUse, IReadOnlyList<DrawnKernel>> _draws;

    private readonly string _folder = Directory.CreateTempSubdirectory("intarsia-arm-").FullName;

    public ArmKernels()
    {
        var generator = new SpecGenerator(Seed) { KnowsPatterns = true };
        _draws = ArmMutation.All.Select(mutation => mutation.Use).Distinct().ToDictionary(use => use, use => use.In(generator));
        ArmMachine.Compiler().Compile("ArmKernels", _draws.Values.SelectMany(draws => draws).DistinctBy(draw => draw.Index).OrderBy(draw => draw.Index)).Save(Kernels);
        ArmMachine.Write(_folder);
    }

    private string Kernels => Path.Combine(_folder, "ArmKernels.dll");

    /// <summary>Runs the draws that a mistake is looked for in on a machine that makes it, in this process.</summary>
    /// <returns>The draws that were run and the faults that were found.</returns>
    public (int Draws, string[] Faults) Run(ArmMutation mutation)
    {
        string folder = Directory.CreateDirectory(Path.Combine(_folder, mutation.Name)).FullName;
        string kernels = Path.Combine(folder, Path.GetFileName(Kernels));
        File.Copy(Kernels, kernels);
        if (mutation.IsOfDefinitions)
        {
            File.Copy(Path.Combine(_folder, ArmMachine.RuntimeFile), Path.Combine(folder, ArmMachine.RuntimeFile));
            ArmMachine.WriteInstructions(folder, mutation.Apply);
        }
        else
        {
            ArmMachine.Write(folder, mutation.Apply);
        }
        using var lines = new StringWriter();
        string[] arguments = [$"{Seed}", "0", $"{ArmUse.Searched}", SpecGenerator.Only(_draws[mutation.Use].Select(draw => draw.Index)), nameof(Tier.AdvSimdDp), "1", kernels];
        ArmContext.Run(arguments, lines);
        ILookup<char, string> said = lines.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries).ToLookup(line => line[0]);
        return (said['>'].Count(), [.. said['!']]);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
