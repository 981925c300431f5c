using Intarsia.Compiler.Tiles;
using Xunit;
using static Intarsia.Compiler.Tiles.ElementType;
using static Intarsia.Compiler.Tiles.Statement;
using static Intarsia.Verification.Tests.Programs;
using Index = Intarsia.Compiler.Tiles.Index;

namespace Intarsia.Verification.Tests.Systems;

/// <summary>
/// LUT-GEMM (Park et al., ICLR'24): binary-coded weights w = z + Σ_b α_b·s_b with s_b in {−1, +1}, multiplied by looking up sums of eight activations at a time. No weight is ever rebuilt.
/// </summary>
public class LutGemmTests
{
    private const int Group = 16, Planes = 3;

    /// <summary>codes[plane, row, depth/8] holds eight signs to a byte; alpha[plane, group, row]; offset[group, row].</summary>
    private static TileProgram Program()
    {
        Index runs = Index.CeilDiv("depth", 8), groups = Index.CeilDiv("depth", Group);
        Statement[] plane =
        [
            new Fill("s", 0),
            new Load("c", "codes", At("b", "r", (Index)"g" * (Group / 8)), Clip.All),
            new Contract("s", "c", "lut", ContractVia.Table),
            new Load("a", "alpha", At("b", "g", "r"), Clip.Rows) { Transposed = true },
            new Zip("s", ZipOp.Multiply, "s", "a"),
            new Zip("acc", ZipOp.Add, "acc", "s"),
        ];
        // The sum of the activations is the entry of the all-ones code.
        Statement[] offset =
        [
            new Fill("s", 0), new Fill("c", 255), new Contract("s", "c", "lut", ContractVia.Table),
            new Load("a", "offset", At("g", "r"), Clip.Rows) { Transposed = true },
            new Zip("s", ZipOp.Multiply, "s", "a"),
            new Zip("acc", ZipOp.Add, "acc", "s"),
        ];
        return new ProgramBuilder("lut-gemm").Sizes("rows", "depth")
            .Input("x", F32, "depth").Input("codes", U8, Planes, "rows", runs).Input("alpha", F32, Planes, groups, "rows").Input("offset", F32, groups, "rows").Output("y", F32, "rows")
            .Tile("x", F32, Group).Tile("lut", F32, Group / 8, 256).Tile("c", U8, 4, Group / 8).Tile("s", F32, 4, 1).Tile("a", F32, 4, 1).Tile("acc", F32, 4, 1)
            .Build(
                Phase("clear", new Fill("acc", 0), For("r", 0, "rows", 4, new Store("y", At("r"), "acc", Clip.Rows) { Transposed = true })),
                For("g", 0, groups, 1,
                    new Load("x", "x", At((Index)"g" * Group), Clip.Columns),
                    new Table("lut", "x", 8),
                    For("r", 0, "rows", 4,
                    [
                        new Load("acc", "y", At("r"), Clip.Rows) { Transposed = true },
                        For("b", 0, Planes, 1, plane),
                        .. offset,
                        new Store("y", At("r"), "acc", Clip.Rows) { Transposed = true },
                    ])));
    }

    [Theory]
    [InlineData(4, 16)]
    [InlineData(7, 40)] // rows and the last group are ragged
    [InlineData(1, 8)]
    public void LutGemm_BinaryCodedWeights_EqualsTheDenseProduct(int rows, int depth)
    {
        var random = new System.Random(7);
        int groups = (depth + Group - 1) / Group;
        float[] x = random.Floats(depth), alpha = random.Floats(Planes * groups * rows), offset = random.Floats(groups * rows), y = new float[rows];
        var codes = new byte[Planes * rows * depth / 8];
        random.NextBytes(codes);

        Program().Run(("rows", rows), ("depth", depth), ("x", x), ("codes", codes), ("alpha", alpha), ("offset", offset), ("y", y));

        for (int r = 0; r < rows; r++)
        {
            double expected = 0;
            for (int k = 0; k < depth; k++)
            {
                int g = k / Group;
                double weight = offset[g * rows + r];
                for (int b = 0; b < Planes; b++)
                {
                    bool set = (codes[(b * rows + r) * (depth / 8) + k / 8] >> k % 8 & 1) != 0;
                    weight += set ? alpha[(b * groups + g) * rows + r] : -alpha[(b * groups + g) * rows + r];
                }
                expected += weight * x[k];
            }
            // Multiples of 2⁻¹² below 2¹²: exact in binary32 in every order.
            Assert.Equal(expected, y[r]);
        }
    }
}
