using Intarsia.Compiler.Tiles;

namespace Intarsia.Compiler.Backends.Ptx;

/// <summary>
/// Contraction by warp groups (wgmma): each holds 64 rows of the tile by a share of its columns, and the tensor cores read both factors where the copies put them. Accumulators belong to
/// the tensor cores between <c>commit_group</c> and <c>wait_group</c>; a fence before the first instruction of a stage hands them over. Of a sparse first factor registers hold the places.
/// </summary>
internal sealed class WarpGroupContraction(BlockContext context, Statement.Contract contract, BulkOperand first, BulkOperand second, BulkPlaces? places)
{
    private readonly WgmmaRow _wgmma = WgmmaTable.Find(first.Element, second.Element, context.Tile(contract.Accumulator).Element, places is not null);
    private Register _firstLow;
    private Register _secondLow;

    private WarpBuilder W => context.W;

    private int GroupsDown => context.Warps.Rows / 4;

    private int GroupsAcross => context.Warps.Columns;

    private int Width => context.Tile(contract.Accumulator).Shape[1] / GroupsAcross;

    /// <summary>Registers of a thread for one tile of accumulators.</summary>
    public int AccumulatorsOfThread => Width / 2;

    /// <summary>Computes what does not change from stage to stage.</summary>
    public void Prepare()
    {
        int height = context.Tile(contract.Accumulator).Shape[0];
        if (height != GroupsDown * WgmmaRow.Height) throw new InvalidOperationException($"A tile of {height} rows does not divide among {GroupsDown} warp groups of {WgmmaRow.Height} rows.");
        W.Comment($"each warp group holds {WgmmaRow.Height}x{Width} accumulators");
        W.Require(_wgmma.Version);
        Register group = W.B32();
        // One value for the whole warp, to the assembler too: descriptors live in uniform registers.
        W.Emit("shfl.sync.idx.b32", group, W.InRegister(W.ShiftRight(context.Warp, 2)), 0, 31, "0xffffffff");
        _firstLow = first.Descriptor(context, W.Divide(group, GroupsAcross), WgmmaRow.Height);
        _secondLow = second.Descriptor(context, W.Modulo(group, GroupsAcross), Width);
        places?.Prepare(context);
    }

    /// <summary>A set of registers for one accumulator tile, zero.</summary>
    public Element[] NewTile(ElementType element)
    {
        RegisterKind kind = element == ElementType.F32 ? RegisterKind.F32 : RegisterKind.B32;
        Value group = W.ShiftRight(context.Warp, 2), warp = W.And(context.Warp, 3);
        // Rows g and g + 8 of a warp's 16, columns 2t and 2t + 1 of every 8 (PTX ISA, register fragments of wgmma.mma_async, matrix D).
        Value row = W.Add(W.Add(W.Multiply(W.Divide(group, GroupsAcross), WgmmaRow.Height), W.Multiply(warp, 16)), W.ShiftRight(context.Lane, 2));
        Value column = W.Add(W.Multiply(W.Modulo(group, GroupsAcross), Width), W.ShiftLeft(W.And(context.Lane, 3), 1));
        var elements = new Element[AccumulatorsOfThread];
        for (int i = 0; i < elements.Length; i++)
        {
            Register register = W.New(kind);
            Zero(register);
            elements[i] = new Element(register, row, 8 * (i >> 1 & 1), column, 8 * (i >> 2) + (i & 1));
        }
        return elements;
    }

    /// <summary>Sets the sums to zero where a predicate holds.</summary>
    public void Clear(Element[] accumulators, Register when) => W.Guarded(when, () =>
    {
        foreach (Element element in accumulators) Zero(element.Register);
    });

    /// <summary>Starts the contraction of one stage, as one group of asynchronous instructions.</summary>
    /// <param name="slot">Byte offset of the stage.</param>
    /// <param name="accumulators">The sums.</param>
    /// <param name="continues">Holds where the products are added to what the sums hold; null where they always are.</param>
    public void ContractStage(Register slot, Element[] accumulators, Register? continues)
    {
        string sums = WarpBuilder.Vector(accumulators.Select(e => e.Register));
        Value units = W.ShiftRight(slot, 4), a = W.Add(_firstLow, units), b = W.Add(_secondLow, units);
        Register[] words = places?.Load(context, slot) ?? [];
        W.Emit("wgmma.fence.sync.aligned");
        for (int step = 0; step < second.Depth / _wgmma.Depth; step++)
        {
            int depth = step * _wgmma.Depth;
            W.Comment($"depth {depth} of the stage");
            var operands = new List<object> { sums, Pack(W.Add(a, step * first.StepUnits(_wgmma.FirstBytes)), first.DescriptorHigh), Pack(W.Add(b, step * second.StepUnits(_wgmma.SecondBytes)), second.DescriptorHigh) };
            // The selector: which lanes of each four hold the places of this depth.
            if (_wgmma.IsSparse) operands.AddRange([words[depth / SparseMmaPlaces.WordDepth], depth % SparseMmaPlaces.WordDepth / _wgmma.Depth]);
            operands.Add(step == 0 && continues is { } adds ? adds : 1);
            if (_wgmma.HasSigns) operands.AddRange([1, 1]);
            if (_wgmma.HasTransposes) operands.AddRange([first.IsTransposed ? 1 : 0, second.IsTransposed ? 1 : 0]);
            W.Emit(_wgmma.Opcode(Width), [.. operands]);
        }
        W.Emit("wgmma.commit_group.sync.aligned");
    }

    private void Zero(Register register) => W.Emit(register.Kind == RegisterKind.F32 ? "mov.f32" : "mov.u32", register, register.Kind == RegisterKind.F32 ? "0f00000000" : "0");

    private Register Pack(Value low, uint high)
    {
        Register descriptor = W.B64(), top = W.Move(high);
        W.Emit("mov.b64", descriptor, WarpBuilder.Vector([W.InRegister(low), top]));
        return descriptor;
    }
}
