using System.ComponentModel;

namespace Intarsia.Kernels;

/// <summary>
/// A kernel's own order of a packed operand. It is made from the canonical layout once per matrix and cached there; kernels that ask for equal preparations share it. Generated
/// code holds one instance per kernel, so that a call costs one comparison and allocates nothing.
/// </summary>
/// <typeparam name="TWeights">The prepared form: panels, rows or a stream.</typeparam>
/// <param name="width">Rows of a panel, for <see cref="PanelWeights{T}"/>; tiles of equal length that the depth is cut into, for a <see cref="StreamWeights{T}"/> without a depth tile; rows of a vector group, where <see cref="VectorStreamWeights{T}"/> makes them of single rows; lanes, for <see cref="GroupWeights{T}"/>; banks, for <see cref="BankedGroupWeights{T}"/>; relations, for <see cref="RelationWeights{T}"/>; 0 otherwise.</param>
/// <param name="interleave">Depth elements that stand beside each other: 1, 2 for 16-bit dot products, or 4 for those of bytes. Rows that share the lanes, for <see cref="GroupWeights{T}"/> and <see cref="BankedGroupWeights{T}"/>.</param>
/// <param name="depthTile">Dense depth of one tile of a <see cref="StreamWeights{T}"/>; 0 for a single tile. Bytes of an index, 2 or 4, for <see cref="GroupWeights{T}"/>; nodes of a block, for <see cref="RelationWeights{T}"/>.</param>
/// <param name="parts">Parts that the rows of a <see cref="StreamWeights{T}"/>, <see cref="ColumnWeights{T}"/> or <see cref="GroupWeights{T}"/> are cut into.</param>
/// <param name="transposed">The order is that of the transpose, read through the columns of the matrix.</param>
[EditorBrowsable(EditorBrowsableState.Never)]
public sealed class Preparation<TWeights>(int width, int interleave, int depthTile, int parts = 1, bool transposed = false) : IEquatable<Preparation<TWeights>>
    where TWeights : class, IPreparedWeights<TWeights>
{
    private Func<PackedMatrix, TWeights>? _make;
    private Preparation<TWeights>? _inParts;

    /// <summary>Rows of a panel, or tiles of a stream.</summary>
    public int Width => width;

    /// <summary>Depth elements that stand beside each other.</summary>
    public int Interleave => interleave;

    /// <summary>Dense depth of one tile of a stream; 0 for a single tile.</summary>
    public int DepthTile => depthTile;

    /// <summary>Parts of the rows.</summary>
    public int Parts => parts;

    /// <summary>The order is that of the transpose.</summary>
    public bool Transposed => transposed;

    /// <summary>The same in so many parts; the latest is kept, so that calls of one degree allocate nothing.</summary>
    public Preparation<TWeights> InParts(nint count)
    {
        if (count == parts) return this;
        Preparation<TWeights>? latest = _inParts;
        if (latest is null || latest.Parts != count) _inParts = latest = new Preparation<TWeights>(width, interleave, depthTile, (int)count, transposed);
        return latest;
    }

    /// <summary>The same preparation of another form.</summary>
    internal Preparation<TOther> For<TOther>()
        where TOther : class, IPreparedWeights<TOther> => new(width, interleave, depthTile, parts, transposed);

    /// <summary>The prepared form of a matrix, made at the first call.</summary>
    public TWeights Of(PackedMatrix matrix) => matrix.GetOrPrepare(this, _make ??= Make);

    /// <summary>Prepares a matrix, whether or not that has been done before.</summary>
    public TWeights Make(PackedMatrix matrix)
    {
        ArgumentNullException.ThrowIfNull(matrix);
        return TWeights.Prepare(transposed ? matrix.Transposed : matrix, this);
    }

    /// <summary>The arrays of the prepared form with, in place of each value, 1 and the slot of the matrix that it comes from, or 0 where it is 0 in any matrix: what brings values into this order without preparing them.</summary>
    /// <exception cref="NotSupportedException">The form has no <see cref="IPreparedWeights{TSelf}.Element"/>.</exception>
    /// <exception cref="IntarsiaFormatException">The matrix has more slots than an array has 32-bit integers.</exception>
    internal IDeviceArrays Places(PackedMatrix matrix)
    {
        PackedMatrix numbered = matrix.Numbered();
        return TWeights.Places(transposed ? numbered.Transposed : numbered, this);
    }

    /// <inheritdoc/>
    public bool Equals(Preparation<TWeights>? other) => other is not null && (width, interleave, depthTile, parts, transposed) == (other.Width, other.Interleave, other.DepthTile, other.Parts, other.Transposed);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Preparation<TWeights>);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(typeof(TWeights), width, interleave, depthTile, parts, transposed);
}

/// <summary>A prepared form that can make itself.</summary>
/// <typeparam name="TSelf">The implementing class.</typeparam>
[EditorBrowsable(EditorBrowsableState.Never)]
public interface IPreparedWeights<TSelf>
    where TSelf : class, IPreparedWeights<TSelf>
{
    /// <summary>Makes the prepared form of a matrix.</summary>
    static abstract TSelf Prepare(PackedMatrix matrix, Preparation<TSelf> preparation);

    /// <summary>The type of the values, where each is an element of the matrix or 0, and where it stands follows from the pattern alone; null where a form puts values together or takes them apart.</summary>
    static virtual Type? Element => null;

    /// <summary>The arrays of the form as a matrix of 32-bit integers has them.</summary>
    static virtual IDeviceArrays Places(PackedMatrix numbered, Preparation<TSelf> preparation) => throw new NotSupportedException($"{typeof(TSelf).Name} has no values that are elements of the matrix as they are.");
}
