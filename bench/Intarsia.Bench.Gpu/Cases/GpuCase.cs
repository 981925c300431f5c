using Intarsia.Bench.Gpu.Devices;
using Intarsia.Compiler.Backends.Ptx;
using Intarsia.Compiler.Planning;
using Intarsia.Compiler.Planning.Gpu;
using Intarsia.Compiler.Specs;
using Intarsia.Gpu.Tests;
using Intarsia.Verification;

namespace Intarsia.Bench.Gpu.Cases;

/// <summary>What bounds a kernel, measured in the run: its share of that is a column of the table.</summary>
internal enum Ceiling
{
    /// <summary>The best rate that any dense kernel of the run, ours or the vendor's, reaches in the format of X; in bytes, where X lies in planes.</summary>
    Tensor,

    /// <summary>Bytes a second of a kernel that only reads device memory.</summary>
    Read,

    /// <summary>Bytes a second of a large copy within the device, both directions counted.</summary>
    Copy,

    /// <summary>Bytes a second of a kernel that only gathers the rows of X that the case gathers, from the second-level cache.</summary>
    Gather,
}

/// <summary>What the vendor's libraries call a case.</summary>
/// <param name="Name">The column of the table.</param>
/// <param name="Request">The request to vendor.py, without the sizes.</param>
internal sealed record Peer(string Name, string Request);

/// <summary>One thing to measure: a kernel at a size, what bounds it, and who else does the same work.</summary>
/// <param name="Family">The table it belongs to.</param>
/// <param name="Kernel">The kernel's name, extents open; see <see cref="KernelName"/>.</param>
/// <param name="Rows">Rows of W (of X, where there are no weights).</param>
/// <param name="Depth">Columns of W; 0 where there are no weights.</param>
/// <param name="Columns">Tokens.</param>
/// <param name="Ceiling">What bounds it.</param>
internal sealed record GpuCase(string Family, string Kernel, int Rows, int Depth, int Columns, Ceiling Ceiling)
{
    public IReadOnlyList<Peer> Peers { get; init; } = [];

    /// <summary>The extents are known to the kernel, which is generated for them; else they are arguments of the call.</summary>
    public bool HasConstantExtents { get; init; }

    /// <summary>Share of W that is zero, or of a sampled result that is left out; 0 for patterns that fix it.</summary>
    public double Sparsity { get; init; }

    /// <summary>What is stored lies as the edges of a graph do.</summary>
    public bool IsGraph { get; init; }

    /// <summary>Launches cycle through so many bytes of weights, so that every one comes from device memory; 0 leaves them where they are.</summary>
    public long StreamedBytes { get; init; }

    /// <summary>The kernel of this case, generated for a size where it is generated for sizes. Columns that the name fixes stay.</summary>
    public KernelSpec SpecFor(int rows, int depth, int columns)
    {
        KernelSpec spec = KernelName.Parse(Kernel);
        Extent Of(Extent named, int size) => HasConstantExtents || named.IsConstant ? new Extent(size) : named;
        return spec with { Rows = Of(spec.Rows, rows), Depth = spec.IsContraction ? Of(spec.Depth, depth) : spec.Depth, Columns = spec.Columns.IsConstant ? spec.Columns : Of(spec.Columns, columns) };
    }

    /// <summary>At least so large, and so that the kernel can be checked: with two blocks and a part of a third where there are blocks, lines of whole 16 bytes where they are planes, and the columns that it is for.</summary>
    public (int Rows, int Depth, int Columns) CheckSize(int rows, int depth, int columns)
    {
        KernelSpec spec = KernelName.Parse(Kernel);
        if (!spec.IsContraction) return (rows, 0, columns);
        PatternSpec blocks = spec.Pattern.AsRead;
        const int Part = 16, PlaneDepth = 128;
        int Up(int size, int block) => block == 0 ? size : Math.Max(size, 2 * block + Part);
        rows = Up(rows, blocks.BlockRows);
        if (spec.Operation == Operation.Sddmm) columns = Up(columns, blocks.BlockColumns);
        else depth = Up(depth, blocks.BlockColumns);
        if (spec.X.Layout == MatrixLayout.BitPlanes) depth = (depth + PlaneDepth - 1) / PlaneDepth * PlaneDepth;
        return (rows, depth, spec.Columns.IsConstant ? spec.Columns.Constant : columns);
    }

    public KernelSpec Spec => SpecFor(Rows, Depth, Columns);

    /// <summary>The format of the dense product that <see cref="Ceiling.Tensor"/> means: that of X, and of the bytes that would hold the same numbers where X lies in planes.</summary>
    public NumberFormat TensorFormat => NumberFormats.IsBitPlanes(Spec.X.Format) ? NumberFormat.Int8 : Spec.X.Format;

    /// <summary>Multiplications and additions that the stored weights, or results, ask for; 0 for operations without weights.</summary>
    public double Operations => Spec.IsContraction ? 2.0 * Rows * Depth * Columns * Kept : 0;

    /// <summary>Bytes of the rows of X that vectors of weights, or of a result, name: what a gathering kernel reads at least, from whichever cache.</summary>
    public double GatheredBytes => (double)Rows / Math.Max(1, Spec.Pattern.VectorLength) * Depth * Kept * Columns * NumberFormats.Get(Spec.X.Format).Bits / 8;

    /// <summary>Share of the weights, or of a sampled result, that is stored.</summary>
    public double Kept => Spec.Pattern is { Kind: Pattern.NM } pattern ? (double)pattern.N / pattern.M : 1 - Sparsity;

    /// <summary>Bytes that the operands take on the host while they are prepared: numbers in 64 bits, as they are packed, and in the kernel's order.</summary>
    public long HostBytes => 32 * ((long)Rows * Depth + (long)(Spec.IsContraction ? Depth : Rows) * Columns + (long)Rows * Columns);

    public override string ToString() => FormattableString.Invariant($"{Family} {KernelName.Of(Spec)} {Rows}x{Depth}x{Columns}")
        + (Sparsity > 0 ? FormattableString.Invariant($" {100 * Sparsity:0.##}% zero") : "") + (StreamedBytes > 0 ? " streamed" : "");

    /// <summary>The kernel for a device, or null where it has none.</summary>
    public (KernelPlan Plan, PtxKernel Kernel)? Lower((int Major, int Minor) capability) => Lower(capability, Spec);

    /// <summary>The same for a spec of other extents.</summary>
    public static (KernelPlan Plan, PtxKernel Kernel)? Lower((int Major, int Minor) capability, KernelSpec spec)
    {
        if (DeviceFor(capability, spec) is not { } device) return null;
        KernelPlan plan = DevicePlanner.Plan(spec, device, aligned: true);
        return (plan, KernelLowering.Lower(plan, device == Device.Sm90A ? PtxTarget.Sm90A : PtxTarget.Sm80, "kernel", new HashSet<string>()));
    }

    /// <summary>Which of the planner's devices a capability runs a kernel as: the text for sm_90a on 9.0 alone, where there is one, else the one for sm_80; null where it has neither.</summary>
    public static Device? DeviceFor((int Major, int Minor) capability, KernelSpec spec)
    {
        foreach (Device device in new DeviceKind(capability, IsEmulated: false).Targets.Reverse())
            if (DevicePlanner.Supports(spec, device)) return device;
        return null;
    }

    /// <summary>Operands of a size, drawn from a fixed seed, in lines as the draws of the tests have them.</summary>
    public ReferenceOperands Operands(int rows, int depth, int columns)
    {
        KernelSpec spec = SpecFor(rows, depth, columns);
        // Of thinned weights the draw is of all.
        KernelSpec drawn = Sparsity > 0 ? spec with { Operation = spec.Y.IsPacked ? spec.Operation : Operation.Gemm, Weights = spec.Weights with { Pattern = PatternSpec.Dense } } : spec;
        ReferenceOperands operands = GpuDraw.Of(KernelName.Of(drawn), Device.Sm80, aligned: true, rows, depth, columns).Operands();
        // A smaller graph has as many edges to a node, as far as there is room.
        if (Sparsity > 0) Thinning.Apply(spec, operands, IsGraph ? 1 - Math.Min(0.25, Kept * Depth / depth) : Sparsity, IsGraph);
        return operands;
    }
}
