using Intarsia.Compiler.Planning;
using Intarsia.Compiler.Planning.Gpu;
using Intarsia.Compiler.Specs;
using Intarsia.ProductSpace.Drawing;
using Intarsia.ProductSpace.Operands;
using Intarsia.Verification;

namespace Intarsia.Gpu.Tests;

/// <summary>
/// A draw of the product space for a GPU. Every other one has sizes rounded up, so that lines begin and end at multiples of 16 bytes, even in four bits, and the asynchronous copies are used; the rest are ragged.
/// </summary>
internal sealed record GpuDraw(DrawnKernel Kernel, Device Device, bool Aligned)
{
    /// <summary>Elements behind a line: a multiple of 16 bytes, or not.</summary>
    public int Gap { get; init; } = Aligned ? 32 : 3;

    public KernelSpec Spec => Kernel.Spec;

    /// <summary>The draw at an index, or null where the device has no kernel for its spec.</summary>
    public static GpuDraw? At(SpecGenerator generator, int index, Device device)
    {
        DrawnKernel kernel = generator.Draw(index);
        bool aligned = device == Device.Sm90A || index / 7 % 2 == 0;
        if (aligned) kernel = Round(kernel);
        return DevicePlanner.Supports(kernel.Spec, device) ? new GpuDraw(kernel, device, aligned) : null;
    }

    /// <summary>A kernel that nobody drew, at given sizes, with every line dense.</summary>
    public static GpuDraw Of(string kernel, Device device, bool aligned, int rows, int depth, int columns)
    {
        KernelSpec spec = KernelName.Parse(kernel);
        var sizes = new CallSizes(rows, depth, columns)
        {
            WeightsStride = spec.IsContraction ? SizeDraw.Line(spec.Weights.Format, spec.Weights.Layout, rows, depth) : depth,
            XStride = SizeDraw.Line(spec.X.Format, spec.X.Layout, spec.IsContraction ? depth : rows, columns),
            YStride = SizeDraw.Line(spec.Y.Format, spec.Y.Layout, rows, columns),
        };
        return new GpuDraw(new DrawnKernel(0, 1, spec, new SignatureStyle(), sizes, SizeClass.Small), device, aligned);
    }

    /// <summary>The same, of a sampled product: the first drawn pattern that stores something of the last row and of the last column, and leaves something out.</summary>
    public static GpuDraw WithStoredEnds(string kernel, Device device, bool aligned, int rows, int depth, int columns)
    {
        GpuDraw draw = Of(kernel, device, aligned, rows, depth, columns);
        return Enumerable.Range(1, 1000).Select(seed => draw with { Kernel = draw.Kernel with { Index = seed % 2, OperandSeed = (ulong)seed } }).First(candidate =>
        {
            bool[] stored = candidate.Operands().Sampled;
            return stored.Contains(false) && stored.AsSpan((rows - 1) * columns).Contains(true) && Enumerable.Range(0, rows).Any(row => stored[row * columns + columns - 1]);
        });
    }

    /// <summary>Nothing is launched for an empty result.</summary>
    public bool IsEmpty => Kernel.Sizes.Rows == 0 || Kernel.Sizes.Columns == 0;

    /// <summary>Operands of one element that reach the kernel by value: those of every second draw, as C# parameters may be either.</summary>
    public ISet<string> Scalars(KernelPlan plan) => Kernel.Index % 2 == 0
        ? plan.Bindings.OfType<Binding.Operand>().Where(b => b.Role is Role.YScale or Role.Scale || b.Role == Role.XScale && Spec.X.Scale == Per.Tensor || b.Role == Role.WeightScale && Spec.Weights.Scale == Per.Tensor)
            .Select(b => b.Buffer).ToHashSet(StringComparer.Ordinal)
        : new HashSet<string>(StringComparer.Ordinal);

    public KernelPlan Plan() => DevicePlanner.Plan(Spec, Device, Aligned);

    public ReferenceOperands Operands() => OperandFactory.Draw(Kernel);

    public override string ToString() => $"{Kernel} on {Device}, {(Aligned ? "aligned" : "ragged")}";

    private static DrawnKernel Round(DrawnKernel kernel)
    {
        static int Up(int size) => (size + 31) / 32 * 32;
        static Extent UpExtent(Extent extent) => extent.IsConstant ? new Extent(Up(extent.Constant)) : extent;
        CallSizes sizes = kernel.Sizes;
        return kernel with
        {
            Spec = kernel.Spec with { Rows = UpExtent(kernel.Spec.Rows), Depth = UpExtent(kernel.Spec.Depth), Columns = UpExtent(kernel.Spec.Columns) },
            Sizes = sizes with { Rows = Up(sizes.Rows), Depth = Up(sizes.Depth), Columns = Up(sizes.Columns) },
        };
    }
}
