using Intarsia.Compiler.Specs;
using Intarsia.Compiler.Tiles;
using Index = Intarsia.Compiler.Tiles.Index;
using static Intarsia.Compiler.Tiles.Statement;

namespace Intarsia.Compiler.Planning.Gpu;

/// <summary>
/// What a batch-reduce GEMM adds to a dense product on a GPU: factors that begin somewhere in a run of elements, a loop over the terms around the one over the depth, and β·C, which is added to the finished sum.
/// </summary>
internal sealed class BatchTerms(PlanBuilder plan)
{
    /// <summary>The variable of the loop over terms.</summary>
    private const string Term = "r";

    private BatchSpec Batch => plan.Spec.Batch!;

    /// <summary>Whether the terms lie where a device finds them: lists of memory and raw addresses are the host's.</summary>
    public static bool Serves(KernelSpec spec) => spec.Batch is null or { Addressing: BatchAddressing.Stride or BatchAddressing.Offsets };

    /// <summary>Sizes that only this operation has. <c>accumulate</c>: C holds a value to add; <c>aLength</c>, <c>bLength</c>: places where a term may begin.</summary>
    public static IEnumerable<string> Sizes(BatchSpec batch) =>
        ["count", .. batch.HasBeta ? (string[])["accumulate"] : [], "aLength", "bLength", .. batch.Addressing == BatchAddressing.Stride ? (string[])["strideA", "strideB"] : []];

    /// <summary>Declares both factors, three dimensions over one run of elements: where the term begins, and the matrix that begins there.</summary>
    public void DeclareFactors(bool aligned)
    {
        Index ldw = plan.Spec.Weights.HasStride ? "ldw" : plan.Depth, ldx = plan.Spec.X.HasStride ? "ldx" : plan.Columns;
        plan.Operand("W", PlanBuilder.ElementOf(plan.Spec.Weights.Format), Role.Weights, ["aLength", plan.Rows, plan.Depth], [1, ldw, 1]);
        plan.Operand("X", PlanBuilder.ElementOf(plan.Spec.X.Format), Role.X, ["bLength", plan.Depth, plan.Columns], [1, ldx, 1]);
        if (aligned)
        {
            plan.Align("W", 16);
            plan.Align("X", 16);
        }
        if (Batch.Addressing == BatchAddressing.Offsets)
        {
            plan.Operand("aOffsets", ElementType.S64, Role.BatchWeightsOffsets, ["count"]);
            plan.Operand("bOffsets", ElementType.S64, Role.BatchXOffsets, ["count"]);
        }
        if (Batch.HasBeta) plan.Operand("beta", ElementType.F32, Role.Beta, [1]);
    }

    /// <summary>Where the current term of a factor begins.</summary>
    public Index Begin(string factor)
    {
        bool isWeights = factor == "W";
        return Batch.Addressing == BatchAddressing.Stride ? (Index)Term * (isWeights ? "strideA" : "strideB") : new Index.Read(isWeights ? "aOffsets" : "bOffsets", new Index[] { Term });
    }

    /// <summary>The loop over the terms.</summary>
    public For Around(For depth) => new(Term, 0, "count", 1, new Statement[] { depth });

    /// <summary>acc += β·C, where C holds anything.</summary>
    public IEnumerable<Statement> AddScaled(string acc, int height, int width)
    {
        if (!Batch.HasBeta) yield break;
        string old = plan.Tile("old", ElementType.F32, height, width), beta = plan.Tile("betaValue_1x1", ElementType.F32, 1, 1);
        yield return new If(new Condition("accumulate", Relation.Equal, 1), new Statement[]
        {
            new Load(beta, "beta", new Index[] { 0 }),
            new Load(old, "Y", new Index[] { "o0", "l0" }, Clip.All),
            new Zip(old, ZipOp.Multiply, old, beta),
            new Zip(acc, ZipOp.Add, acc, old),
        });
    }
}
