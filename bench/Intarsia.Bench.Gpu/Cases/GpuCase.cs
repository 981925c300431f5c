using Intarsia.Compiler.Backends.Ptx;
using Intarsia.Compiler.Planning;
using Intarsia.Compiler.Planning.Gpu;
using Intarsia.Compiler.Specs;
using Intarsia.ProductSpace.Drawing;
using Intarsia.ProductSpace.Operands;
using Intarsia.Verification;

namespace Intarsia.Bench.Gpu.Cases;

/// <summary>What bounds a kernel, measured in the run: its share of that is a column of the table.</summary>
internal enum Ceiling
{
    /// <summary>The best rate that any dense kernel of the run, ours or the vendor's, reaches in the format of X.</summary>
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

    /// <summary>Launches cycle through so many bytes of weights, so that every one comes from device memory; 0 leaves them where they are.</summary>
    public long StreamedBytes { get; init; }

    /// <summary>The kernel of this case, generated for a size where it is generated for sizes. Columns that the name fixes stay.</summary>
    public KernelSpec SpecFor(int rows, int depth, int columns)
    {
        KernelSpec spec = KernelName.Parse(Kernel);
        if (!HasConstantExtents) return spec;
        return spec with { Rows = new Extent(rows), Depth = new Extent(spec.IsContraction ? depth : 0), Columns = spec.Columns.IsConstant ? spec.Columns : new Extent(columns) };
    }

    public KernelSpec Spec => SpecFor(Rows, Depth, Columns);

    /// <summary>Multiplications and additions that the stored weights, or results, ask for; 0 for operations without weights.</summary>
    public double Operations => Spec.IsContraction ? 2.0 * Rows * Depth * Columns * Kept : 0;

    /// <summary>Bytes of the rows of X that vectors of weights, or of a result, name: what a gathering kernel reads at least, from whichever cache.</summary>
    public double GatheredBytes => (double)Rows / Math.Max(1, Spec.Pattern.VectorLength) * Depth * Kept * Columns * NumberFormats.Get(Spec.X.Format).Bits / 8;

    /// <summary>Share of the weights, or of a sampled result, that is stored.</summary>
    public double Kept => Spec.Pattern is { Kind: Pattern.NM } pattern ? (double)pattern.N / pattern.M : 1 - Sparsity;

    public override string ToString() => FormattableString.Invariant($"{Family} {KernelName.Of(Spec)} {Rows}x{Depth}x{Columns}")
        + (Sparsity > 0 ? FormattableString.Invariant($" {100 * Sparsity:0.#}% zero") : "") + (StreamedBytes > 0 ? " streamed" : "");

    /// <summary>The kernel for a device, or null where it has none.</summary>
    public (KernelPlan Plan, PtxKernel Kernel)? Lower((int Major, int Minor) capability) => Lower(capability, Spec);

    /// <summary>The same for a spec of other extents.</summary>
    public static (KernelPlan Plan, PtxKernel Kernel)? Lower((int Major, int Minor) capability, KernelSpec spec)
    {
        bool hopper = capability == (9, 0) && DevicePlanner.Supports(spec, Device.Sm90A);
        Device device = hopper ? Device.Sm90A : Device.Sm80;
        if (!DevicePlanner.Supports(spec, device)) return null;
        KernelPlan plan = DevicePlanner.Plan(spec, device, aligned: true);
        return (plan, KernelLowering.Lower(plan, hopper ? PtxTarget.Sm90A : PtxTarget.Sm80, "kernel", new HashSet<string>()));
    }

    /// <summary>Operands of a size, drawn from a fixed seed.</summary>
    public ReferenceOperands Operands(int rows, int depth, int columns)
    {
        KernelSpec spec = SpecFor(rows, depth, columns);
        var sizes = new CallSizes(rows, depth, columns) { WeightsStride = depth, XStride = spec.X.Layout != MatrixLayout.TokenMajor ? columns : spec.IsContraction ? depth : rows, YStride = spec.Y.Layout == MatrixLayout.TokenMajor ? rows : columns };
        ReferenceOperands operands = OperandFactory.Draw(new DrawnKernel(0, 2026, spec, new SignatureStyle(), sizes, SizeClass.Exact));
        if (Sparsity > 0) Thin(operands);
        return operands;
    }

    /// <summary>Draws again which vectors of V rows are stored, so that the share that is zero is met.</summary>
    private void Thin(ReferenceOperands o)
    {
        var random = new SeededRandom(7);
        int v = Spec.Pattern.VectorLength, across = Spec.Y.IsPacked ? o.Columns : o.Depth;
        for (int group = 0; group < o.Rows; group += v)
        {
            for (int k = 0; k < across; k++)
            {
                bool keep = random.NextDouble() >= Sparsity;
                for (int row = group; row < Math.Min(o.Rows, group + v); row++)
                {
                    int at = row * across + k;
                    if (Spec.Y.IsPacked)
                    {
                        o.Sampled[at] = keep;
                        continue;
                    }
                    o.Stored![at] = keep;
                    o.Weights[at] = keep ? o.Weights[at] == 0 ? 1 : o.Weights[at] : 0;
                }
            }
        }
    }
}
