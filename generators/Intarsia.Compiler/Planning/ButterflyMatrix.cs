using Intarsia.Compiler.Tiles;
using Index = Intarsia.Compiler.Tiles.Index;
using static Intarsia.Compiler.Tiles.Statement;

namespace Intarsia.Compiler.Planning;

/// <summary>One 2×2 matrix of a butterfly factor, real or complex, times two elements, each a tile of columns or two of them. Its numbers stand beside each other in <c>f</c>.</summary>
/// <param name="plan">Where tiles are declared.</param>
/// <param name="shares">Several vectors take a number: it gets a register. One that a single vector takes is read where it is multiplied.</param>
/// <param name="stage">The line of its stage.</param>
/// <param name="number">The first of its numbers in the line.</param>
internal sealed class ButterflyMatrix(PlanBuilder plan, bool shares, Index stage, Index number)
{
    /// <summary>results[i] = Σ t[i][l]·elements[l].</summary>
    public IEnumerable<Statement> Multiply(string[][] elements, string[][] results) => elements[0].Length == 1 ? Real(elements, results) : Complex(elements, results);

    private IEnumerable<Statement> Real(string[][] elements, string[][] results)
    {
        for (int i = 0; i < 2; i++)
        {
            string first = Tile("t0"), second = Tile("t1");
            if (shares) yield return Number(second, 2 * i + 1);
            yield return Number(first, 2 * i);
            yield return new Zip(results[i][0], ZipOp.Multiply, elements[0][0], first);
            if (!shares) yield return Number(second, 2 * i + 1);
            yield return new Contract(results[i][0], second, elements[1][0], ContractVia.Fma);
        }
    }

    private IEnumerable<Statement> Complex(string[][] elements, string[][] results)
    {
        string real = Tile("tre"), imaginary = Tile("tim"), negative = Tile("tneg");
        for (int i = 0; i < 2; i++)
        {
            (string re, string im) = (results[i][0], results[i][1]);
            for (int l = 0; l < 2; l++)
            {
                (string xRe, string xIm) = (elements[l][0], elements[l][1]);
                yield return Number(real, (2 * i + l) * 2);
                yield return Number(imaginary, (2 * i + l) * 2 + 1);
                yield return new Map(negative, MapOp.Negate, imaginary);
                yield return l == 0 ? new Zip(re, ZipOp.Multiply, xRe, real) : new Contract(re, real, xRe, ContractVia.Fma);
                yield return l == 0 ? new Zip(im, ZipOp.Multiply, xIm, real) : new Contract(im, real, xIm, ContractVia.Fma);
                yield return new Contract(re, negative, xIm, ContractVia.Fma);
                yield return new Contract(im, imaginary, xRe, ContractVia.Fma);
            }
        }
    }

    private Load Number(string tile, int offset) => new(tile, "f", new[] { stage, number + offset });

    private string Tile(string name) => plan.Tile(name + "_1x1", ElementType.F32, 1, 1);
}
