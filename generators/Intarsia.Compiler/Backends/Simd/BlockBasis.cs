using Intarsia.Compiler.Tiles;
using Index = Intarsia.Compiler.Tiles.Index;

namespace Intarsia.Compiler.Backends.Simd;

/// <summary>The innermost loop over weights that are made of coefficients and a basis.</summary>
internal sealed partial class BlockLowering
{
    /// <summary>Columns up to which the products of each of the neighbouring weights have a chain of their own.</summary>
    private const int HeightOfChains = 2;

    /// <summary>
    /// A chunk of the depth, unrolled: of each vector of codes a shift brings one to the lower end of every lane, and a permutation of the table makes its coefficient; products with the basis add up to as many neighbouring weights, which
    /// every column takes at once, so that no others are in registers. Products of coefficients are exact, fused or not.
    /// </summary>
    private void LowerBasis(Statement.For loop, Statement.Contract contract, Statement.Rebuild rebuild)
    {
        Statement.Transpose transpose = loop.Body.OfType<Statement.Transpose>().Single();
        Statement.Gather lookup = loop.Body.OfType<Statement.Gather>().Single();
        Statement.Load loadA = loop.Body.OfType<Statement.Load>().Single(l => l.Tile == contract.A), loadB = loop.Body.OfType<Statement.Load>().Single(l => l.Tile == transpose.Source);
        EquatableArray<int> packed = _tiles[transpose.Source].Shape;
        int order = packed[0], fields = packed[3], groups = 4 * fields, height = _tiles[contract.Accumulator].Shape[0], bytes = _isa.Bits / 8;
        bool chains = height <= HeightOfChains;
        string single = _isa.Type(ElementType.F32), table = Use(lookup.Buffer).Name, w = Unique("wAt");

        _code.Line($"ref byte {w} = ref Unsafe.Add(ref {Use(loadB.Buffer).Name}, {Text(Index.FloorDiv(StartOf(loadB, loop), fields))});");
        string[] a = [.. Enumerable.Range(0, height).Select(row => Unique($"a{Number(row)}At"))];
        for (int row = 0; row < height; row++)
            _code.Line($"ref float {a[row]} = ref Unsafe.Add(ref {Use(loadA.Buffer).Name}, {Text(StartOf(loadA, loop) + (row == 0 ? 0 : row * RowStride(_buffers[loadA.Buffer])))});");
        for (int i = 0; i < order; i++)
        {
            _code.Line($"{_isa.Helpers}.Prefetch(ref {w}, {Number(i * bytes + PrefetchBytes)});");
            _code.Line($"{_isa.Type(ElementType.S32)} q{Number(i)} = {_isa.Load(w, i * bytes)}.AsInt32();");
        }
        for (int g = 0; g < groups; g++)
        {
            // Byte b of a lane holds groups b and, field after field, those that stand four behind each other.
            int shift = 8 * (g % 4) + 8 / fields * (g / 4);
            for (int i = 0; i < order; i++)
                _code.Line($"{single} ce{Number(g)}_{Number(i)} = {_isa.Helpers}.LookUp(ref {table}, {(shift == 0 ? $"q{Number(i)}" : $"q{Number(i)} >>> {Number(shift)}")});");
            for (int j = 0; j < order; j++)
            {
                string weight = $"ce{Number(g)}_0 * {Local(rebuild.Basis, j, 0)}";
                for (int i = 1; i < order; i++) weight = _isa.Contract(ContractVia.Fma, weight, $"ce{Number(g)}_{Number(i)}", Local(rebuild.Basis, i * order + j, 0), unsignedA: false);
                _code.Line($"{single} b{Number(g)}_{Number(j)} = {weight};");
            }
            for (int j = 0; j < order; j++)
            {
                for (int row = 0; row < height; row++)
                {
                    string broadcast = _isa.Broadcast(At(a[row], g * order + j)), sum = chains ? $"chain{Number(row)}_{Number(j)}" : Local(contract.Accumulator, row, 0);
                    if (chains && g == 0) _code.Line($"{single} {sum} = {broadcast} * b{Number(g)}_{Number(j)};");
                    else _code.Line($"{sum} = {_isa.Contract(ContractVia.Fma, sum, broadcast, $"b{Number(g)}_{Number(j)}", unsignedA: false)};");
                }
            }
        }
        for (int row = 0; row < height && chains; row++)
            _code.Line($"{Local(contract.Accumulator, row, 0)} += {Tree([.. Enumerable.Range(0, order).Select(j => $"chain{Number(row)}_{Number(j)}")])};");
    }
}
