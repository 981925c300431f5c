using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.CompilerServices;

namespace Intarsia;

public sealed partial class PackedMatrix
{
    /// <summary>Rewrites the values of a matrix of floats from a dense rows×depth row-major matrix. Prepared forms are dropped.</summary>
    /// <exception cref="IntarsiaFormatException">An element that is not stored is not zero; nothing has been written.</exception>
    /// <exception cref="InvalidOperationException">The matrix holds integers, or coefficients of bases.</exception>
    [OverloadResolutionPriority(1)]
    public void SetValues(ReadOnlySpan<float> dense)
    {
        RequireNoBasis();
        SetValues<float>(dense, []);
    }

    /// <summary>Rewrites the values of a matrix of integers, as stored (q), from a dense rows×depth row-major matrix. Prepared forms are dropped.</summary>
    /// <exception cref="IntarsiaFormatException">An element that is not stored is not its zero point, or one is out of the format's range; nothing has been written.</exception>
    /// <exception cref="InvalidOperationException">The matrix holds floats.</exception>
    public void SetValues(ReadOnlySpan<int> dense)
    {
        Codec<int>();
        if (Layout.IsInteger) IntegerFormats.Check(dense, Layout.Format, "element");
        SetValues(dense, Widened<sbyte>(_zeroPoints));
    }

    /// <inheritdoc cref="SetValues(ReadOnlySpan{int})"/>
    /// <exception cref="InvalidOperationException">The matrix holds floats, or integers that a signed byte does not hold.</exception>
    public void SetValues(ReadOnlySpan<sbyte> dense)
    {
        RequireBytes();
        SetValues(Widened(dense));
    }

    /// <summary>Rewrites one group of a matrix of floats, in the order of <see cref="ReadGroup(int, Span{int}, Span{float})"/>. Prepared forms are dropped.</summary>
    [OverloadResolutionPriority(1)]
    public void SetGroup(int group, ReadOnlySpan<float> values)
    {
        RequireNoBasis();
        SetGroup<float>(group, values);
    }

    private void RequireNoBasis()
    {
        if (Layout.BasisOrder > 0) throw new InvalidOperationException($"The weights of a matrix in the layout '{Layout}' are rebuilt from coefficients and bases; pack a {nameof(BasisMatrix)} anew, or set the bases by {nameof(SetScales)}.");
    }

    /// <summary>Rewrites one group of a matrix of integers, in the order of <see cref="ReadGroup(int, Span{int}, Span{int})"/>. Prepared forms are dropped.</summary>
    public void SetGroup(int group, ReadOnlySpan<int> values)
    {
        Codec<int>();
        if (Layout.IsInteger) IntegerFormats.Check(values, Layout.Format, "element");
        SetGroup<int>(group, values);
    }

    /// <inheritdoc cref="SetGroup(int, ReadOnlySpan{int})"/>
    /// <exception cref="InvalidOperationException">The matrix holds floats, or integers that a signed byte does not hold.</exception>
    public void SetGroup(int group, ReadOnlySpan<sbyte> values)
    {
        RequireBytes();
        SetGroup(group, Widened(values));
    }

    /// <summary>Rewrites the scales and zero points. Prepared forms are dropped.</summary>
    /// <exception cref="IntarsiaFormatException">Their number or a value is wrong; nothing has been written.</exception>
    public void SetScales(ReadOnlySpan<float> scales, ReadOnlySpan<sbyte> zeroPoints = default)
    {
        _grid.Check(scales, zeroPoints, Layout);
        _prepared.Change(new ScaleChange(this, scales, zeroPoints), static change =>
        {
            change.Scales.CopyTo(change.Matrix._scales);
            change.ZeroPoints.CopyTo(change.Matrix._zeroPoints);
        });
    }

    /// <summary>Drops the prepared forms after a kernel has written values in place, and sets the only scale where there is one to set.</summary>
    internal void ValuesWritten(float? scale) => _prepared.Change((Matrix: this, Scale: scale), static change =>
    {
        if (change.Scale is { } value) change.Matrix._scales[0] = value;
    });

    private static int[] Widened<TElement>(ReadOnlySpan<TElement> values)
        where TElement : unmanaged, IBinaryInteger<TElement>
    {
        var widened = new int[values.Length];
        TensorPrimitives.ConvertTruncating(values, widened);
        return widened;
    }

    private void SetValues<T>(ReadOnlySpan<T> dense, ReadOnlySpan<T> zeroPoints)
        where T : unmanaged, IEquatable<T>
    {
        Codec<T>();
        Extents.RequireDense(dense.Length, Rows, Depth, nameof(dense));
        if (Depth == 0)
            return;
        RequireCodes(dense);
        RequireStored(dense, zeroPoints);
        _prepared.Change(new ValueChange<T>(this, dense), static change =>
        {
            PackedMatrix matrix = change.Matrix;
            int v = matrix.VectorLength;
            int[] depth = new int[matrix.Depth], slots = new int[(long)matrix.Depth * v];
            var values = new T[slots.Length];
            for (int group = 0; group < matrix.GroupCount; group++)
            {
                int count = matrix._topology.GroupLength(group) * v, present = matrix.RowsInGroup(group);
                matrix._topology.Locate(group, depth, slots);
                for (int i = 0; i < count; i++)
                    values[i] = i % v < present ? change.Values[(group * v + i % v) * matrix.Depth + depth[i / v]] : default;
                matrix.Codec<T>().Write(matrix._values, slots.AsSpan(0, count), values.AsSpan(0, count));
            }
        });
    }

    private void RequireCodes<T>(ReadOnlySpan<T> values)
        where T : unmanaged
    {
        if (Codec<T>().IndexOfForeign(values) is >= 0 and int bad)
            throw new IntarsiaFormatException($"element {bad}", FormattableString.Invariant($"{values[bad]}"), "an entry of the matrix's codebook");
    }

    private void RequireStored<T>(ReadOnlySpan<T> dense, ReadOnlySpan<T> zeroPoints)
        where T : unmanaged, IEquatable<T>
    {
        int[] depth = new int[Depth], slots = new int[(long)Depth * VectorLength];
        for (int row = 0; row < Rows; row++)
        {
            int length = _topology.GroupLength(row / VectorLength), next = 0;
            if (row % VectorLength == 0)
                _topology.Locate(row / VectorLength, depth, slots);
            for (int k = 0; k < Depth; k++)
            {
                T zero = zeroPoints.IsEmpty ? default : zeroPoints[_grid.Index(row, k)];
                if (next < length && depth[next] == k)
                    next++;
                else if (!dense[row * Depth + k].Equals(zero))
                    throw new IntarsiaFormatException($"element in row {row}, column {k}", $"{dense[row * Depth + k]}", $"{zero}, because the layout stores no element there");
            }
        }
    }

    private void SetGroup<T>(int group, ReadOnlySpan<T> values)
        where T : unmanaged
    {
        Codec<T>();
        int length = GroupLength(group), count = length * VectorLength;
        if (values.Length != count)
            throw new ArgumentException($"Group {group} has {count} values; {values.Length} were given.", nameof(values));
        RequireCodes(values);
        _prepared.Change(new GroupChange<T>(this, group, values), static change =>
        {
            PackedMatrix matrix = change.Matrix;
            int v = matrix.VectorLength, present = matrix.RowsInGroup(change.Group);
            int[] depth = new int[change.Values.Length / v], slots = new int[change.Values.Length];
            matrix._topology.Locate(change.Group, depth, slots);
            T[] values = change.Values.ToArray();
            // Rows past the last are padding, and padding stays zero.
            for (int i = 0; i < values.Length; i++)
                if (i % v >= present)
                    values[i] = default;
            matrix.Codec<T>().Write(matrix._values, slots, values);
        });
    }

    private readonly ref struct ScaleChange(PackedMatrix matrix, ReadOnlySpan<float> scales, ReadOnlySpan<sbyte> zeroPoints)
    {
        public readonly PackedMatrix Matrix = matrix;
        public readonly ReadOnlySpan<float> Scales = scales;
        public readonly ReadOnlySpan<sbyte> ZeroPoints = zeroPoints;
    }

    private readonly ref struct ValueChange<T>(PackedMatrix matrix, ReadOnlySpan<T> values)
    {
        public readonly PackedMatrix Matrix = matrix;
        public readonly ReadOnlySpan<T> Values = values;
    }

    private readonly ref struct GroupChange<T>(PackedMatrix matrix, int group, ReadOnlySpan<T> values)
    {
        public readonly PackedMatrix Matrix = matrix;
        public readonly int Group = group;
        public readonly ReadOnlySpan<T> Values = values;
    }
}
