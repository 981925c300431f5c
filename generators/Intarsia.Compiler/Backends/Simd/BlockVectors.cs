using Intarsia.Compiler.Tiles;
using Index = Intarsia.Compiler.Tiles.Index;

namespace Intarsia.Compiler.Backends.Simd;

/// <summary>The innermost loop over weights that stand at places in vectors of the other factor.</summary>
internal sealed partial class BlockLowering
{
    /// <summary>Places in one lane: bytes, the next of which a shift brings down. A permutation looks at no more bits than it needs.</summary>
    private const int PlacesInLane = 4;

    private static bool HasPlaces(Statement.For loop) => loop.Body.Any(s => s is Statement.Expand || s is Statement.For inner && HasPlaces(inner));

    /// <summary>
    /// acc[row][j] += a[row] · b[j] where b is expanded from values at places: instead of b spread out, the lanes of a are brought to where its values are, and what is between them is skipped. A vector of each row of a is loaded once for all
    /// values that stand in it; each value of b, and its places, once for all rows. A step of more than four values of a row is a loop over fours.
    /// </summary>
    private void LowerPlacedVectors(Statement.For loop)
    {
        Statement.For? fours = loop.Body.OfType<Statement.For>().SingleOrDefault();
        IReadOnlyList<Statement> four = fours?.Body ?? loop.Body;
        Statement.Expand expand = four.OfType<Statement.Expand>().Single();
        Statement.Contract contract = four.OfType<Statement.Contract>().Single();
        Statement.Load loadA = loop.Body.OfType<Statement.Load>().Single(l => l.Tile == contract.A);
        Statement.Load loadValues = four.OfType<Statement.Load>().Single(l => l.Tile == expand.Values), loadPlaces = four.OfType<Statement.Load>().Single(l => l.Tile == expand.Places);
        TileDecl acc = _tiles[contract.Accumulator];
        int height = acc.Shape[0], vectors = Vectors(acc), lanes = _isa.Lanes, depth = _tiles[contract.A].Shape[1];
        bool inFours = fours is null or { Begin: Index.Const { Value: 0 }, End: Index.Const, Step: Index.Const { Value: 1 } } && _tiles[expand.Values].Shape[1] == PlacesInLane && _tiles[expand.Places].Shape[1] == PlacesInLane && loadValues.Transposed;
        if (!inFours || loop.Begin is not Index.Const { Value: 0 } || contract is not { Via: ContractVia.Fma, TransposedB: true } || expand.Group != lanes || (fours is not null && depth != lanes))
            throw new InvalidOperationException("The SIMD backend multiplies weights at places in vectors of binary32, four values of each row at a time.");
        int stored = PlacesInLane * (fours is { End: Index.Const count } ? (int)count.Value : 1), perVector = stored * lanes / depth;

        string turns = Unique("n");
        _code.Line($"nint {turns} = {Text(loop.End)};");
        (Index bStep, int bFour, string b) = RunningFours(loadValues);
        (Index qStep, int qFour, string q) = RunningFours(loadPlaces);
        (Index aStep, string[] a) = Running(loadA, loop.Variable, height);
        int bSlot = RowStride(_buffers[loadValues.Buffer]) is Index.Const stride ? (int)stride.Value : throw new InvalidOperationException($"The lines of {loadValues.Buffer} are not of a constant length.");
        using (_code.Block($"for (; {turns} > 0; {turns}--)"))
        {
            // A name for each value: the JIT keeps one that is assigned again in the place it first found for it.
            for (int slot = 0; slot < stored; slot++)
            {
                (int turn, int within) = (slot / PlacesInLane, slot % PlacesInLane);
                string X(int row) => $"x{Number(slot / perVector)}_{Number(row)}";
                string Q(int of, int j) => $"q{Number(of)}_{Number(j)}";
                string W(int j) => $"w{Number(slot)}_{Number(j)}";
                if (slot % perVector == 0)
                    for (int row = 0; row < height; row++) _code.Line($"{_isa.Type(ElementType.F32)} {X(row)} = {_isa.Load(a[row], slot / perVector * lanes)};");
                for (int j = 0; j < vectors; j++)
                {
                    _code.Line($"{_isa.Type(ElementType.S32)} {Q(slot, j)} = {(within == 0 ? $"{_isa.Load(q, turn * qFour + j * lanes * PlacesInLane)}.AsInt32()" : $"{Q(slot - 1, j)} >>> 8")};");
                    _code.Line($"{_isa.Type(ElementType.F32)} {W(j)} = {_isa.Load(b, turn * bFour + within * bSlot + j * lanes)};");
                }
                for (int row = 0; row < height; row++)
                {
                    for (int j = 0; j < vectors; j++)
                    {
                        string target = Local(contract.Accumulator, row, j);
                        _code.Line($"{target} = {_isa.Contract(contract.Via, target, _isa.Take(X(row), Q(slot, j)), W(j), unsignedA: false)};");
                    }
                }
            }
            _code.Line($"{b} = ref Unsafe.Add(ref {b}, {Text(bStep)});");
            _code.Line($"{q} = ref Unsafe.Add(ref {q}, {Text(qStep)});");
            foreach (string reference in a) _code.Line($"{reference} = ref Unsafe.Add(ref {reference}, {Text(aStep)});");
        }

        // What a turn of the loop advances by, what a four within it does, and a reference to the first.
        (Index Step, int Four, string Reference) RunningFours(Statement.Load load)
        {
            Index offset = Offset(Use(load.Buffer), load.At), perFour = 0;
            if (fours is not null) (perFour, offset) = IndexText.Split(offset, fours.Variable) ?? throw new InvalidOperationException($"The address of {load.Buffer} is not linear in {fours.Variable}.");
            (Index step, string[] references) = Running(load.Buffer, offset, loop.Variable, rows: 1);
            return (step, perFour is Index.Const each ? (int)each.Value : throw new InvalidOperationException($"The address of {load.Buffer} does not advance by a constant with {fours!.Variable}."), references[0]);
        }
    }
}
