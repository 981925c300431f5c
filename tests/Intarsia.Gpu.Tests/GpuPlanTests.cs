using Intarsia.Compiler.Planning.Gpu;
using Intarsia.ProductSpace.Drawing;
using Intarsia.Verification;
using Xunit;

namespace Intarsia.Gpu.Tests;

/// <summary>
/// Plans for GPUs through the tile interpreter, which checks every access: what a schedule got wrong shows here, before a backend has a part in it. The two forms that nearly every draw has take turns; that
/// of warp groups is rare.
/// </summary>
[Trait("Category", "Gpu")]
public class GpuPlanTests
{
    private const int Parts = 8;

    public static TheoryData<Device, int> Runs()
    {
        var runs = new TheoryData<Device, int>();
        foreach (Device device in (Device[])[Device.Sm80, Device.Sm90A, Device.Portable])
            for (int part = 0; part < Parts; part++) runs.Add(device, part);
        return runs;
    }

    [Theory]
    [MemberData(nameof(Runs))]
    public void Plan_OfEveryCell_MeetsTheReference(Device device, int part)
    {
        var generator = new SpecGenerator(80);
        var faults = new List<string>();
        int count = 0;
        for (int index = part; index < SpecGenerator.DefaultCount * 4 / 5; index += Parts)
        {
            if (device != Device.Sm90A && index / Parts % 2 != (device == Device.Sm80 ? 0 : 1)) continue;
            if (GpuDraw.At(generator, index, device) is not { } draw) continue;
            count++;
            ReferenceOperands operands = draw.Operands();
            try
            {
                if (SpecReference.Execute(draw.Spec, operands).FirstMismatch<double>(PlanInterpreter.Run(draw.Spec, device, draw.Aligned, operands)) is { } fault) faults.Add($"{draw}\n  {fault}");
            }
            catch (Exception refusal)
            {
                faults.Add($"{draw}\n  {refusal.Message}");
            }
        }

        Assert.True(faults.Count == 0, $"{faults.Count} faults in {count} plans\n{string.Join('\n', faults.Take(10))}");
        Assert.NotEqual(0, count);
    }
}
