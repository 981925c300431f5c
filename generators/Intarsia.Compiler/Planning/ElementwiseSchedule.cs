using Intarsia.Compiler.Specs;
using Intarsia.Compiler.Tiles;
using Index = Intarsia.Compiler.Tiles.Index;
using static Intarsia.Compiler.Tiles.Statement;

namespace Intarsia.Compiler.Planning;

/// <summary>A chain on every element of X, in one pass: each vector is loaded, taken through the whole chain in registers, and stored. Lanes run along the lines as they lie.</summary>
internal sealed class ElementwiseSchedule(PlanBuilder plan)
{
    /// <summary>Elements of a line that stay together: whole vectors of every tier, and whole cache lines of every format.</summary>
    private const int LineGrain = 64;

    public KernelPlan Build()
    {
        KernelSpec spec = plan.Spec;
        bool lanesAreRows = spec.X.Layout == MatrixLayout.TokenMajor;
        var shape = new TileShape(TierTable.Bits(plan.Tier), 1, 1);
        Index outer = lanesAreRows ? plan.Columns : plan.Rows, lanes = lanesAreRows ? plan.Rows : plan.Columns;
        plan.Operand("X", PlanBuilder.ElementOf(spec.X.Format), Role.X, [outer, lanes], spec.X.HasStride ? "ldx" : lanes);
        plan.Operand("Y", PlanBuilder.ElementOf(spec.Y.Format), Role.Y, [outer, lanes], spec.Y.HasStride ? "ldy" : lanes, BufferRole.Output);
        var steps = new EpilogueSteps(plan, shape.Lanes, lanesAreRows);
        plan.Reason($"one pass over lines of {(lanesAreRows ? "rows" : "columns")}, {shape}");

        Index[] at = ["e", "j"];
        (IReadOnlyList<Statement> chain, string result) = steps.Build("e", "j");
        Statement[] vector = [new Load(steps.Start, "X", at, Clip.Columns), .. chain, new Store("Y", at, result, Clip.Columns)];
        string name = $"elementwise_{(lanesAreRows ? "rows" : "columns")}_{NumberFormats.Name(spec.X.Format)}_{steps.Name}";
        var block = new Block(name, (Statement[])[new For("e", "eBegin", "eEnd", 1, (Statement[])[new For("j", "jBegin", "jEnd", shape.Lanes, vector) { Lanes = true }])]) { VectorBits = shape.Bits };
        return plan.Build(
            [plan.Spread("eBegin", "eEnd", outer, 1, outer * lanes * LineBlock.WorkOf(spec), overhead: 0, new Spread("jBegin", "jEnd", lanes, LineGrain, new Statement[] { block }))],
            shape.ToString());
    }
}
