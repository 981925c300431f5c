using Intarsia.Compiler.Tiles;
using Xunit;
using static Intarsia.Compiler.Tiles.ElementType;
using static Intarsia.Compiler.Tiles.Statement;
using static Intarsia.Verification.Tests.Programs;
using Index = Intarsia.Compiler.Tiles.Index;

namespace Intarsia.Verification.Tests.Systems;

/// <summary>
/// EIE (Han et al., ISCA'16): columns of 4-bit codebook weights with 4-bit relative row indices, interleaved over processing elements; only non-zero activations do any work.
/// </summary>
public class EieTests
{
    private const int Elements = 2;

    private static TileProgram Program()
    {
        Statement[] entry =
        [
            new Load("code", "codes", At("p")),
            new Load("w", "codebook", At(new Index.FromTile("code", At(0)))),
            new Let("row", (Index)"local" * Elements + "pe"),
            new Load("acc", "y", At("row")),
            new Contract("acc", "w", "xj", ContractVia.Fma),
            new Store("y", At("row"), "acc"),
        ];
        return new ProgramBuilder("eie").Sizes("rows", "columns", "entries")
            .Input("x", F32, "columns").Input("pointers", S32, Elements, (Index)"columns" + 1).Input("codes", U4, "entries").Input("gaps", U4, "entries").Input("codebook", F32, 16)
            .Output("y", F32, "rows")
            .Tile("x", F32, 4).Tile("xj", F32, 1).Tile("code", U4, 1).Tile("w", F32, 1).Tile("acc", F32, 1)
            .Build(
                Phase("clear", new Fill("acc", 0), For("r", 0, "rows", 1, new Store("y", At("r"), "acc"))),
                Phase("columns", For("block", 0, "columns", 4,
                    new Load("x", "x", At("block"), Clip.Columns),
                    new ForNonZero("n", "c", new NonZeros.Made("x"), new Statement[]
                    {
                        new Let("j", (Index)"block" + "c"),
                        new Load("xj", "x", At("j")),
                        For("pe", 0, Elements, 1, new ForNonZero("p", "local",
                            new NonZeros.RelativeOperand("gaps", new Index.Read("pointers", At("pe", "j")), new Index.Read("pointers", At("pe", (Index)"j" + 1))), entry)),
                    }))),
                Phase("activate", For("r", 0, "rows", 1, new Load("acc", "y", At("r")), new Map("acc", MapOp.Relu, "acc"), new Store("y", At("r"), "acc"))));
    }

    /// <summary>Codes and gaps, element by element: a run of more than 15 zeros needs fillers (code 0, gap 15).</summary>
    private static (int[] Pointers, List<int> Codes, List<int> Gaps) Encode(int[] dense, int rows, int columns)
    {
        var pointers = new int[Elements * (columns + 1)];
        List<int> codes = [], gaps = [];
        for (int pe = 0; pe < Elements; pe++)
        {
            for (int j = 0; j < columns; j++)
            {
                pointers[pe * (columns + 1) + j] = codes.Count;
                int zeros = 0;
                for (int row = pe; row < rows; row += Elements)
                {
                    int code = dense[row * columns + j];
                    if (code != 0 || zeros == 15)
                    {
                        codes.Add(code);
                        gaps.Add(zeros);
                        zeros = 0;
                    }
                    else
                    {
                        zeros++;
                    }
                }
            }
            pointers[pe * (columns + 1) + columns] = codes.Count;
        }
        return (pointers, codes, gaps);
    }

    private static byte[] Nibbles(List<int> values)
    {
        var packed = new byte[(values.Count + 1) / 2];
        for (int i = 0; i < values.Count; i++) packed[i / 2] |= (byte)(values[i] << i % 2 * 4);
        return packed;
    }

    [Theory]
    [InlineData(9, 6, 0.5)]
    [InlineData(81, 7, 0.05)] // gaps past 15; rows not divisible by the elements
    [InlineData(1, 1, 1)]
    public void Eie_SparseWeightsAndActivations_EqualsTheDenseProduct(int rows, int columns, double density)
    {
        var random = new System.Random(3);
        int[] dense = [.. Enumerable.Range(0, rows * columns).Select(_ => random.NextDouble() < density ? random.Next(1, 15) : 0)];
        float[] codebook = random.Floats(16), x = random.Floats(columns), y = new float[rows];
        codebook[0] = 0;
        // A column whose activation is zero holds an infinite weight: touching it would give NaN.
        if (columns > 1)
        {
            codebook[15] = float.PositiveInfinity;
            x[1] = 0;
            for (int r = 0; r < rows; r++) dense[r * columns + 1] = 15;
        }
        (int[] pointers, List<int> codes, List<int> gaps) = Encode(dense, rows, columns);

        Program().Run(("rows", rows), ("columns", columns), ("entries", codes.Count), ("x", x), ("pointers", pointers), ("codes", Nibbles(codes)), ("gaps", Nibbles(gaps)), ("codebook", codebook), ("y", y));

        for (int r = 0; r < rows; r++)
        {
            double sum = 0;
            for (int j = 0; j < columns; j++)
                if (x[j] != 0) sum += (double)codebook[dense[r * columns + j]] * x[j];
            Assert.Equal(Math.Max(sum, 0), y[r]);
        }
        if (rows == 81) Assert.Contains(15, gaps);
    }
}
