using Intarsia.Compiler.Tiles;

namespace Intarsia.Compiler.Backends.Ptx;

/// <summary>
/// Lowers a block that has one segment of sparse vectors in digits: gathered rows and lines of digits go through stages of shared memory; every pair of planes has sums of its own, which are put together in registers, in the order
/// of the program, when the entries are through. The digits of a row lie in one lane.
/// </summary>
internal sealed class DigitLowering(BlockContext context, Statement.Block block)
{
    private readonly Dictionary<string, Element[]> _tiles = new(StringComparer.Ordinal);

    private WarpBuilder W => context.W;

    /// <summary>See <see cref="WarpProgram.LoadsAhead"/>.</summary>
    public int LoadsAhead { get; private set; }

    /// <summary>Whether a block puts digits together.</summary>
    public static bool Lowers(Statement.Block block) => block.Body.Any(s => s is Statement.Linear || s is Statement.For loop && loop.Body.Any(inner => inner is Statement.Linear));

    public void Write()
    {
        Statement[] body = block.Body.ToArray();
        int store = Array.FindIndex(body, s => s is Statement.Map or Statement.Transpose);
        WriteAll(body.Take(store).ToArray());
        WriteTail(body[store], body.Skip(store + 1).ToArray());
    }

    private void WriteAll(Statement[] statements)
    {
        for (int i = 0; i < statements.Length; i++)
        {
            // What is added was made by the statement before: the same name stands for the digits of every pair of planes.
            if (statements[i] is Statement.Zip { Op: ZipOp.Add } add) Add(add, statements[i - 1] as Statement.Linear);
            else if (statements[i] is Statement.Zip { Op: ZipOp.ShiftRight } shift) ShiftRight(shift, statements.OfType<Statement.Fill>().Single(fill => fill.Tile == shift.Right));
            else Write(statements[i], statements);
        }
    }

    private void Write(Statement statement, Statement[] around)
    {
        switch (statement)
        {
            case Statement.Let s:
                context.Bind(s.Variable, W.InRegister(context.Lower(s.Value)));
                break;
            case Statement.Fill or Statement.Linear:
                // Sums begin where their loop is prepared, a total where its first part is at hand; digits are weighed where they are added.
                break;
            case Statement.For s when s.Body.Any(inner => inner is Statement.For):
                // A segment without entries never gets into the loop; what follows uses shared memory all the same.
                context.UseShared(16);
                W.Comment("sums of 32 bits, as many entries at a time as they hold");
                BeginTotal([.. s.Body]);
                Register part = W.Variable(context.Lower(s.Begin));
                context.Bind(s.Variable, part);
                W.For("part", part, context.Lower(s.End), context.Lower(s.Step), () => WriteAll([.. s.Body]));
                break;
            case Statement.For s:
                WriteSums(s);
                if (!_tiles.ContainsKey(TotalOf(around))) BeginTotal(around);
                break;
            default:
                throw new NotSupportedException($"{statement.GetType().Name} does not put digits together.");
        }
    }

    private static string TotalOf(Statement[] statements) => statements.OfType<Statement.Zip>().First(zip => zip.Op == ZipOp.Add).Tile;

    private void WriteSums(Statement.For loop)
    {
        Statement.Gather gather = loop.Body.OfType<Statement.Gather>().Single();
        Statement.Load indices = loop.Body.OfType<Statement.Load>().Single(load => load.Tile == gather.Coordinates);
        Statement.Load[] loads = [.. loop.Body.OfType<Statement.Load>().Where(load => load != indices)];
        Statement.Contract[] contracts = [.. loop.Body.OfType<Statement.Contract>()];
        string[] digits = [.. contracts.Select(contract => contract.B).Distinct()];
        if (context.Tile(gather.Tile).Element == ElementType.S4 && !loop.Body.Any(s => s is Statement.Zip { Op: ZipOp.ShiftLeft }))
            throw new NotSupportedException("Signed elements of four bits are contracted sixteenfold.");

        TileDecl rows = context.Tile(gather.Tile);
        var gatheredTile = new SharedTile(rows.Shape[0], rows.Shape[1] * Elements.Bits(rows.Element) / 8, Swizzle.Pairs);
        bool isAsync = context.Buffer(gather.Buffer).LineAlignment >= 16;
        int stages = isAsync ? loop.Stages : 1;
        LoadsAhead = isAsync ? 0 : ElementGather.LoadsAhead;
        StageCopy gathered = isAsync ? new AsyncGather(context, loop, gather, indices, gatheredTile, stages)
            : Elements.IsNibble(rows.Element) ? new NibbleGather(context, loop, gather, indices, gatheredTile) : new ElementGather(context, loop, gather, indices, gatheredTile);
        StrideCopy[] strides = [.. loads.Select(load => new StrideCopy(context, loop, load, new SharedTile(context.Tile(load.Tile).Shape[0], context.Tile(load.Tile).Shape[1], Swizzle.Consecutive)))];
        Fragments[] lines = [.. strides.Select(stride => new Fragments(context, stride.Tile, depthLast: true, 1, isFirst: false))];
        var contraction = new DigitContraction(context, gatheredTile, rows.Element);
        var pipeline = new Pipeline(context, loop, [gathered, .. strides], stages);
        pipeline.Write(
            () =>
            {
                contraction.Prepare(pipeline.OffsetOf(gathered));
                for (int i = 0; i < lines.Length; i++) lines[i].Prepare(pipeline.OffsetOf(strides[i]), 0);
                foreach (Statement.Contract contract in contracts) _tiles[contract.Accumulator] = contraction.NewTile(context.Tile(contract.Accumulator).Shape[0]);
            },
            stage =>
            {
                Register[][][] columns = contraction.Load(stage);
                for (int i = 0; i < loads.Length; i++)
                {
                    lines[i].Select(stage);
                    Register[][] fragments = lines[i].Load(0, (strides[i].Tile.Lines + 7) / 8);
                    foreach (Statement.Contract contract in contracts.Where(contract => contract.A == loads[i].Tile))
                        contraction.Contract(columns[Array.IndexOf(digits, contract.B)], fragments, _tiles[contract.Accumulator], MmaTable.Find(context.Tile(contract.B).Element, context.Tile(contract.A).Element, ElementType.S32, isSparse: false));
                }
            },
            () => { });
    }

    /// <summary>The total of all digits, zero: one element for those of its digits that lie beside each other.</summary>
    private void BeginTotal(Statement[] statements)
    {
        string total = TotalOf(statements);
        Statement.Linear linear = statements.OfType<Statement.Linear>().First();
        bool isWide = context.Tile(total).Element == ElementType.S64;
        // Where the elements stand does not depend on what they hold.
        Element[] places = _tiles.TryGetValue(linear.Source, out Element[]? sums) ? sums : Places(statements);
        _tiles[total] = [.. Rows(places, linear).Select(element =>
        {
            Register zero = isWide ? W.B64() : W.B32();
            W.Emit(isWide ? "mov.u64" : "mov.u32", zero, 0);
            return element.Place with { Register = zero };
        })];
    }

    private Element[] Places(Statement[] statements)
    {
        Statement.For loop = statements.OfType<Statement.For>().Single();
        TileDecl rows = context.Tile(loop.Body.OfType<Statement.Gather>().Single().Tile);
        var gathered = new SharedTile(rows.Shape[0], rows.Shape[1] * Elements.Bits(rows.Element) / 8, Swizzle.Pairs);
        return new DigitContraction(context, gathered, rows.Element).NewTile(context.Tile(statements.OfType<Statement.Linear>().First().Source).Shape[0]);
    }

    /// <summary>The rows of the total as the sums have them: their place, and the registers of their digits.</summary>
    private IEnumerable<(Element Place, Register[] Digits)> Rows(Element[] sums, Statement.Linear linear)
    {
        int planes = linear.MatrixColumns / linear.MatrixRows;
        if (planes == 1) return sums.Select(sum => (sum, new[] { sum.Register }));
        if (planes != 2) throw new NotSupportedException($"{planes} digits of a row do not lie beside each other.");
        Value row = W.And(context.Lane, 3);
        return Enumerable.Range(0, sums.Length / 2).Select(i => (sums[2 * i] with { RowBase = row, RowOffset = sums[2 * i].RowOffset / 2 }, new[] { sums[2 * i].Register, sums[2 * i + 1].Register })).ToArray();
    }

    /// <summary>Divides sums by a power of two.</summary>
    private void ShiftRight(Statement.Zip shift, Statement.Fill bits)
    {
        if (shift.Tile != shift.Left) throw new NotSupportedException("Sums are divided where they are.");
        foreach (Element sum in _tiles[shift.Tile]) W.Emit("shr.s32", sum.Register, sum.Register, (int)bits.Value);
    }

    /// <summary>total += Σ digit · weight.</summary>
    private void Add(Statement.Zip add, Statement.Linear? linear)
    {
        if (add.Left != add.Tile) throw new NotSupportedException("Digits are put together by additions to a total.");
        if (linear is null || linear.Tile != add.Right) throw new NotSupportedException($"'{add.Right}' is not what the statement before made.");
        int planes = linear.MatrixColumns / linear.MatrixRows;
        long[] weights = [.. Enumerable.Range(0, planes).Select(plane => (long)linear.Matrix[plane])];
        Element[] total = _tiles[add.Tile];
        int at = 0;
        foreach ((Element _, Register[] digits) in Rows(_tiles[linear.Source], linear))
        {
            Register sum = total[at++].Register;
            for (int plane = 0; plane < planes; plane++)
            {
                if (sum.Kind == RegisterKind.B64) W.Emit("mad.wide.s32", sum, digits[plane], weights[plane], sum);
                else if (weights[plane] == 1) W.Emit("add.s32", sum, sum, digits[plane]);
                else W.Emit("mad.lo.s32", sum, digits[plane], weights[plane], sum);
            }
        }
    }

    /// <summary>What follows: sums of 32 bits go through shared memory as those of every contraction; sums of 64 become floats first, or are stored where they are.</summary>
    private void WriteTail(Statement first, Statement[] rest)
    {
        (string tile, string source, bool isTurned) = first is Statement.Transpose turn ? (turn.Tile, turn.Source, true) : (((Statement.Map)first).Tile, ((Statement.Map)first).Source, false);
        Element[] elements = [.. _tiles[source].Select(e => isTurned ? new Element(e.Register, e.ColumnBase, e.ColumnOffset, e.RowBase, e.RowOffset) : e).OrderBy(e => e.RowOffset).ThenBy(e => e.ColumnOffset)];
        int height = 1 + elements.Max(e => isTurned ? e.ColumnOffset : e.RowOffset) + (elements.Any(e => (isTurned ? e.ColumnOffset : e.RowOffset) % 2 == 1) ? 6 : 3);
        if (context.Tile(source).Element == ElementType.S64)
        {
            if (rest[0] is not Statement.Map { Op: MapOp.Copy } convert)
            {
                StoreWide((Statement.Store)rest.Single(), elements, isTurned, height > context.Tile(source).Shape[0] ? context.Tile(source).Shape[0] : 0);
                return;
            }
            elements = [.. elements.Select(e => e with { Register = ToSingle(e.Register) })];
            (tile, rest) = (convert.Tile, rest.Skip(1).ToArray());
        }
        new Tail(context, rest).Write(tile, elements, lines: isTurned ? 0 : height, length: isTurned ? height : 0);
    }

    /// <summary>By way of binary64, as everywhere.</summary>
    private Register ToSingle(Register sum)
    {
        Register wide = W.B64(), single = W.F32();
        W.Emit("cvt.rn.f64.s64", wide, sum);
        W.Emit("cvt.rn.f32.f64", single, wide);
        return single;
    }

    /// <summary>Stores sums of 64 bits from where they are; rows from <paramref name="rows"/> on, if that is not 0, are none.</summary>
    private void StoreWide(Statement.Store store, Element[] elements, bool isTurned, int rows)
    {
        W.Comment("sums of 64 bits to memory");
        BufferDecl output = context.Buffer(store.Buffer);
        Value lineBytes = W.Multiply(context.LineStride(output), 8);
        foreach (Element e in elements)
        {
            Value row = W.Add(e.RowBase, e.RowOffset), column = W.Add(e.ColumnBase, e.ColumnOffset), line = W.Add(context.Lower(store.At[0]), row), place = W.Add(context.Lower(store.At[1]), column);
            Register inside = W.Both(W.Compare("lt", line, context.Lower(output.Shape[0])), W.Compare("lt", place, context.Lower(output.Shape[1])));
            if (rows > 0) inside = W.Both(inside, W.Compare("lt", isTurned ? column : row, rows));
            Register address = W.Address(W.Address(context.Base(store.Buffer), line, lineBytes), place, 8);
            W.Guarded(inside, () => W.Emit("st.global.u64", WarpBuilder.At(address), e.Register));
        }
    }
}
