using Intarsia.Compiler.Specs;
using Intarsia.Compiler.Tiles;
using Xunit;
using static Intarsia.Compiler.Tiles.ElementType;
using static Intarsia.Compiler.Tiles.Statement;
using static Intarsia.Verification.Tests.Programs;
using Index = Intarsia.Compiler.Tiles.Index;

namespace Intarsia.Verification.Tests.Mutations;

/// <summary>
/// Three small kernels as tile programs, right as they stand, and every program one mistake away from them: each must be caught, by the interpreter's checks or by the comparison with the reference.
/// </summary>
public class ProgramMutationTests
{
    /// <summary>Two main tiles and a ragged tail in every extent.</summary>
    private const int Rows = 11, Depth = 21, Columns = 19;

    private sealed record Case(TileProgram Program, string Spec, ReferenceOperands Operands, (string Name, object Value)[] Arguments)
    {
        /// <summary>Why a run is not accepted; null when it is.</summary>
        public string? Verdict(TileProgram program)
        {
            var y = new float[Rows * Columns];
            Array.Fill(y, float.NaN);
            try
            {
                program.Run([.. Arguments, ("rows", Rows), ("depth", Depth), ("columns", Columns), ("y", y)]);
            }
            catch (TileProgramException refusal)
            {
                return refusal.Message;
            }
            return SpecReference.Execute(KernelName.Parse(Spec), Operands).FirstMismatch<float>(y);
        }
    }

    private static Case Float()
    {
        var random = new System.Random(1);
        float[] w = random.Reals(Rows * Depth), x = random.Reals(Depth * Columns), bias = random.Reals(Rows);
        TileProgram program = new ProgramBuilder("gemm").Sizes("rows", "depth", "columns")
            .Input("w", F32, "rows", "depth").Input("x", F32, "depth", "columns").Input("bias", F32, "rows").InOut("y", F32, "rows", "columns")
            .Tile("acc", F32, 4, 8).Tile("a", F32, 4, 1).Tile("b", F32, 1, 8).Tile("bias", F32, 4, 1)
            .Build(For("r", 0, "rows", 4, For("c", 0, "columns", 8, Block("tile",
                new Fill("acc", 0),
                For("k", 0, "depth", 1,
                    new Load("a", "w", At("r", "k"), Clip.Rows),
                    new Load("b", "x", At("k", "c"), Clip.Columns),
                    new Contract("acc", "a", "b", ContractVia.Fma)),
                new Load("bias", "bias", At("r"), Clip.Rows) { Transposed = true },
                new Zip("acc", ZipOp.Add, "acc", "bias"),
                new Map("acc", MapOp.Silu, "acc"),
                new Store("y", At("r", "c"), "acc", Clip.All)))));
        var operands = new ReferenceOperands { Rows = Rows, Depth = Depth, Columns = Columns, Weights = w.ToDoubles(), X = x.ToDoubles(), Biases = [bias.ToDoubles()] };
        return new Case(program, "gemm_dense_f32-f32-f32_rN_dN_cN__bias-silu", operands, [("w", w), ("x", x), ("bias", bias)]);
    }

    private static Case GroupedBytes()
    {
        const int group = 8;
        var random = new System.Random(2);
        sbyte[] w = random.Bytes(Rows * Depth);
        byte[] x = new byte[Depth * Columns];
        random.NextBytes(x);
        int groups = (Depth + group - 1) / group;
        float[] scales = random.Reals(Rows * groups), xScales = random.Reals(Columns);
        Index quads = Index.CeilDiv("depth", 4), groupCount = Index.CeilDiv("depth", group);
        TileProgram program = new ProgramBuilder("int8").Sizes("rows", "depth", "columns")
            .Input("w", S8, "rows", "depth").Input("x", U8, "depth", "columns").Input("s", F32, "rows", groupCount).Input("xs", F32, "columns").InOut("y", F32, "rows", "columns")
            .Scratch("panel", U8, quads, 8, 4)
            .Tile("acc", F32, 4, 8).Tile("sum", S32, 4, 8).Tile("part", F32, 4, 8).Tile("a", S8, 4, 4).Tile("b", U8, 8, 4).Tile("s", F32, 4, 1).Tile("xs", F32, 1, 8)
            .Build(For("c", 0, "columns", 8,
                new Relayout("panel", At(0, 0, 0), "x", At(0, "c"), "depth", Index.Min(8, (Index)"columns" - "c")) { Interleave = 4, PaddedColumns = 8 },
                For("r", 0, "rows", 4, Block("tile",
                    new Fill("acc", 0),
                    For("g", 0, groupCount, 1,
                        new Fill("sum", 0),
                        For("k", (Index)"g" * (group / 4), Index.Min(((Index)"g" + 1) * (group / 4), quads), 1,
                            new Load("a", "w", At("r", (Index)"k" * 4), Clip.All),
                            new Load("b", "panel", At("k", 0, 0)),
                            new Contract("sum", "a", "b", ContractVia.Dot4) { TransposedB = true }),
                        new Load("s", "s", At("r", "g"), Clip.Rows),
                        new Map("part", MapOp.Copy, "sum"),
                        new Zip("part", ZipOp.Multiply, "part", "s"),
                        new Zip("acc", ZipOp.Add, "acc", "part")),
                    new Load("xs", "xs", At("c"), Clip.Columns),
                    new Zip("acc", ZipOp.Multiply, "acc", "xs"),
                    new Store("y", At("r", "c"), "acc", Clip.All)))));
        var operands = new ReferenceOperands
        {
            Rows = Rows,
            Depth = Depth,
            Columns = Columns,
            Weights = w.ToDoubles(),
            X = Array.ConvertAll(x, v => (double)v),
            WeightScales = scales.ToDoubles(),
            XScales = xScales.ToDoubles(),
        };
        return new Case(program, $"gemm_dense_s8g{group}-u8k-f32_rN_dN_cN__dequantise", operands, [("w", w), ("x", x), ("s", scales), ("xs", xScales)]);
    }

    private static Case Sparse()
    {
        var random = new System.Random(3);
        float[] dense = [.. random.Reals(Rows * Depth).Select(v => random.NextDouble() < 0.4 ? v : 0)], x = random.Reals(Depth * Columns), residual = random.Reals(Rows * Columns);
        // The mutants that lose an entry of a row must lose something: no row is empty.
        for (int r = 0; r < Rows; r++) dense[r * Depth + r] = 1;
        int[] stored = [.. Enumerable.Range(0, dense.Length).Where(i => dense[i] != 0)];
        TileProgram program = new ProgramBuilder("csr").Sizes("rows", "depth", "columns", "entries")
            .Input("rowStarts", S32, (Index)"rows" + 1).Input("indices", S32, "entries").Input("values", F32, "entries").Input("x", F32, "depth", "columns").Input("residual", F32, "rows", "columns").InOut("y", F32, "rows", "columns")
            .Tile("acc", F32, 1, 8).Tile("v", F32, 1).Tile("b", F32, 1, 8)
            .Build(For("r", 0, "rows", 1,
                new Let("begin", new Index.Read("rowStarts", At("r"))),
                new Let("end", new Index.Read("rowStarts", At((Index)"r" + 1))),
                For("c", 0, "columns", 8, Block("row",
                    new Fill("acc", 0),
                    new ForNonZero("p", "k", new NonZeros.Operand("indices", "begin", "end"), new Statement[]
                    {
                        new Load("v", "values", At("p")),
                        new Load("b", "x", At("k", "c"), Clip.Columns),
                        new Contract("acc", "v", "b", ContractVia.Fma),
                    }),
                    new Load("b", "residual", At("r", "c"), Clip.Columns),
                    new Zip("acc", ZipOp.Add, "acc", "b"),
                    new Store("y", At("r", "c"), "acc", Clip.Columns)))));
        var operands = new ReferenceOperands { Rows = Rows, Depth = Depth, Columns = Columns, Weights = dense.ToDoubles(), X = x.ToDoubles(), Residuals = [residual.ToDoubles()] };
        return new Case(program, "spmm_csr_f32-f32-f32_rN_dN_cN__residual", operands,
        [
            ("rowStarts", Enumerable.Range(0, Rows + 1).Select(r => stored.Count(i => i < r * Depth)).ToArray()), ("indices", stored.Select(i => i % Depth).ToArray()),
            ("values", stored.Select(i => dense[i]).ToArray()), ("entries", stored.Length), ("x", x), ("residual", residual),
        ]);
    }

    private static Case Named(string name) => name switch { "float" => Float(), "grouped bytes" => GroupedBytes(), _ => Sparse() };

    [Theory]
    [InlineData("float")]
    [InlineData("grouped bytes")]
    [InlineData("sparse")]
    public void Program_AsItStands_MeetsTheReference(string name)
    {
        Case kernel = Named(name);

        Assert.Null(kernel.Verdict(kernel.Program));
    }

    [Theory]
    [InlineData("float", 30)]
    [InlineData("grouped bytes", 45)]
    [InlineData("sparse", 30)]
    public void Program_WithAnyOneMistake_IsCaught(string name, int atLeast)
    {
        Case kernel = Named(name);
        List<(string Mistake, TileProgram Program)> mutants = [.. Mutants.Of(kernel.Program)];

        Assert.True(mutants.Count >= atLeast, $"only {mutants.Count} mutants");
        Assert.Equal([], mutants.Where(mutant => kernel.Verdict(mutant.Program) is null).Select(mutant => mutant.Mistake));
    }

    [Theory]
    [InlineData("float")]
    [InlineData("grouped bytes")]
    [InlineData("sparse")]
    public void Program_WithAMistakeThatStaysInBounds_IsCaughtByTheReferenceAlone(string name)
    {
        Case kernel = Named(name);

        int compared = Mutants.Of(kernel.Program).Count(mutant => kernel.Verdict(mutant.Program) is { } verdict && verdict.StartsWith("Y[", StringComparison.Ordinal));

        Assert.InRange(compared, 10, 1000);
    }
}
