using System.Runtime.InteropServices;
using Intarsia.Compiler.Planning;
using Intarsia.Compiler.Tiles;
using Intarsia.Kernels;
using Intarsia.ProductSpace.Drawing;
using Intarsia.ProductSpace.Operands;
using Intarsia.ProductSpace.Writing;
using Index = Intarsia.Compiler.Tiles.Index;

namespace Intarsia.ProductSpace.Running;

/// <summary>Gives every buffer of a plan the array that a call would give it.</summary>
internal sealed class PlanBinder
{
    private readonly OperandBag _bag;
    private readonly Dictionary<string, Array> _buffers = [];
    private readonly Dictionary<string, BufferDecl> _declarations;
    private readonly Dictionary<string, long> _sizes;
    private readonly Binding[] _bindings;
    private readonly string _output;

    public PlanBinder(KernelPlan plan, DrawnKernel kernel, OperandBag bag)
    {
        _bag = bag;
        CallSizes sizes = kernel.Sizes;
        _sizes = new Dictionary<string, long>
        {
            ["rows"] = sizes.Rows,
            ["depth"] = sizes.Depth,
            ["columns"] = sizes.Columns,
            ["ldw"] = sizes.WeightsStride,
            ["ldx"] = sizes.XStride,
            ["ldy"] = sizes.YStride,
        };
        if (kernel.Spec.Batch is not null) AddBatchSizes(kernel);
        _declarations = plan.Program.Buffers.ToDictionary(buffer => buffer.Name);
        _output = plan.Bindings.OfType<Binding.Operand>().Single(binding => binding.Role == Role.Y).Buffer;
        _bindings = [.. plan.Bindings];
        // In the order of the plan: the lengths of later arrays stand in earlier ones.
        foreach (Binding binding in plan.Bindings) _buffers.Add(binding.Buffer, Bind(binding));
    }

    public IReadOnlyDictionary<string, long> Sizes => _sizes;

    public IReadOnlyDictionary<string, Array> Buffers => _buffers;

    /// <summary>The bytes of Y.</summary>
    public ReadOnlySpan<byte> Output => _buffers[_output] switch
    {
        float[] y => MemoryMarshal.AsBytes<float>(y),
        Half[] y => MemoryMarshal.AsBytes<Half>(y),
        BFloat16[] y => MemoryMarshal.AsBytes<BFloat16>(y),
        int[] y => MemoryMarshal.AsBytes<int>(y),
        sbyte[] y => MemoryMarshal.AsBytes<sbyte>(y),
        Array y => (byte[])y,
    };

    /// <summary>Narrows the operands of a batch to one of its terms, which is how lists and addresses reach a kernel.</summary>
    public void TakeTerm(DrawnKernel kernel, int term)
    {
        CallSizes sizes = kernel.Sizes;
        Narrow(Role.Weights, BatchLayout.Offsets(kernel, sizes.BatchWeightsStride), SizeDraw.Footprint(sizes.Rows, sizes.Depth, sizes.WeightsStride), "aLength");
        Narrow(Role.X, BatchLayout.Offsets(kernel, sizes.BatchXStride), SizeDraw.Footprint(sizes.Depth, sizes.Columns, sizes.XStride), "bLength");
        bool first = term == 0;
        _sizes["count"] = Math.Min(sizes.BatchCount, 1);
        _sizes["finish"] = term + 1 >= sizes.BatchCount ? 1 : 0;
        if (first) return;
        (_sizes["accumulate"], _sizes["scale"]) = (1, 0);

        void Narrow(Role role, int[] offsets, int footprint, string size)
        {
            string buffer = _bindings.OfType<Binding.Operand>().Single(binding => binding.Role == role).Buffer;
            BufferDecl declaration = _declarations[buffer];
            int element = _bag.Bytes(role.ToString()).Length / Math.Max(1, _bag.Count(role.ToString()));
            ReadOnlySpan<byte> bytes = offsets.Length == 0 ? [] : _bag.Bytes(role.ToString()).Slice(offsets[term] * element, footprint * element);
            _buffers[buffer] = Copy(declaration.Element, bytes);
            _sizes[size] = footprint > 0 && offsets.Length > 0 ? 1 : 0;
        }
    }

    // How many places a term can begin at: the program's buffers have a dimension for it.
    private void AddBatchSizes(DrawnKernel kernel)
    {
        CallSizes sizes = kernel.Sizes;
        float beta = _bag.Scalar<float>(nameof(Role.Beta));
        _sizes["count"] = sizes.BatchCount;
        _sizes["accumulate"] = beta != 0 ? 1 : 0;
        _sizes["scale"] = beta is not (0 or 1) ? 1 : 0;
        _sizes["finish"] = 1;
        _sizes["strideA"] = sizes.BatchWeightsStride;
        _sizes["strideB"] = sizes.BatchXStride;
        _sizes["aLength"] = Places(Role.Weights, SizeDraw.Footprint(sizes.Rows, sizes.Depth, sizes.WeightsStride));
        _sizes["bLength"] = Places(Role.X, SizeDraw.Footprint(sizes.Depth, sizes.Columns, sizes.XStride));

        long Places(Role role, int footprint) => footprint == 0 ? _bag.Count(role.ToString()) : Math.Max(0, _bag.Count(role.ToString()) - footprint + 1);
    }

    private Array Bind(Binding binding)
    {
        BufferDecl declaration = _declarations[binding.Buffer];
        switch (binding)
        {
            case Binding.Operand { Role: Role.YScale or Role.Beta } scalar:
                return new[] { _bag.Scalar<float>(scalar.Role.ToString()) };
            case Binding.Operand operand:
                return Copy(declaration.Element, _bag.Bytes(ParameterNames.Key(operand.Role, operand.Ordinal)));
            case Binding.PackedScales:
                return _bag.Packed.Scales.ToArray();
            case Binding.Prepared prepared:
                int length = (int)declaration.Shape.Aggregate(1L, (product, extent) => product * Evaluate(extent));
                return ComputesOnFloats(prepared) ? Prepared<float>(prepared, length) : Prepared<short>(prepared, length);
            default:
                throw new InvalidOperationException($"Binding {binding} is not known.");
        }
    }

    // Indices and scales have types of their own; the values beside them say what the prepared form is made of.
    private bool ComputesOnFloats(Binding.Prepared prepared) =>
        _declarations.Values.Single(buffer => buffer.Name == (prepared.Kind switch { PreparedKind.Panel => "b", PreparedKind.Row => "a", _ => "values" })).Element == ElementType.F32;

    private Array Prepared<T>(Binding.Prepared prepared, int length) where T : unmanaged
    {
        switch (prepared.Kind)
        {
            case PreparedKind.Panel:
                PanelWeights<T> panels = Make<PanelWeights<T>>(prepared);
                return prepared.Part == PreparedPart.Values ? Take(ref panels.Values, length) : Take(ref panels.Scales, length);
            case PreparedKind.Row:
                RowWeights<T> rows = Make<RowWeights<T>>(prepared);
                return prepared.Part == PreparedPart.Values ? Take(ref rows.Values, length) : Take(ref rows.Scales, length);
            default:
                StreamWeights<T> stream = Make<StreamWeights<T>>(prepared);
                return prepared.Part switch
                {
                    PreparedPart.Values => Take(ref stream.Values, length),
                    PreparedPart.Scales => Take(ref stream.Scales, length),
                    PreparedPart.Indices => Take(ref stream.Indices, length),
                    PreparedPart.SegmentGroups => Take(ref stream.SegmentGroups, length),
                    PreparedPart.SegmentStarts => Take(ref stream.SegmentStarts, length),
                    _ => Take(ref stream.TileStarts, length),
                };
        }
    }

    private TWeights Make<TWeights>(Binding.Prepared prepared) where TWeights : class, IPreparedWeights<TWeights> =>
        new Preparation<TWeights>(prepared.Width, prepared.Interleave, prepared.DepthTile).Of(_bag.Packed);

    private static T[] Take<T>(ref T first, int length) where T : unmanaged => MemoryMarshal.CreateReadOnlySpan(ref first, length).ToArray();

    private static Array Copy(ElementType element, ReadOnlySpan<byte> bytes) => element switch
    {
        ElementType.F32 => MemoryMarshal.Cast<byte, float>(bytes).ToArray(),
        ElementType.F16 => MemoryMarshal.Cast<byte, Half>(bytes).ToArray(),
        ElementType.BF16 => MemoryMarshal.Cast<byte, BFloat16>(bytes).ToArray(),
        ElementType.S64 => MemoryMarshal.Cast<byte, long>(bytes).ToArray(),
        ElementType.S32 => MemoryMarshal.Cast<byte, int>(bytes).ToArray(),
        ElementType.S8 => MemoryMarshal.Cast<byte, sbyte>(bytes).ToArray(),
        ElementType.U8 => bytes.ToArray(),
        _ => throw new InvalidOperationException($"No operand has elements of {element}."),
    };

    private long Evaluate(Index index) => index switch
    {
        Index.Const constant => constant.Value,
        Index.Var variable => Sizes[variable.Name],
        Index.Read read => Convert.ToInt64(_buffers[read.Buffer].GetValue(Evaluate(read.At.Single())), System.Globalization.CultureInfo.InvariantCulture),
        Index.Binary binary => Apply(binary.Op, Evaluate(binary.Left), Evaluate(binary.Right)),
        _ => throw new InvalidOperationException($"An extent cannot be {index}."),
    };

    private static long Apply(IndexOp op, long left, long right) => op switch
    {
        IndexOp.Add => left + right,
        IndexOp.Subtract => left - right,
        IndexOp.Multiply => left * right,
        IndexOp.FloorDivide => left / right,
        IndexOp.Modulo => left % right,
        IndexOp.Min => Math.Min(left, right),
        _ => Math.Max(left, right),
    };
}
