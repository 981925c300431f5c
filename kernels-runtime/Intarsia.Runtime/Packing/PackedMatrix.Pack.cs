using System.Numerics;
using System.Runtime.CompilerServices;

namespace Intarsia;

public sealed partial class PackedMatrix
{
    /// <summary>Packs a dense rows×depth row-major matrix of floats.</summary>
    /// <param name="dense">The elements. Zeros are left out where the pattern can.</param>
    /// <param name="rows">Number of rows, at least 0.</param>
    /// <param name="depth">Number of columns, at least 0.</param>
    /// <param name="layout">
    /// The layout. A 16-bit float format rounds to nearest even. An integer format with scales quantises (<see cref="Quantiser.Quantise"/>); without scales every
    /// element must already be an integer in range.
    /// </param>
    /// <exception cref="ArgumentException">The layout is not valid, or the length is not rows × depth.</exception>
    /// <exception cref="IntarsiaFormatException">An element breaks the pattern or cannot be stored; row, columns, found and expected are named.</exception>
    [OverloadResolutionPriority(1)] // A literal [1, 0, 2] means numbers, not quantised integers.
    public static PackedMatrix Pack(ReadOnlySpan<float> dense, int rows, int depth, WeightLayout layout)
    {
        Require(layout);
        Extents.RequireDense(dense.Length, rows, depth, nameof(dense));
        if (layout.Planes > 0)
            return Pack(BinaryCodedQuantiser.Quantise(dense, rows, depth, layout.Planes, layout.Scale, layout.ScaleGroup).Matrix, layout);
        if (layout.BasisOrder > 0)
            return Pack(BasisSolver.Decompose(dense, rows, depth, layout.Scale, layout.ScaleGroup).Matrix, layout);
        if (layout.IsInteger)
            return Pack(Quantiser.ToStored(dense, rows, depth, layout), layout);
        if (layout.Format == NumberFormat.Int32)
            return Pack(CsrMatrix.FromDense(dense, rows, depth), layout);
        float[] codebook = [];
        if (Codebooks.IsOfFloats(layout.Format))
        {
            CodebookMatrix shared = CodebookQuantiser.Quantise(dense, rows, depth, Codebooks.EntriesOf(layout.Format), Codebooks.NeedsZero(layout));
            float[] values = new float[dense.Length];
            shared.Decode(values);
            dense = values;
            codebook = shared.Codebook;
        }

        var source = new DenseSource(dense, rows, depth);
        return Pack<DenseSource, float>(layout, ref source, [], [], codebook);
    }

    /// <summary>Packs a dense rows×depth row-major matrix of integers that are already quantised.</summary>
    /// <param name="quantised">The integers q, in the range of the layout's format. Where q is its zero point, the element is zero and may be left out.</param>
    /// <param name="rows">Number of rows, at least 0.</param>
    /// <param name="depth">Number of columns, at least 0.</param>
    /// <param name="layout">A layout of integers.</param>
    /// <param name="scales">As many as the layout says: none, one, rows, or rows × ⌈depth / group⌉; each positive and finite.</param>
    /// <param name="zeroPoints">As many as scales where the layout is asymmetric, else none.</param>
    /// <exception cref="ArgumentException">The layout is not valid or not one of integers, or the length is not rows × depth.</exception>
    /// <exception cref="IntarsiaFormatException">An element breaks the pattern or the format, or a scale or zero point is wrong.</exception>
    public static PackedMatrix Pack(
        ReadOnlySpan<sbyte> quantised, int rows, int depth, WeightLayout layout, ReadOnlySpan<float> scales = default, ReadOnlySpan<sbyte> zeroPoints = default) =>
        PackIntegers(quantised, rows, depth, layout, scales, zeroPoints);

    /// <inheritdoc cref="Pack(ReadOnlySpan{sbyte}, int, int, WeightLayout, ReadOnlySpan{float}, ReadOnlySpan{sbyte})"/>
    public static PackedMatrix Pack(ReadOnlySpan<byte> quantised, int rows, int depth, WeightLayout layout, ReadOnlySpan<float> scales = default) =>
        PackIntegers(quantised, rows, depth, layout, scales, []);

    /// <inheritdoc cref="Pack(ReadOnlySpan{sbyte}, int, int, WeightLayout, ReadOnlySpan{float}, ReadOnlySpan{sbyte})"/>
    public static PackedMatrix Pack(ReadOnlySpan<short> quantised, int rows, int depth, WeightLayout layout, ReadOnlySpan<float> scales = default) =>
        PackIntegers(quantised, rows, depth, layout, scales, []);

    /// <inheritdoc cref="Pack(ReadOnlySpan{sbyte}, int, int, WeightLayout, ReadOnlySpan{float}, ReadOnlySpan{sbyte})"/>
    public static PackedMatrix Pack(ReadOnlySpan<ushort> quantised, int rows, int depth, WeightLayout layout, ReadOnlySpan<float> scales = default) =>
        PackIntegers(quantised, rows, depth, layout, scales, []);

    /// <inheritdoc cref="Pack(ReadOnlySpan{sbyte}, int, int, WeightLayout, ReadOnlySpan{float}, ReadOnlySpan{sbyte})"/>
    public static PackedMatrix Pack(ReadOnlySpan<int> quantised, int rows, int depth, WeightLayout layout, ReadOnlySpan<float> scales = default, ReadOnlySpan<sbyte> zeroPoints = default) =>
        PackIntegers(quantised, rows, depth, layout, scales, zeroPoints);

    /// <summary>Packs a quantised matrix; format and scales must be those of the layout.</summary>
    /// <exception cref="ArgumentException">They are not.</exception>
    /// <exception cref="IntarsiaFormatException">An element breaks the pattern.</exception>
    public static PackedMatrix Pack(QuantisedMatrix q, WeightLayout layout)
    {
        ArgumentNullException.ThrowIfNull(q);
        Require(layout);
        if (q.Format != layout.Format || q.Scale != layout.Scale || q.ScaleGroup != layout.ScaleGroup)
        {
            throw new ArgumentException(
                $"The matrix is quantised to {q.Format} with scales per {q.Scale}{(q.ScaleGroup > 0 ? $" of {q.ScaleGroup}" : "")}, but the layout is '{layout}'.", nameof(layout));
        }

        return PackIntegers<int>(q.Values, q.Rows, q.Depth, layout, q.Scales, q.ZeroPoints);
    }

    /// <summary>
    /// Packs a matrix in compressed sparse rows, in time proportional to its entries. Explicit zeros keep their place in <see cref="Pattern.Csr"/>,
    /// <see cref="Pattern.Ell"/>, <see cref="Pattern.Hyb"/>, <see cref="Pattern.RowWindows"/>, <see cref="Pattern.RelativeCsc"/>, <see cref="Pattern.GatherScatter"/>, <see cref="Pattern.VectorRows"/> and <see cref="Pattern.Bsr"/> layouts, and in their sums. A pattern without values packs ones.
    /// </summary>
    /// <inheritdoc cref="Pack(ReadOnlySpan{float}, int, int, WeightLayout)"/>
    public static PackedMatrix Pack(CsrMatrix csr, WeightLayout layout)
    {
        ArgumentNullException.ThrowIfNull(csr);
        Require(layout);
        if (layout.Planes > 0 || IntegerFormats.HasSignPlanes(layout.Format))
            throw new ArgumentException($"The layout '{layout}' has no 0, which what a sparse matrix leaves out is; pack a dense one.", nameof(layout));
        if (layout.BasisOrder > 0)
        {
            var dense = new float[Extents.RequireArrayLength((Int128)csr.Rows * csr.Depth, "elements of a dense matrix")];
            csr.ToDense(dense);
            return Pack(dense, csr.Rows, csr.Depth, layout);
        }

        var grid = new ScaleGrid(layout.Scale, layout.ScaleGroup, csr.Rows, csr.Depth);
        float[] values = csr.Values ?? Ones(csr.Count);
        if (layout.Format == NumberFormat.Int32)
        {
            var sums = new CsrSource<int>(csr, ToInt32(values), [], grid);
            return Pack<CsrSource<int>, int>(layout, ref sums, [], [], []);
        }

        if (!layout.IsInteger)
        {
            float[] codebook = [];
            if (Codebooks.IsOfFloats(layout.Format))
            {
                for (int row = 0; row < csr.Rows; row++)
                    for (int i = csr.RowPointers[row]; i < csr.RowPointers[row + 1]; i++)
                        if (!float.IsFinite(values[i]))
                            throw new IntarsiaFormatException($"element in row {row}, column {csr.ColumnIndices[i]}", FormattableString.Invariant($"{values[i]}"), "a finite number, because it is quantised");
                CodebookMatrix shared = CodebookQuantiser.Quantise(values, 1, values.Length, Codebooks.EntriesOf(layout.Format), Codebooks.NeedsZero(layout) || csr.Count < (long)csr.Rows * csr.Depth);
                values = new float[values.Length];
                shared.Decode(values);
                codebook = shared.Codebook;
            }

            var floats = new CsrSource<float>(csr, values, [], grid);
            return Pack<CsrSource<float>, float>(layout, ref floats, [], [], codebook);
        }

        (int[] q, float[] scales, sbyte[] zeroPoints) = Quantiser.ToStored(csr, values, layout, grid);
        var integers = new CsrSource<int>(csr, q, Array.ConvertAll(zeroPoints, zero => (int)zero), grid);
        return Pack<CsrSource<int>, int>(layout, ref integers, scales, zeroPoints, IntegerCodebook(q, layout, csr.Count < (long)csr.Rows * csr.Depth));
    }

    private static PackedMatrix PackIntegers<TElement>(ReadOnlySpan<TElement> quantised, int rows, int depth, WeightLayout layout, ReadOnlySpan<float> scales, ReadOnlySpan<sbyte> zeroPoints)
        where TElement : unmanaged, IBinaryInteger<TElement>
    {
        Require(layout);
        Extents.RequireDense(quantised.Length, rows, depth, nameof(quantised));
        if (!layout.IsInteger && layout.Format != NumberFormat.Int32)
            throw new ArgumentException($"Integers cannot be packed into the layout '{layout}'; its format must be one of integers.", nameof(layout));
        if (layout.IsInteger && IntegerFormats.IndexOfForeign(quantised, layout.Format) is >= 0 and int bad)
            throw new IntarsiaFormatException($"element in row {bad / depth}, column {bad % depth}", $"{quantised[bad]}", IntegerFormats.Expected(layout.Format));
        var grid = new ScaleGrid(layout.Scale, layout.ScaleGroup, rows, depth);
        grid.Check(scales, zeroPoints, layout);
        var source = new QuantisedSource<TElement>(quantised, zeroPoints, grid, rows, depth);
        float[] codebook = [];
        if (Codebooks.IsOfIntegers(layout.Format))
        {
            var integers = new int[quantised.Length];
            System.Numerics.Tensors.TensorPrimitives.ConvertTruncating(quantised, integers);
            codebook = IntegerCodebook(integers, layout, false);
        }

        return Pack<QuantisedSource<TElement>, int>(layout, ref source, scales.ToArray(), zeroPoints.ToArray(), codebook);
    }

    /// <summary>Packs a matrix of codes with its codebook. Codes for equal entries become the first of them.</summary>
    /// <param name="matrix">The codes, and what they stand for.</param>
    /// <param name="layout">A layout of <see cref="CodebookMatrix.Format"/>. A sparse one leaves out elements that are 0, and needs them to have code 0.</param>
    /// <exception cref="ArgumentException">The layout is of another format.</exception>
    /// <exception cref="IntarsiaFormatException">An element breaks the pattern, or the codebook has no 0 at its head where the pattern needs one.</exception>
    public static PackedMatrix Pack(CodebookMatrix matrix, WeightLayout layout)
    {
        ArgumentNullException.ThrowIfNull(matrix);
        Require(layout);
        if (layout.Format != matrix.Format)
            throw new ArgumentException($"The codebook has {matrix.Codebook.Length} entries, which are {matrix.Format}; the layout is '{layout}'.", nameof(layout));
        Codebooks.Check(matrix.Codebook, layout);
        var dense = new float[matrix.Codes.Length];
        matrix.Decode(dense);
        var source = new DenseSource(dense, matrix.Rows, matrix.Depth);
        return Pack<DenseSource, float>(layout, ref source, [], [], (float[])matrix.Codebook.Clone());
    }

    /// <summary>Packs binary-coded planes. Offsets are rounded to binary32; a matrix without any packs into an asymmetric layout with offsets of 0.</summary>
    /// <param name="matrix">The planes.</param>
    /// <param name="layout">A dense layout of as many planes, with the matrix's scales; asymmetric where it has offsets.</param>
    /// <exception cref="ArgumentException">The layout has another number of planes or other scales, or no offsets where the matrix has some.</exception>
    /// <exception cref="IntarsiaFormatException">An offset exceeds binary32.</exception>
    public static PackedMatrix Pack(BinaryCodedMatrix matrix, WeightLayout layout)
    {
        ArgumentNullException.ThrowIfNull(matrix);
        Require(layout);
        if (layout.Planes != matrix.Planes || layout.Scale != matrix.Scale || layout.ScaleGroup != matrix.ScaleGroup || (matrix.Offsets.Length > 0 && !layout.Asymmetric))
        {
            string offsets = matrix.Offsets.Length > 0 ? ", and offsets" : "";
            throw new ArgumentException($"The matrix has {matrix.Planes} planes, scales per {matrix.Scale}{(matrix.ScaleGroup > 0 ? $" of {matrix.ScaleGroup}" : "")}{offsets}; the layout is '{layout}'.", nameof(layout));
        }

        int each = layout.ScalesOfGroup, groups = matrix.Scales.Length / matrix.Planes;
        float[] scales = new float[groups * each];
        for (int group = 0; group < groups; group++)
        {
            matrix.Scales.AsSpan(group * matrix.Planes, matrix.Planes).CopyTo(scales.AsSpan(group * each));
            if (matrix.Offsets.Length > 0) scales[group * each + matrix.Planes] = (float)matrix.Offsets[group];
        }

        return PackIntegers<byte>(matrix.Codes, matrix.Rows, matrix.Depth, layout, scales, []);
    }

    /// <summary>Packs coefficients with their bases.</summary>
    /// <param name="matrix">The coefficients and bases.</param>
    /// <param name="layout">A layout of <see cref="NumberFormat.PowerOfTwoBasis"/> with the matrix's scales: dense, or blocks, which leave out where all coefficients are 0.</param>
    /// <exception cref="ArgumentException">The layout is of another format, or has other scales.</exception>
    public static PackedMatrix Pack(BasisMatrix matrix, WeightLayout layout)
    {
        ArgumentNullException.ThrowIfNull(matrix);
        Require(layout);
        if (layout.BasisOrder == 0 || layout.Scale != matrix.Scale || layout.ScaleGroup != matrix.ScaleGroup)
            throw new ArgumentException($"The matrix has coefficients of bases per {matrix.Scale}{(matrix.ScaleGroup > 0 ? $" of {matrix.ScaleGroup}" : "")}; the layout is '{layout}'.", nameof(layout));
        float[] coefficients = Array.ConvertAll(matrix.Coefficients, coefficient => (float)coefficient);
        var source = new DenseSource(coefficients, matrix.Rows, matrix.Depth);
        return Pack<DenseSource, float>(layout, ref source, (float[])matrix.Bases.Clone(), [], []);
    }

    /// <summary>The codebook of the integers that a matrix holds, and of 0 where it leaves elements out; empty for formats without one.</summary>
    private static float[] IntegerCodebook(int[] values, WeightLayout layout, bool hasZero) =>
        !Codebooks.IsOfIntegers(layout.Format) ? [] : Codebooks.Exact([.. hasZero ? [0f] : Array.Empty<float>(), .. values.Select(value => (float)value)], layout);

    private static PackedMatrix Pack<TSource, T>(WeightLayout layout, ref TSource source, float[] scales, sbyte[] zeroPoints, float[] codebook)
        where TSource : IMatrixSource<T>, allows ref struct
        where T : unmanaged
    {
        Topology topology = Topology.Build<TSource, T>(layout, ref source);
        var codec = (ValueCodec<T>)ValueCodec.Of(layout.Format, codebook);
        var store = new byte[codec.ByteCount(topology.SlotCount)];
        if (topology.Depth == 0)
            return new PackedMatrix(layout, topology, store, scales, zeroPoints, codebook);

        int v = topology.VectorLength, longest = 0;
        for (int group = 0; group < topology.GroupCount; group++)
            longest = Math.Max(longest, topology.GroupLength(group));
        int[] depth = new int[longest], slots = new int[longest * v], rowSlots = new int[longest];
        var values = new T[longest];
        for (int row = 0; row < topology.Rows; row++)
        {
            int group = row / v, length = topology.GroupLength(group);
            if (row % v == 0)
                topology.Locate(group, depth, slots);
            ReadOnlySpan<T> elements = source.Row(row);
            for (int e = 0; e < length; e++)
            {
                values[e] = elements[depth[e]];
                rowSlots[e] = slots[e * v + row % v];
            }

            codec.Write(store, rowSlots.AsSpan(0, length), values.AsSpan(0, length));
        }

        return new PackedMatrix(layout, topology, store, scales, zeroPoints, codebook);
    }

    private static void Require(WeightLayout layout)
    {
        ArgumentNullException.ThrowIfNull(layout);
        layout.Validate();
    }

    private static float[] Ones(int count)
    {
        var ones = new float[count];
        Array.Fill(ones, 1);
        return ones;
    }
}
