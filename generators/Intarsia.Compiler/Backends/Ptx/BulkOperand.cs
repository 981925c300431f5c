using Intarsia.Compiler.Tiles;
using Index = Intarsia.Compiler.Tiles.Index;

namespace Intarsia.Compiler.Backends.Ptx;

/// <summary>
/// One factor on its way to the tensor cores of a warp group: bulk tensor copies write it into shared memory swizzled (PTX ISA section 9.7.9.25.5, cp.async.bulk.tensor), matrix descriptors say how
/// it lies there (section 9.7.15.5.1.2). Where the depth is contiguous, a box is all lines of the tile, 32, 64 or 128 bytes of depth each; where it is not, a box is 128 bytes of one line at
/// each depth, and boxes stand behind each other. All dimensions of a buffer but the last count as lines.
/// </summary>
/// <param name="program">The program.</param>
/// <param name="load">The load of the tile.</param>
/// <param name="depthLast">The depth is the contiguous dimension.</param>
/// <param name="offset">Where the tile begins in a stage.</param>
internal sealed class BulkOperand(TileProgram program, Statement.Load load, bool depthLast, int offset)
{
    /// <summary>Swizzle patterns repeat at 1024 bytes at the most: tiles that begin at multiples need no base offset in their descriptors.</summary>
    public const int Alignment = 1024;

    private const int WideLine = 128;

    private readonly TileDecl _tile = program.Tiles.Single(t => t.Name == load.Tile);
    private readonly BufferDecl _buffer = program.Buffers.Single(b => b.Name == load.Buffer);

    public ElementType Element => _tile.Element;

    /// <summary>Whether instructions have to transpose the factor.</summary>
    public bool IsTransposed => !depthLast;

    /// <summary>Depth of one stage.</summary>
    public int Depth => _tile.Shape[depthLast ? 1 : 0];

    private int Extent => _tile.Shape[depthLast ? 0 : 1];

    private int ElementBytes => Elements.Bytes(_tile.Element);

    private int LineBytes => depthLast ? Depth * ElementBytes : WideLine;

    /// <summary>Bytes of the tile, as many as its copies complete.</summary>
    public int Bytes => _tile.Size * ElementBytes;

    /// <summary>Bytes to the next box, where there are several.</summary>
    private int BoxBytes => Depth * WideLine;

    private int BoxExtent => WideLine / ElementBytes;

    private int LastDimension => _buffer.Shape.Count - 1;

    public TensorMapPlan Map => new(_buffer.Name, _buffer.Element, depthLast ? new[] { Depth, Extent } : new[] { BoxExtent, Depth }, LineBytes,
        new[] { _buffer.Shape[LastDimension], Lines(_buffer.MostOuter is { } most ? new[] { most }.Concat(_buffer.Shape.Skip(1)).ToEquatableArray() : _buffer.Shape) }, new[] { (_buffer.Strides.Count > 0 ? _buffer.Strides[LastDimension - 1] : _buffer.Shape[LastDimension]) * ElementBytes });

    /// <summary>Lines of the buffer, or the line at a coordinate of it.</summary>
    private Index Lines(EquatableArray<Index> shape) => shape.Take(LastDimension).Aggregate((lines, extent) => lines * extent);

    private Index LineAt => Enumerable.Range(1, LastDimension - 1).Aggregate(load.At[0], (line, dimension) => line * _buffer.Shape[dimension] + load.At[dimension]);

    /// <summary>Starts the copies of one stage. The loop variable is bound; one thread runs this.</summary>
    /// <param name="context">The block.</param>
    /// <param name="stage">Address of the stage.</param>
    /// <param name="barrier">Address of the barrier that they complete on.</param>
    public void Copy(BlockContext context, Register stage, Register barrier)
    {
        WarpBuilder w = context.W;
        Value line = context.Lower(LineAt), start = context.Lower(load.At[LastDimension]);
        for (int box = 0; box < (depthLast ? 1 : Extent / BoxExtent); box++)
        {
            Register target = w.InRegister(w.Add(stage, offset + box * BoxBytes)), first = w.InRegister(w.Add(start, box * BoxExtent)), second = w.InRegister(line);
            w.Emit("cp.async.bulk.tensor.2d.shared::cluster.global.mbarrier::complete_tx::bytes", WarpBuilder.At(target), $"[{context.Base(_buffer.Name)}, {WarpBuilder.Vector([first, second])}]", WarpBuilder.At(barrier));
        }
    }

    /// <summary>The half of a descriptor that changes: start and leading offset, of the lines or columns from <paramref name="origin"/> of the first stage.</summary>
    /// <param name="context">The block.</param>
    /// <param name="origin">The first line or column that the warp group reads, counted in units of <paramref name="unit"/>.</param>
    /// <param name="unit">A multiple of 8 lines; of 64 columns where the factor is transposed.</param>
    public Register Descriptor(BlockContext context, Value origin, int unit)
    {
        WarpBuilder w = context.W;
        if (!depthLast && unit % BoxExtent != 0) throw new InvalidOperationException($"Warp groups begin at multiples of {unit} columns of tile '{load.Tile}'; expected multiples of {BoxExtent}.");
        Value start = w.Add(w.Add(context.Shared, offset), w.Multiply(origin, depthLast ? unit * LineBytes : unit / BoxExtent * BoxBytes));
        // With the depth contiguous, the leading offset is not used: one line holds all of the depth.
        return w.InRegister(w.Add(w.ShiftRight(start, 4), (depthLast ? 1 : BoxBytes >> 4) << 16));
    }

    /// <summary>The other half: from eight lines to the next eight, and the swizzle (1, 2, 3 for 128, 64, 32 bytes).</summary>
    public uint DescriptorHigh => (uint)(8 * LineBytes >> 4) | (LineBytes switch { 128 => 1u, 64 => 2u, _ => 3u } << 30);

    /// <summary>What a step of so many bytes of depth adds to a descriptor.</summary>
    public int StepUnits(int bytes) => (depthLast ? bytes : bytes / ElementBytes * WideLine) >> 4;
}
