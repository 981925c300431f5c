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
        PortableCase[] cases = [.. PortableCase.Draws(81, SpecGenerator.Round.Count, part, parts: 2).Where(kernel => kernel.Draw.Kernel.Sizes.Depth <= MostDepth)];
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
        PortableCase.AssertAll(cases);
    }
}
