using System.Runtime.InteropServices;
using Intarsia.Compiler.Planning;
using Intarsia.Compiler.Specs;
using Intarsia.Compiler.Tiles;
using Intarsia.Kernels;
using Intarsia.Verification.Interpreter;

namespace Intarsia.Verification;

/// <summary>
/// The operands of a reference run as the buffers of a plan: packed weights in the order that the plan asks for, activations and results as they lie in memory. What executes a plan (the tile
/// interpreter, an emulated GPU) takes them from here.
/// </summary>
public sealed class PlanOperands
{
    /// <summary>Parts that the rows of a stream are cut into here. Whoever calls a kernel has one for each thread.</summary>
    internal const int Parts = 3;

    private readonly OperandMemory _memory;

    /// <summary>Lays out the operands of a plan.</summary>
    /// <param name="spec">The kernel; no batch-reduce GEMM whose terms are a list, which takes a run for each.</param>
    /// <param name="plan">A plan of it.</param>
    /// <param name="operands">Logical operands.</param>
    /// <param name="gap">Elements behind each line of an operand that has a leading dimension.</param>
    /// <exception cref="ArgumentException">An operand is missing, or the spec is a batch-reduce GEMM on a list of terms.</exception>
    public PlanOperands(KernelSpec spec, KernelPlan plan, ReferenceOperands operands, int gap)
        : this(plan, Memory(spec, operands, gap))
    {
    }

    internal PlanOperands(KernelPlan plan, OperandMemory memory)
    {
        _memory = memory;
        Dictionary<string, long> sizes = memory.Sizes(plan.Program.Sizes);
        Sizes = sizes;

        // Shapes may read buffers that stand before them (the entries of a sparse operand), so buffers are made in order.
        var shapes = new Machine(null);
        foreach ((string name, long value) in sizes) shapes.Bind(name, value);
        var buffers = new Dictionary<string, Array>(StringComparer.Ordinal);
        foreach (BufferDecl buffer in plan.Program.Buffers)
        {
            Binding? binding = plan.Bindings.FirstOrDefault(b => b.Buffer == buffer.Name);
            if (binding is null) continue;
            long[] shape = shapes.ShapeOf(buffer);
            Array array = binding switch
            {
                Binding.Operand operand => memory.Operand(operand.Role, operand.Ordinal, buffer.Element),
                Binding.PackedScales => memory.Packed.Scales.ToArray(),
                Binding.PackedPattern { Part: PatternPart.Bounds } => memory.Packed.Entries.Bounds,
                Binding.PackedPattern { Part: PatternPart.BlockRows } => memory.Packed.Entries.BlockRows,
                Binding.PackedPattern { Part: PatternPart.Places } => memory.Packed.Entries.Places,
                Binding.PackedPattern => memory.Packed.Entries.Columns,
                Binding.PackedValues => memory.Values(buffer.Element),
                Binding.Prepared prepared => Prepared(prepared.OfGraph ? memory.Graph : memory.Packed, prepared, checked((int)shape.Aggregate(1L, (product, extent) => product * extent)), prepared.Kind == PreparedKind.DigitStream ? buffer.Element : PreparedElement(plan, prepared.OfGraph)),
                _ => throw new ArgumentException($"Binding {binding.GetType().Name} of buffer '{buffer.Name}' is not known here."),
            };
            buffers.Add(buffer.Name, array);
            shapes.Declare(buffer, array);
        }
        Buffers = buffers;
    }

    /// <summary>The plan's run-time sizes.</summary>
    public IReadOnlyDictionary<string, long> Sizes { get; }

    /// <summary>The plan's buffers, scratch left out; the result is among them and is written in place.</summary>
    public IReadOnlyDictionary<string, Array> Buffers { get; }

    /// <summary>What now lies in the result: rows×columns, logical.</summary>
    public double[] ReadY() => _memory.ReadY();

    private static OperandMemory Memory(KernelSpec spec, ReferenceOperands operands, int gap)
    {
        ArgumentNullException.ThrowIfNull(spec);
        ArgumentNullException.ThrowIfNull(operands);
        if (spec.Batch is { Addressing: BatchAddressing.List or BatchAddressing.Addresses }) throw new ArgumentException($"{spec} has its terms in a list; it takes a run for each.", nameof(spec));
        return spec.Batch is null ? new OperandMemory(spec, operands, gap) : new BatchMemory(spec, operands, gap);
    }

    /// <summary>The element that the weights, or the edges of a graph, are prepared in: that of the buffer of their values.</summary>
    private static ElementType PreparedElement(KernelPlan plan, bool ofGraph)
    {
        string values = plan.Bindings.OfType<Binding.Prepared>().First(b => b.Part == PreparedPart.Values && b.OfGraph == ofGraph).Buffer;
        return plan.Program.Buffers.First(b => b.Name == values).Element;
    }

    private static Array Prepared(PackedMatrix matrix, Binding.Prepared prepared, int length, ElementType element) => element switch
    {
        _ when prepared.Kind == PreparedKind.BasisPanel => PreparedBases(matrix, prepared, length),
        _ when prepared.Kind == PreparedKind.BitPanel => PreparedBits(matrix, prepared, length),
        _ when prepared.Kind == PreparedKind.BitRow => PreparedBitRows(matrix, prepared, length),
        _ when prepared.Kind == PreparedKind.PlanePanel => PreparedPlanes(matrix, prepared, length),
        _ when prepared.Kind is PreparedKind.Nibble or PreparedKind.NibbleFragment => PreparedNibbles(matrix, prepared, length),
        _ when prepared.Kind == PreparedKind.DigitStream => PreparedDigits(matrix, prepared, length, element),
        ElementType.S4 when prepared.Kind == PreparedKind.FieldPanel => PreparedFields<sbyte>(matrix, prepared, length),
        ElementType.U4 or ElementType.U2 or ElementType.Bit => PreparedFields<byte>(matrix, prepared, length),
        ElementType.U16 => Prepared<ushort>(matrix, prepared, length),
        ElementType.S16 => Prepared<short>(matrix, prepared, length),
        ElementType.S32 => Prepared<int>(matrix, prepared, length),
        ElementType.F16 => Prepared<Half>(matrix, prepared, length),
        ElementType.BF16 => Prepared<BFloat16>(matrix, prepared, length),
        ElementType.S8 => Prepared<sbyte>(matrix, prepared, length),
        ElementType.U8 => Prepared<byte>(matrix, prepared, length),
        _ => Prepared<float>(matrix, prepared, length),
    };

    private static Array Prepared<T>(PackedMatrix matrix, Binding.Prepared prepared, int length)
        where T : unmanaged
    {
        switch (prepared.Kind)
        {
            case PreparedKind.Panel:
                PanelWeights<T> panels = Prepare<PanelWeights<T>>(matrix, prepared);
                return prepared.Part switch
                {
                    PreparedPart.Values => Copy(ref panels.Values, length),
                    PreparedPart.Compensation => Copy(ref panels.Compensation, length),
                    _ => Copy(ref panels.Scales, length),
                };
            case PreparedKind.PlacedPanel:
                PlacedPanelWeights<T> placed = Prepare<PlacedPanelWeights<T>>(matrix, prepared);
                return prepared.Part switch
                {
                    PreparedPart.Values => Copy(ref placed.Values, length),
                    PreparedPart.Indices => Copy(ref placed.Indices, length),
                    _ => Copy(ref placed.Compensation, length),
                };
            case PreparedKind.PlacedVector:
                PlacedVectorWeights<T> vectorPlaces = Prepare<PlacedVectorWeights<T>>(matrix, prepared);
                return prepared.Part == PreparedPart.Values ? Copy(ref vectorPlaces.Values, length) : Copy(ref vectorPlaces.Indices, length);
            case PreparedKind.Row:
                RowWeights<T> rows = Prepare<RowWeights<T>>(matrix, prepared);
                return prepared.Part switch
                {
                    PreparedPart.Values => Copy(ref rows.Values, length),
                    PreparedPart.Compensation => Copy(ref rows.Compensation, length),
                    PreparedPart.GroupScales => Copy(ref rows.GroupScales, length),
                    _ => Copy(ref rows.Scales, length),
                };
            case PreparedKind.SparseMma:
                SparseMmaWeights<T> sparse = Prepare<SparseMmaWeights<T>>(matrix, prepared);
                return prepared.Part switch
                {
                    PreparedPart.Values => Copy(ref sparse.Values, length),
                    // Two bits each.
                    PreparedPart.Metadata => MemoryMarshal.AsBytes(MemoryMarshal.CreateReadOnlySpan(ref sparse.Metadata, length / 16)).ToArray(),
                    _ => Copy(ref sparse.GroupScales, length),
                };
            case PreparedKind.VectorStream:
                VectorStreamWeights<T> vectors = Prepare<VectorStreamWeights<T>>(matrix, prepared);
                return prepared.Part switch
                {
                    PreparedPart.Values => Copy(ref vectors.Values, length),
                    PreparedPart.Scales => Copy(ref vectors.Scales, length),
                    PreparedPart.Indices => Copy(ref vectors.Indices, length),
                    PreparedPart.SegmentGroups => Copy(ref vectors.SegmentGroups, length),
                    PreparedPart.SegmentStarts => Copy(ref vectors.SegmentStarts, length),
                    _ => Copy(ref vectors.GroupEnds, length),
                };
            case PreparedKind.Column:
                ColumnWeights<T> columns = Prepare<ColumnWeights<T>>(matrix, prepared);
                return prepared.Part switch
                {
                    PreparedPart.Values => Copy(ref columns.Values, length),
                    PreparedPart.Gaps => Copy(ref columns.Gaps, length),
                    PreparedPart.ColumnStarts => Copy(ref columns.ColumnStarts, length),
                    PreparedPart.SingleTable => Copy(ref columns.SingleTable, length),
                    _ => Copy(ref columns.PartGroups, length),
                };
            case PreparedKind.Group:
                GroupWeights<T> groups = Prepare<GroupWeights<T>>(matrix, prepared);
                return prepared.Part switch
                {
                    PreparedPart.Values => Copy(ref groups.Values, length),
                    PreparedPart.Indices => Copy(ref groups.Indices, length),
                    PreparedPart.ShortIndices => Copy(ref groups.ShortIndices, length),
                    PreparedPart.SegmentGroups => Copy(ref groups.SegmentGroups, length),
                    PreparedPart.SegmentStarts => Copy(ref groups.SegmentStarts, length),
                    PreparedPart.TileStarts => Copy(ref groups.TileStarts, length),
                    _ => Copy(ref groups.PartGroups, length),
                };
            case PreparedKind.BankedGroup:
                BankedGroupWeights<T> banked = Prepare<BankedGroupWeights<T>>(matrix, prepared);
                return prepared.Part switch
                {
                    PreparedPart.Values => Copy(ref banked.Values, length),
                    PreparedPart.ShortIndices => Copy(ref banked.ShortIndices, length),
                    PreparedPart.SegmentGroups => Copy(ref banked.SegmentGroups, length),
                    _ => Copy(ref banked.SegmentStarts, length),
                };
            case PreparedKind.Relation:
                RelationWeights<T> relations = Prepare<RelationWeights<T>>(matrix, prepared);
                return prepared.Part switch
                {
                    PreparedPart.Values => Copy(ref relations.Values, length),
                    PreparedPart.Indices => Copy(ref relations.Indices, length),
                    PreparedPart.SegmentGroups => Copy(ref relations.SegmentGroups, length),
                    PreparedPart.SegmentStarts => Copy(ref relations.SegmentStarts, length),
                    _ => Copy(ref relations.TileStarts, length),
                };
            case PreparedKind.Block:
                BlockWeights<T> blocks = Prepare<BlockWeights<T>>(matrix, prepared);
                return prepared.Part switch
                {
                    PreparedPart.Values => Copy(ref blocks.Values, length),
                    PreparedPart.Indices => Copy(ref blocks.Indices, length),
                    _ => Copy(ref blocks.SegmentStarts, length),
                };
            case PreparedKind.TransposedBlock:
                TransposedBlockWeights<T> turned = Prepare<TransposedBlockWeights<T>>(matrix, prepared);
                return prepared.Part switch
                {
                    PreparedPart.Values => Copy(ref turned.Values, length),
                    PreparedPart.Indices => Copy(ref turned.Indices, length),
                    PreparedPart.Blocks => Copy(ref turned.Blocks, length),
                    _ => Copy(ref turned.SegmentStarts, length),
                };
            case PreparedKind.Stored:
                return Copy(ref Prepare<StoredWeights<T>>(matrix, prepared).Values, length);
            default:
                StreamWeights<T> stream = Prepare<StreamWeights<T>>(matrix, prepared);
                return prepared.Part switch
                {
                    PreparedPart.Values => Copy(ref stream.Values, length),
                    PreparedPart.Scales => Copy(ref stream.Scales, length),
                    PreparedPart.Indices => Copy(ref stream.Indices, length),
                    PreparedPart.SegmentGroups => Copy(ref stream.SegmentGroups, length),
                    PreparedPart.SegmentStarts => Copy(ref stream.SegmentStarts, length),
                    PreparedPart.PartGroups => Copy(ref stream.PartGroups, length),
                    PreparedPart.Compensation => Copy(ref stream.Compensation, length),
                    _ => Copy(ref stream.TileStarts, length),
                };
        }
    }

    private static Array PreparedNibbles(PackedMatrix matrix, Binding.Prepared prepared, int length)
    {
        if (prepared.Kind == PreparedKind.NibbleFragment)
        {
            NibbleFragmentWeights fragments = Prepare<NibbleFragmentWeights>(matrix, prepared);
            return Part(ref fragments.Values, ref fragments.GroupScales, ref fragments.Table, ref fragments.HalfTable, ref fragments.BFloat16Table);
        }
        NibbleWeights nibbles = Prepare<NibbleWeights>(matrix, prepared);
        // One of a tensor is that of all rows.
        if (prepared.Part == PreparedPart.Basis) return Copy(ref nibbles.Basis, Math.Min(length, matrix.Scales.Length));
        return Part(ref nibbles.Values, ref nibbles.GroupScales, ref nibbles.Table, ref nibbles.HalfTable, ref nibbles.BFloat16Table);

        Array Part(ref byte values, ref float groupScales, ref sbyte table, ref Half halfTable, ref BFloat16 bfloat16Table) => prepared.Part switch
        {
            PreparedPart.Values => Copy(ref values, length / 2),
            PreparedPart.Table => Copy(ref table, length),
            PreparedPart.HalfTable => Copy(ref halfTable, length),
            PreparedPart.BFloat16Table => Copy(ref bfloat16Table, length),
            _ => Copy(ref groupScales, length),
        };
    }

    private static Array PreparedFields<T>(PackedMatrix matrix, Binding.Prepared prepared, int length)
        where T : unmanaged
    {
        FieldPanelWeights<T> fields = Prepare<FieldPanelWeights<T>>(matrix, prepared);
        return prepared.Part switch
        {
            PreparedPart.Values => Copy(ref fields.Values, length / prepared.Interleave),
            PreparedPart.Table => Copy(ref fields.Table, length),
            PreparedPart.SingleTable => Copy(ref fields.SingleTable, length),
            PreparedPart.UnsignedTable => Copy(ref fields.UnsignedTable, length),
            _ => Copy(ref fields.Scales, length),
        };
    }

    private static Array PreparedPlanes(PackedMatrix matrix, Binding.Prepared prepared, int length)
    {
        PlanePanelWeights planes = Prepare<PlanePanelWeights>(matrix, prepared);
        return prepared.Part == PreparedPart.Values ? Copy(ref planes.Values, length / 2) : Copy(ref planes.Scales, length);
    }

    private static Array PreparedBases(PackedMatrix matrix, Binding.Prepared prepared, int length)
    {
        BasisPanelWeights bases = Prepare<BasisPanelWeights>(matrix, prepared);
        return prepared.Part switch
        {
            PreparedPart.Values => Copy(ref bases.Values, length / 2),
            PreparedPart.SingleTable => Copy(ref bases.SingleTable, length),
            _ => Copy(ref bases.Basis, length),
        };
    }

    private static Array PreparedBits(PackedMatrix matrix, Binding.Prepared prepared, int length)
    {
        BitPanelWeights bits = Prepare<BitPanelWeights>(matrix, prepared);
        return prepared.Part switch
        {
            PreparedPart.Values => Copy(ref bits.Values, length),
            PreparedPart.Offsets => Copy(ref bits.Offsets, length),
            _ => Copy(ref bits.Compensation, length),
        };
    }

    private static Array PreparedBitRows(PackedMatrix matrix, Binding.Prepared prepared, int length)
    {
        BitRowWeights bits = Prepare<BitRowWeights>(matrix, prepared);
        return prepared.Part switch
        {
            PreparedPart.Values => Copy(ref bits.Values, length),
            PreparedPart.Offsets => Copy(ref bits.Offsets, length),
            _ => Copy(ref bits.Compensation, length),
        };
    }

    private static Array PreparedDigits(PackedMatrix matrix, Binding.Prepared prepared, int length, ElementType element)
    {
        DigitStreamWeights digits = Prepare<DigitStreamWeights>(matrix, prepared);
        return prepared.Part switch
        {
            PreparedPart.LowDigits => Copy(ref digits.LowDigits, length),
            PreparedPart.TopDigits when element == ElementType.S8 => Array.ConvertAll(Copy(ref digits.TopDigits, length), digit => (sbyte)digit),
            PreparedPart.TopDigits => Copy(ref digits.TopDigits, length),
            PreparedPart.Indices => Copy(ref digits.Indices, length),
            PreparedPart.SegmentGroups => Copy(ref digits.SegmentGroups, length),
            _ => Copy(ref digits.SegmentStarts, length),
        };
    }

    private static TWeights Prepare<TWeights>(PackedMatrix matrix, Binding.Prepared prepared)
        where TWeights : class, IPreparedWeights<TWeights> =>
        new Preparation<TWeights>(prepared.Width, prepared.Interleave, prepared.DepthTile, prepared.Kind is PreparedKind.Stream or PreparedKind.Column or PreparedKind.Group ? Parts : 1, prepared.Transposed).Of(matrix);

    private static TElement[] Copy<TElement>(ref TElement first, int length) => MemoryMarshal.CreateReadOnlySpan(ref first, length).ToArray();
}
