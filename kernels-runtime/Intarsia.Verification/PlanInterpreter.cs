using System.Runtime.InteropServices;
using Intarsia.Compiler.Planning;
using Intarsia.Compiler.Planning.Gpu;
using Intarsia.Compiler.Specs;
using Intarsia.Compiler.Tiles;
using Intarsia.Kernels;
using Intarsia.Verification.Interpreter;

namespace Intarsia.Verification;

/// <summary>
/// Plans a kernel and runs the plan in the interpreter, on the operands of the reference: what a planner got wrong shows here, before any backend has a part in it. Packed weights go
/// through the packer and the order that the plan asks for; activations and results lie in memory as the spec says, with a gap behind each line where it has a leading dimension.
/// </summary>
public static class PlanInterpreter
{
    /// <summary>Elements of a gap.</summary>
    private const int Gap = 3;

    /// <summary>Runs the plan of <paramref name="spec"/> for <paramref name="tier"/>.</summary>
    /// <returns>The result, rows×columns, logical.</returns>
    /// <exception cref="TileProgramException">The program did something it must not.</exception>
    /// <exception cref="ArgumentException">An operand is missing.</exception>
    public static double[] Run(KernelSpec spec, Tier tier, ReferenceOperands operands)
    {
        ArgumentNullException.ThrowIfNull(spec);
        ArgumentNullException.ThrowIfNull(operands);
        return Run(spec, TilePlanner.Plan(spec, tier), operands);
    }

    /// <summary>Runs the plan of <paramref name="spec"/> for a GPU.</summary>
    /// <param name="spec">The kernel.</param>
    /// <param name="device">What the plan is for.</param>
    /// <param name="aligned">The plan for operands whose lines begin and end at multiples of 16 bytes.</param>
    /// <param name="operands">The operands.</param>
    /// <returns>The result, rows×columns, logical.</returns>
    /// <exception cref="TileProgramException">The program did something it must not.</exception>
    /// <exception cref="ArgumentException">An operand is missing.</exception>
    public static double[] Run(KernelSpec spec, Device device, bool aligned, ReferenceOperands operands)
    {
        ArgumentNullException.ThrowIfNull(spec);
        ArgumentNullException.ThrowIfNull(operands);
        return Run(spec, DevicePlanner.Plan(spec, device, aligned), operands);
    }

    private static double[] Run(KernelSpec spec, KernelPlan plan, ReferenceOperands operands)
    {
        if (spec.Operation != Operation.BatchReduceGemm)
        {
            var memory = new OperandMemory(spec, operands, Gap);
            RunOnce(plan, memory);
            return memory.ReadY();
        }

        // Strides and offsets reach every term in one run; a list or raw addresses take a run for each, and one where there is none.
        bool single = spec.Batch!.Addressing is BatchAddressing.List or BatchAddressing.Addresses;
        var batch = new BatchMemory(spec, operands, Gap);
        if (operands.Rows * operands.Columns == 0) return batch.ReadY();
        for (int term = 0; term < (single ? Math.Max(1, operands.BatchCount) : 1); term++)
        {
            batch.Term = single ? term : null;
            RunOnce(plan, batch);
        }
        return batch.ReadY();
    }

    private static void RunOnce(KernelPlan plan, OperandMemory memory)
    {
        Dictionary<string, long> sizes = memory.Sizes(plan.Program.Sizes);

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
                Binding.Prepared prepared => Prepared(memory.Packed, prepared, checked((int)shape.Aggregate(1L, (product, extent) => product * extent)), PreparedElement(plan)),
                _ => throw new ArgumentException($"Binding {binding.GetType().Name} of buffer '{buffer.Name}' is not known here."),
            };
            buffers.Add(buffer.Name, array);
            shapes.Declare(buffer, array);
        }
        TileInterpreter.Run(plan.Program, sizes, buffers);
    }

    /// <summary>The element that the weights are prepared in: that of the buffer of their values.</summary>
    private static ElementType PreparedElement(KernelPlan plan)
    {
        string values = plan.Bindings.OfType<Binding.Prepared>().First(b => b.Part == PreparedPart.Values).Buffer;
        return plan.Program.Buffers.First(b => b.Name == values).Element;
    }

    private static Array Prepared(PackedMatrix matrix, Binding.Prepared prepared, int length, ElementType element) => element switch
    {
        ElementType.S16 => Prepared<short>(matrix, prepared, length),
        ElementType.F16 => Prepared<Half>(matrix, prepared, length),
        ElementType.BF16 => Prepared<BFloat16>(matrix, prepared, length),
        ElementType.S8 => Prepared<sbyte>(matrix, prepared, length),
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
            case PreparedKind.Row:
                RowWeights<T> rows = Prepare<RowWeights<T>>(matrix, prepared);
                return prepared.Part switch
                {
                    PreparedPart.Values => Copy(ref rows.Values, length),
                    PreparedPart.Compensation => Copy(ref rows.Compensation, length),
                    PreparedPart.GroupScales => Copy(ref rows.GroupScales, length),
                    _ => Copy(ref rows.Scales, length),
                };
            default:
                StreamWeights<T> stream = Prepare<StreamWeights<T>>(matrix, prepared);
                return prepared.Part switch
                {
                    PreparedPart.Values => Copy(ref stream.Values, length),
                    PreparedPart.Scales => Copy(ref stream.Scales, length),
                    PreparedPart.Indices => Copy(ref stream.Indices, length),
                    PreparedPart.SegmentGroups => Copy(ref stream.SegmentGroups, length),
                    PreparedPart.SegmentStarts => Copy(ref stream.SegmentStarts, length),
                    _ => Copy(ref stream.TileStarts, length),
                };
        }
    }

    private static TWeights Prepare<TWeights>(PackedMatrix matrix, Binding.Prepared prepared)
        where TWeights : class, IPreparedWeights<TWeights> =>
        new Preparation<TWeights>(prepared.Width, prepared.Interleave, prepared.DepthTile).Of(matrix);

    private static TElement[] Copy<TElement>(ref TElement first, int length) => MemoryMarshal.CreateReadOnlySpan(ref first, length).ToArray();
}
