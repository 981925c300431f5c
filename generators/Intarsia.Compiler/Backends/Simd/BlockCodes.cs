using Intarsia.Compiler.Tiles;
using Index = Intarsia.Compiler.Tiles.Index;

namespace Intarsia.Compiler.Backends.Simd;

/// <summary>The innermost loop over codes of up to four bits that a table makes binary32 numbers of.</summary>
internal sealed partial class BlockLowering
{
    /// <summary>Chains of multiply-adds that hide their latency.</summary>
    private const int Chains = 8;

    /// <summary>
    /// A chunk of the depth, unrolled: lanes of 32 bits hold eight codes or more, of which a shift brings one to the lower end and a permutation of the table makes its number: it reads four bits of a lane, and a shorter table stands there several times, so that nothing is masked. With few
    /// columns products are dealt to several chains, which are added up at the end of the chunk.
    /// </summary>
    private void LowerCodes(Statement.For loop, Statement.Contract contract)
    {
        if (loop.Body.OfType<Statement.Rebuild>().SingleOrDefault() is { } rebuild)
        {
            LowerBasis(loop, contract, rebuild);
            return;
        }
        Statement.Transpose transpose = loop.Body.OfType<Statement.Transpose>().Single();
        Statement.Gather lookup = loop.Body.OfType<Statement.Gather>().Single();
        Statement.Load loadA = loop.Body.OfType<Statement.Load>().Single(l => l.Tile == contract.A), loadB = loop.Body.OfType<Statement.Load>().Single(l => l.Tile == transpose.Source);
        if (loop is not { Begin: Index.Const { Value: 0 }, End: Index.Const turns }) throw new InvalidOperationException("The turns of a chunk are a constant.");
        int fields = _tiles[transpose.Source].Shape[2], height = _tiles[contract.Accumulator].Shape[0], depth = 4 * fields, chains = Math.Max(1, Chains / height), bytes = _isa.Bits / 8;

        string w = Unique("wAt"), table = Use(lookup.Buffer).Name;
        _code.Line($"ref byte {w} = ref Unsafe.Add(ref {loadB.Buffer}, {Text(Index.FloorDiv(StartOf(loadB, loop), fields))});");
        string[] a = [.. Enumerable.Range(0, height).Select(row => Unique($"a{Number(row)}At"))];
        for (int row = 0; row < height; row++)
            _code.Line($"ref float {a[row]} = ref Unsafe.Add(ref {loadA.Buffer}, {Text(StartOf(loadA, loop) + (row == 0 ? 0 : row * RowStride(_buffers[loadA.Buffer])))});");
        for (int turn = 0; turn < turns.Value; turn++)
        {
            string q = $"q{Number(turn)}";
            _code.Line($"{_isa.Helpers}.Prefetch(ref {w}, {Number(turn * bytes + PrefetchBytes)});");
            _code.Line($"{_isa.Type(ElementType.S32)} {q} = {_isa.Load(w, turn * bytes)}.AsInt32();");
            for (int at = 0; at < depth; at++)
            {
                // Byte b of a lane holds depth b and, field after field, those that stand four behind each other.
                int shift = 8 * (at % 4) + 8 / fields * (at / 4), step = turn * depth + at;
                string b = $"b{Number(turn)}_{Number(at)}";
                _code.Line($"{_isa.Type(ElementType.F32)} {b} = {_isa.Helpers}.LookUp(ref {table}, {(shift == 0 ? q : $"{q} >>> {Number(shift)}")});");
                for (int row = 0; row < height; row++)
                {
                    string broadcast = _isa.Broadcast(At(a[row], step)), sum = chains == 1 ? Local(contract.Accumulator, row, 0) : $"chain{Number(row)}_{Number(step % chains)}";
                    if (chains > 1 && step < chains) _code.Line($"{_isa.Type(ElementType.F32)} {sum} = {broadcast} * {b};");
                    else _code.Line($"{sum} = {_isa.Contract(ContractVia.Fma, sum, broadcast, b, unsignedA: false)};");
                }
            }
        }
        if (chains == 1) return;
        for (int row = 0; row < height; row++)
            _code.Line($"{Local(contract.Accumulator, row, 0)} += {Tree([.. Enumerable.Range(0, chains).Select(chain => $"chain{Number(row)}_{Number(chain)}")])};");
    }

    /// <summary>A sum as shallow as it can be.</summary>
    private static string Tree(string[] terms) => terms.Length == 1 ? terms[0] : $"({Tree([.. terms.Take(terms.Length / 2)])} + {Tree([.. terms.Skip(terms.Length / 2)])})";
}
