using System.Globalization;
using Intarsia.Compiler.Backends.Ptx;
using Intarsia.Compiler.Planning;
using Intarsia.Compiler.Planning.Gpu;
using Intarsia.Gpu.Tests;
using Intarsia.ProductSpace.Drawing;

namespace Intarsia.Ptx.Tests.Tools;

/// <summary>A drawn kernel, lowered: what it was drawn as, and the program whose text is assembled.</summary>
/// <param name="Draw">The draw.</param>
/// <param name="Plan">Its plan.</param>
/// <param name="Program">Its warp program.</param>
internal sealed record DrawnPtx(GpuDraw Draw, KernelPlan Plan, WarpProgram Program)
{
    /// <summary>Draws of a seed are taken this far from each other, so that few of them are of all operations and patterns.</summary>
    private const int Stride = 29;

    /// <summary>The text.</summary>
    public string Text => PtxPrinter.Print(Program, []);

    /// <summary>What assembles it.</summary>
    public PtxTarget Target => Draw.Device == Device.Sm90A ? PtxTarget.Sm90a : PtxTarget.Sm80;

    /// <summary>The kernels of a seed that a device has: draw 0, 29, 58 …, without those that it has no kernel for.</summary>
    public static IEnumerable<DrawnPtx> Of(ulong seed, Device device)
    {
        var generator = new SpecGenerator(seed);
        for (int index = 0; ; index += Stride)
            if (GpuDraw.At(generator, index, device) is { } draw) yield return Lower(draw);
    }

    /// <summary>The number that an environment variable holds, else the default.</summary>
    public static int Setting(string variable, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : otherwise;

    private static DrawnPtx Lower(GpuDraw draw)
    {
        KernelPlan plan = draw.Plan();
        Compiler.Backends.Ptx.PtxTarget target = draw.Device == Device.Sm90A ? Compiler.Backends.Ptx.PtxTarget.Sm90A : Compiler.Backends.Ptx.PtxTarget.Sm80;
        return new DrawnPtx(draw, plan, KernelLowering.LowerToWarps(plan, target, "kernel", draw.Scalars(plan)).Program);
    }
}
