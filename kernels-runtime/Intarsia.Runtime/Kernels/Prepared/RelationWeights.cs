using System.ComponentModel;

namespace Intarsia.Kernels;

/// <summary>
/// The edges of a relational graph in the order in which a kernel goes through them: blocks of nodes, in a block relation after relation, and of a relation the nodes with edges alone, ascending, each with its edges. It is what ELL3D (SparseTIR, ASPLOS'23) stores,
/// rows of one relation together and none without edges, with rows of any length instead of padded ones.
/// </summary>
/// <typeparam name="T"><see cref="float"/> or <see cref="int"/>.</typeparam>
[EditorBrowsable(EditorBrowsableState.Never)]
public sealed class RelationWeights<T> : IPreparedWeights<RelationWeights<T>>, IDeviceArrays
    where T : unmanaged
{
    private readonly AlignedArray<T> _values;
    private readonly AlignedArray<int> _indices;
    private readonly AlignedArray<int> _nodes;
    private readonly AlignedArray<int> _starts;
    private readonly AlignedArray<int> _segments;

    private RelationWeights(PackedMatrix matrix, int relations, int blockNodes)
    {
        var source = new WeightSource<T>(matrix);
        int sources = matrix.Depth / relations, blocks = Extents.CeilingDivide(matrix.Rows, blockNodes);
        if ((long)blocks * relations >= Array.MaxLength) throw new NotSupportedException($"{matrix.Rows} nodes in blocks of {blockNodes}, with {relations} relations each, are {(long)blocks * relations} runs of rows; at most {Array.MaxLength - 1} can be prepared.");
        int[] columns = [];
        T[] values = [];

        // Counts first: nodes and edges of each block and relation, then where each of those begins.
        _segments = new AlignedArray<int>((long)blocks * relations + 1);
        var edges = new int[blocks * relations + 1];
        for (int node = 0; node < matrix.Rows; node++)
            foreach ((int relation, int begin, int end) in Runs(source, node, ref columns, ref values, sources))
            {
                int segment = node / blockNodes * relations + relation;
                _segments.Span[segment + 1]++;
                edges[segment + 1] += end - begin;
            }
        for (int segment = 0; segment < blocks * relations; segment++)
        {
            _segments.Span[segment + 1] += _segments.Span[segment];
            edges[segment + 1] += edges[segment];
        }

        _nodes = new AlignedArray<int>(_segments.Span[^1]);
        _starts = new AlignedArray<int>(_segments.Span[^1] + 1L);
        _indices = new AlignedArray<int>(edges[^1]);
        _values = new AlignedArray<T>(edges[^1]);
        int[] nextRow = _segments.Span.ToArray();
        for (int node = 0; node < matrix.Rows; node++)
            foreach ((int relation, int begin, int end) in Runs(source, node, ref columns, ref values, sources))
            {
                int segment = node / blockNodes * relations + relation, row = nextRow[segment]++;
                _nodes.Span[row] = node % blockNodes;
                _starts.Span[row] = edges[segment];
                for (int entry = begin; entry < end; entry++)
                {
                    _indices.Span[edges[segment]] = columns[entry] - relation * sources;
                    _values.Span[edges[segment]++] = values[entry];
                }
            }
        _starts.Span[^1] = _indices.Length;
    }

    /// <summary>The value of the first edge.</summary>
    public ref T Values => ref _values.First;

    /// <summary>The source of the first edge.</summary>
    public ref int Indices => ref _indices.First;

    /// <summary>The first node with edges, counted from the first of its block.</summary>
    public ref int SegmentGroups => ref _nodes.First;

    /// <summary>The first edge of the first such node; one more than there are of those.</summary>
    public ref int SegmentStarts => ref _starts.First;

    /// <summary>The first such node of the first relation of the first block; one more than there are relations in all blocks.</summary>
    public ref int TileStarts => ref _segments.First;

    /// <inheritdoc/>
    public static ReadOnlySpan<string> DeviceArrayNames => (string[])[nameof(Values), nameof(Indices), nameof(SegmentGroups), nameof(SegmentStarts), nameof(TileStarts)];

    /// <inheritdoc/>
    public ReadOnlySpan<byte> DeviceArray(int index) => index switch
    {
        0 => DeviceBytes.Of(_values.Span),
        1 => DeviceBytes.Of(_indices.Span),
        2 => DeviceBytes.Of(_nodes.Span),
        3 => DeviceBytes.Of(_starts.Span),
        4 => DeviceBytes.Of(_segments.Span),
        _ => throw new ArgumentOutOfRangeException(nameof(index)),
    };

    /// <inheritdoc/>
    public static RelationWeights<T> Prepare(PackedMatrix matrix, Preparation<RelationWeights<T>> preparation)
    {
        ArgumentNullException.ThrowIfNull(matrix);
        ArgumentNullException.ThrowIfNull(preparation);
        return new RelationWeights<T>(matrix, preparation.Width, preparation.DepthTile);
    }

    /// <summary>The relations that a node has edges of, ascending, each with the range of its entries.</summary>
    private static List<(int Relation, int Begin, int End)> Runs(WeightSource<T> source, int node, ref int[] columns, ref T[] values, int sources)
    {
        int length = source.ReadRow(node, ref columns, ref values);
        var runs = new List<(int, int, int)>();
        for (int begin = 0; begin < length;)
        {
            int relation = columns[begin] / sources, end = begin + 1;
            while (end < length && columns[end] / sources == relation) end++;
            runs.Add((relation, begin, end));
            begin = end;
        }
        return runs;
    }
}
