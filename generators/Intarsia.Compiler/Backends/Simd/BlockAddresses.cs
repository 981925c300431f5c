using Intarsia.Compiler.Tiles;
using Index = Intarsia.Compiler.Tiles.Index;

namespace Intarsia.Compiler.Backends.Simd;

/// <summary>Addresses within a block: which parameters they need, and the expressions for them.</summary>
internal sealed partial class BlockLowering
{
    private static string StrideName(string buffer, int dimension) => $"{buffer}Stride{(dimension == 0 ? "" : Number(dimension))}";

    private static string ExtentName(string buffer, int dimension) => $"{buffer}Extent{(dimension == 0 ? "" : Number(dimension))}";

    /// <summary>An index as C#; free variables become parameters.</summary>
    private string Text(Index index)
    {
        foreach (string buffer in IndexText.Buffers(index)) Use(buffer);
        foreach (string variable in IndexText.Variables(index))
            if (!_bound.Contains(variable) && !IsLocalName(variable)) AddParameter(new BlockParameter.Variable(variable));
        return IndexText.Print(index);
    }

    /// <summary>Names that addresses are built from and that are parameters already.</summary>
    private bool IsLocalName(string variable) => _parameters.Any(p => p is BlockParameter.Stride s && StrideName(s.Of, s.Dimension) == variable);

    private BufferDecl Use(string name)
    {
        BufferDecl buffer = _buffers[name];
        AddParameter(new BlockParameter.Buffer(name, buffer.Element));
        return buffer;
    }

    private void AddParameter(BlockParameter parameter)
    {
        if (!_parameters.Contains(parameter)) _parameters.Add(parameter);
    }

    private string ExtentOf(BufferDecl buffer, int dimension)
    {
        AddParameter(new BlockParameter.Extent(buffer.Name, dimension));
        return ExtentName(buffer.Name, dimension);
    }

    /// <summary>Elements between neighbours along a dimension: a constant where every kernel that shares the block has the same, else a parameter.</summary>
    private Index Stride(BufferDecl buffer, int dimension)
    {
        int rank = buffer.Shape.Count;
        if (dimension == rank - 1) return 1;
        if (rank - 1 - dimension <= buffer.FixedInner) return DenseStride(buffer, dimension);
        AddParameter(new BlockParameter.Stride(buffer.Name, dimension));
        return StrideName(buffer.Name, dimension);
    }

    /// <summary>The stride that the declaration gives, or that dense row-major order does.</summary>
    public static Index DenseStride(BufferDecl buffer, int dimension)
    {
        if (buffer.Strides.Count > 0) return buffer.Strides[dimension];
        Index stride = 1;
        for (int d = buffer.Shape.Count - 1; d > dimension; d--) stride *= buffer.Shape[d];
        return stride;
    }

    /// <summary>Flat element offset of a coordinate.</summary>
    private Index Offset(BufferDecl buffer, EquatableArray<Index> at)
    {
        Index offset = 0;
        for (int d = 0; d < at.Count; d++) offset += at[d] * Stride(buffer, d);
        return offset;
    }

    /// <summary>The stride between the rows of a tile loaded from a buffer: the tile covers the buffer's last dimensions.</summary>
    private Index RowStride(BufferDecl buffer) => buffer.Shape.Count > 1 ? Stride(buffer, buffer.Shape.Count - 2) : 0;

    /// <summary>A reference expression for the first element of a row of a tile that stands at a coordinate of a buffer.</summary>
    private string Element(BufferDecl buffer, EquatableArray<Index> at, int row)
    {
        Index offset = Offset(buffer, at) + (row == 0 ? 0 : row * RowStride(buffer));
        return $"Unsafe.Add(ref {buffer.Name}, {Text(offset)})";
    }
}
