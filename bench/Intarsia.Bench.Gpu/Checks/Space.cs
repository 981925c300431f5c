using Intarsia.Bench.Gpu.Devices;
using Intarsia.Compiler.Backends.Ptx;
using Intarsia.Compiler.Planning;
using Intarsia.Compiler.Planning.Gpu;
using Intarsia.Gpu.Tests;
using Intarsia.ProductSpace.Drawing;
using Intarsia.Verification;

namespace Intarsia.Bench.Gpu.Checks;

/// <summary>Draws of the product space, those of the tests, on a device: the text for sm_80, and the one for sm_90a beside it where the device takes that and the spec has it.</summary>
internal static class Space
{
    public static IEnumerable<Check> Checks(DeviceKind device, int draws, int seed)
    {
        var generator = new SpecGenerator((ulong)seed);
        return
            from index in Enumerable.Range(0, draws)
            from target in device.Targets
            let draw = GpuDraw.At(generator, index, target)
            where draw is not null && !draw.IsEmpty
            select new Check(draw.ToString(), gpu => Fault(draw, gpu));
    }

    private static string? Fault(GpuDraw draw, GpuDevice gpu)
    {
        ReferenceOperands logical = draw.Operands();
        KernelPlan plan = draw.Plan();
        PtxKernel lowered = EmulatedKernel.Lower(plan, draw.Device == Device.Sm90A ? PtxTarget.Sm90A : PtxTarget.Sm80, draw.Scalars(plan));
        var operands = new PlanOperands(draw.Spec, plan, logical, draw.Gap);
        using BoundKernel kernel = gpu.Bind(lowered, plan, operands);
        kernel.Launch();
        return SpecReference.Execute(draw.Spec, logical).FirstMismatch<double>(kernel.ReadY()) ?? PlaneEnds.Fault(draw.Spec, operands, logical.Rows, logical.Columns, draw.Gap);
    }
}
