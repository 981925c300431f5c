using System.Globalization;
using System.Text;

namespace Intarsia;

/// <summary>What is known of one generated kernel: what was asked for, what was decided, what it costs. The companion <c>FooKernel</c> of a kernel <c>Foo</c>.</summary>
public sealed class KernelInfo
{
    private readonly int _rows;
    private readonly int _depth;
    private readonly int _columns;
    private readonly double _weightBytes;
    private readonly double _xBytes;
    private readonly double _yBytes;
    private readonly bool _isProduct;
    private readonly bool _isSampled;

    /// <summary>Called by generated code.</summary>
    /// <param name="method">The declaring type and method.</param>
    /// <param name="spec">The derived name of the kernel, which can be read back into a spec.</param>
    /// <param name="weights">The layout that the packed operand must have; null for a kernel that has none.</param>
    /// <param name="operands">The operands and their layouts, in words.</param>
    /// <param name="tier">The tier that runs in this process.</param>
    /// <param name="tile">The register tile of that tier, in words.</param>
    /// <param name="extents">Rows, depth and columns; 0 where they are run-time arguments.</param>
    /// <param name="bits">Bits of an element of the weights, of X and of Y; 0 where there are no weights.</param>
    /// <param name="isSampled">The packed operand is the result: a sampled product, whose weights are A and whose X is B.</param>
    public KernelInfo(string method, string spec, WeightLayout? weights, string operands, Tier tier, string tile, (int Rows, int Depth, int Columns) extents, (int Weights, int X, int Y) bits, bool isSampled = false)
    {
        Method = method;
        Spec = spec;
        Weights = weights;
        Operands = operands;
        Tier = tier;
        Tile = tile;
        (_rows, _depth, _columns) = extents;
        _isProduct = bits.Weights > 0;
        _isSampled = isSampled;
        (_weightBytes, _xBytes, _yBytes) = (bits.Weights / 8.0, bits.X / 8.0, bits.Y / 8.0);
    }

    /// <summary>The declaring type and method.</summary>
    public string Method { get; }

    /// <summary>The derived name: operation, pattern, formats, extents, layouts, epilogue. <c>KernelName.Parse</c> reads it back.</summary>
    public string Spec { get; }

    /// <summary>The derived name, for reports.</summary>
    public string Name => Spec;

    /// <summary>The layout that packed weights, or the result of a sampled product, must have; pass it to <see cref="PackedMatrix"/>. Null for a kernel that takes its weights as a span, or has none.</summary>
    public WeightLayout? Weights { get; }

    /// <summary>The places of the weights that the kernel was generated for, from a file at compile time; null where they come with the packed matrix. <see cref="CsrMatrix.WithValues"/> gives it values to pack.</summary>
    public CsrMatrix? Pattern { get; init; }

    /// <summary>The operands and their layouts, in words.</summary>
    public string Operands { get; }

    /// <summary>The tier that runs in this process.</summary>
    public Tier Tier { get; }

    /// <summary>The register tile of that tier, in words.</summary>
    public string Tile { get; }

    /// <summary>Whether the kernel runs as machine code with instructions that .NET has no intrinsics for, or why it does not (docs/native.md). Null for a kernel that has no such form.</summary>
    public string? NativeCode { get; init; }

    /// <summary>Numbers of the factors of a butterfly product; 0 for other kernels.</summary>
    public long Factors { get; init; }

    /// <summary>Relations of a relational product; 0 for other kernels.</summary>
    public int Relations { get; init; }

    /// <summary>The layout that the packed edges of a relational product must have; null for other kernels.</summary>
    public WeightLayout? Graph { get; init; }

    /// <summary>Multiplications and additions that a product needs: 2 per stored element of the weights and column; of a sampled product, 2 per stored element of the result and element of the depth.</summary>
    /// <param name="storedElements">Stored elements of the weights: rows·depth when dense, <see cref="PackedMatrix.StoredElements"/> when packed; or of a sampled product's result.</param>
    /// <param name="columns">Columns (the depth of a sampled product); ignored where the kernel has a constant.</param>
    public long Flops(long storedElements, int columns) => 2 * storedElements * (_isSampled ? Depth(columns) : Columns(columns));

    /// <summary>Flops of a dense product of the given extents, or of a butterfly product, 2 per number of its factors and column, or of one relation of a relational product to as many nodes; constants of the kernel take precedence. 0 for a kernel without weights, which is limited by what it moves.</summary>
    public long Flops(int rows, int depth, int columns) => !_isProduct ? 0 : Factors > 0 ? Flops(Factors, columns) : 2L * Rows(rows) * Depth(depth) * Columns(columns);

    /// <summary>Bytes that must move at least once: dense weights or butterfly factors, X and Y. Without weights there is no depth, and X has the extents of Y.</summary>
    public long Bytes(int rows, int depth, int columns) => !_isProduct
        ? (long)((_xBytes + _yBytes) * Rows(rows) * Columns(columns))
        : (long)(_weightBytes * (Factors > 0 ? Factors : Rows(rows) * Depth(depth)) + _xBytes * Depth(depth) * Columns(columns) + _yBytes * Rows(rows) * Columns(columns));

    /// <summary>Bytes that must move at least once: the packed weights as they are stored, X and Y; of a sampled product A, B and the packed result.</summary>
    /// <param name="weights">The packed weights, or the result of a sampled product.</param>
    /// <param name="columns">Columns (the depth of a sampled product); ignored where the kernel has a constant.</param>
    public long Bytes(PackedMatrix weights, int columns)
    {
        ArgumentNullException.ThrowIfNull(weights);
        if (_isSampled) return weights.SizeInBytes + (long)((_weightBytes * weights.Rows + _xBytes * weights.Depth) * Depth(columns));
        return weights.SizeInBytes + (long)(_xBytes * weights.Depth * Columns(columns) + _yBytes * weights.Rows * Columns(columns));
    }

    /// <summary>Several lines: method, spec, operands, tier and tile, cost where the extents are constant.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"{Method}: {Spec}");
        text.AppendLine(CultureInfo.InvariantCulture, $"  operands  {Operands}");
        if (Weights is not null) text.AppendLine(CultureInfo.InvariantCulture, $"  {(_isSampled ? "result " : "weights")}   {Weights}");
        if (Graph is not null) text.AppendLine(CultureInfo.InvariantCulture, $"  graph     {Graph}, of {Relations} relations");
        text.Append(CultureInfo.InvariantCulture, $"  runs on   {Tier}, tile {Tile}");
        if (NativeCode is not null) text.AppendLine().Append(CultureInfo.InvariantCulture, $"  native    {NativeCode}");
        if (_rows > 0 && _depth > 0 && Relations == 0)
            text.AppendLine().Append(CultureInfo.InvariantCulture, $"  cost      {Flops(_rows, _depth, 1):N0} {(Factors > 0 ? "" : "dense ")}operations and {Bytes(_rows, _depth, 1):N0} bytes for one column");
        return text.ToString();
    }

    private long Rows(int rows) => _rows > 0 ? _rows : rows;

    private long Depth(int depth) => _depth > 0 ? _depth : depth;

    private long Columns(int columns) => _columns > 0 ? _columns : columns;
}
