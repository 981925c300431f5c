using Intarsia.Compiler.Planning.Gpu;
using Intarsia.Compiler.Specs;
using Intarsia.ProductSpace.Drawing;
using Intarsia.Verification;
using Xunit;

namespace Intarsia.Gpu.Tests.Portable;

/// <summary>Kernels for any accelerator, of draws of the product space: written, compiled, run in groups with barriers, and compared with the reference.</summary>
[Trait("Category", "Gpu")]
public class PortableKernelTests
{
    /// <summary>A step of the depth is a few hundred changes of threads here.</summary>
    private const int MostDepth = 600;

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Kernel_OfEveryCell_MeetsTheReference(int part)
    {
        var generator = new SpecGenerator(81);
        PortableCase[] cases = [.. Enumerable.Range(0, SpecGenerator.DefaultCount * 3 / 10).Where(index => index % 2 == part)
            .Select(index => GpuDraw.At(generator, index, Device.Portable)).OfType<GpuDraw>().Where(draw => draw.Kernel.Sizes.Depth <= MostDepth)
            .Select((draw, index) => PortableCase.Of($"Kernel{index}", draw)).OfType<PortableCase>()];
        var faults = new List<string>();
        using var library = new PortableLibrary(cases);
        foreach (PortableCase kernel in cases)
        {
            ReferenceOperands operands = kernel.Draw.Operands();
            try
            {
                if (SpecReference.Execute(kernel.Draw.Spec, operands).FirstMismatch<double>(library.Run(kernel, operands)) is { } fault) faults.Add($"{kernel.Draw}\n  {fault}");
            }
            catch (Exception refusal)
            {
                faults.Add($"{kernel.Draw}\n  {refusal.Message}");
            }
        }

        Assert.True(faults.Count == 0, $"{faults.Count} faults in {cases.Length} kernels\n{string.Join('\n', faults.Take(10))}");
        Assert.True(cases.Length > 50, $"{cases.Length} kernels are too few.");
        Assert.Equal(Enum.GetValues<Operation>(), cases.Select(kernel => kernel.Draw.Spec.Operation).Distinct().Order());
        Assert.Equal(Enum.GetValues<Pattern>(), cases.Where(kernel => kernel.Draw.Spec.IsContraction).Select(kernel => kernel.Draw.Spec.Weights.Pattern.Kind).Distinct().Order());
    }
}
