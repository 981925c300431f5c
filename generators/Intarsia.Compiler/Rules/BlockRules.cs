using Intarsia.Compiler.Planning.Gpu;
using Intarsia.Compiler.Specs;
using Intarsia.Compiler.Tiles;

namespace Intarsia.Compiler.Rules;

/// <summary>Rules on a user's tile of a thread block: whether it means anything, whether the architecture's instructions and copies divide it, whether registers and shared memory hold it.</summary>
public static class BlockRules
{
    /// <summary>Two stages at least: one is copied while the other is contracted.</summary>
    private const int MinStages = 2, MaxStages = 8;

    /// <summary>Checks every tile of a valid spec.</summary>
    public static IEnumerable<RuleViolation> Check(KernelSpec spec) => Enumerable.Range(0, spec.Blocks.Count).SelectMany(index => Check(spec, index));

    /// <summary>The spec without the tiles that break a rule as an error: for those the planner chooses, so that the diagnostic is the only complaint.</summary>
    public static KernelSpec WithoutBroken(KernelSpec spec)
    {
        if (spec.Blocks.Count == 0) return spec;
        HashSet<int> broken = [.. Check(spec).Where(violation => violation.Severity == RuleSeverity.Error).Select(violation => violation.Part.Index)];
        return broken.Count == 0 ? spec : spec with { Blocks = spec.Blocks.Where((_, index) => !broken.Contains(index)).ToEquatableArray() };
    }

    private static IEnumerable<RuleViolation> Check(KernelSpec spec, int index)
    {
        BlockOverride tile = spec.Blocks[index];
        Part part = Part.Block(index);
        string architecture = Name(tile.Architecture);
        Device device = BlockOverrides.DeviceOf(tile.Architecture);
        if (!DevicePlanner.Supports(spec, Device.Sm80))
            return [DiagnosticTable.ArchitectureWithoutText.At(part, architecture, "the kernel has no form but the portable one, which runs on every accelerator")];
        if (!DevicePlanner.Supports(spec, device))
            return [DiagnosticTable.ArchitectureWithoutText.At(part, architecture, WarpGroups.Obstacle(spec) is { } obstacle ? $"the kernel has {obstacle}" : $"the kernel has no text for {architecture}: the text for sm_80 gathers there, too")];
        // A tile that says nothing is no tile.
        if (DevicePlanner.TileObstacle(spec, device) is { } reason)
            return Given(tile).Length == 0 ? [] : [DiagnosticTable.TileWithoutEffect.At(part, Given(tile), architecture, reason, "remove the tile")];

        Contraction contraction = Contraction.Of(spec, device);
        List<RuleViolation> impossible = [.. Impossible(tile, part)];
        if (impossible.Count > 0) return impossible;
        var misfits = new BlockFit(spec, tile, DenseSchedule.ShapeOf(spec, device), contraction, device).Misfits().ToList();
        return misfits.Count > 0
            ? misfits.Select(misfit => DiagnosticTable.BlockMisfitsInstruction.At(part, misfit.Extent, architecture, KernelRules.Text(misfit.Found), misfit.Expected, misfit.Why))
            : Budgets(spec, part, contraction, device);
    }

    /// <summary>Extents that nothing could have.</summary>
    private static IEnumerable<RuleViolation> Impossible(BlockOverride tile, Part part)
    {
        string architecture = Name(tile.Architecture);
        foreach ((string name, int value) in Extents(tile))
        {
            if (value < 0) yield return DiagnosticTable.TileInvalid.At(part, name, KernelRules.Text(value), architecture, "a positive number, or 0 for the planner's choice");
            else if (name == "Stages" && value is not 0 and (< MinStages or > MaxStages))
                yield return DiagnosticTable.TileInvalid.At(part, name, KernelRules.Text(value), architecture, $"{KernelRules.Text(MinStages)} to {KernelRules.Text(MaxStages)}, or 0 for the planner's choice");
        }
    }

    /// <summary>Registers of a thread and shared memory of a block, found and at hand.</summary>
    private static IEnumerable<RuleViolation> Budgets(KernelSpec spec, Part part, Contraction contraction, Device device)
    {
        BlockShape shape = DenseSchedule.ShapeOf(spec, device);
        string architecture = Name(spec.Blocks[part.Index].Architecture);
        bool hasGroups = DenseSchedule.HasScaledGroups(spec, contraction);
        int registers = BlockBudget.Registers(shape, device, hasGroups), maxRegisters = BlockBudget.MaxRegisters(shape, device);
        if (registers > maxRegisters)
        {
            int accumulators = BlockBudget.Accumulators(shape, hasGroups), fragments = BlockBudget.Fragments(shape, device);
            string parts = $"{KernelRules.Text(accumulators)} accumulators{(hasGroups ? " in the two sets of scale groups" : "")}, {KernelRules.Text(fragments)} for fragments, {KernelRules.Text(registers - accumulators - fragments)} for addresses";
            yield return DiagnosticTable.BlockTooLarge.At(part, architecture, shape.ToString(), $"{KernelRules.Text(registers)} registers a thread", parts, KernelRules.Text(maxRegisters), "Rows or Columns, or more Warps");
        }
        int bytes = BlockBudget.SharedBytes(shape, contraction, device), maxBytes = BlockBudget.MaxSharedBytes(device), stage = (shape.Height + shape.Width) * shape.Depth * contraction.XBytes;
        if (bytes > maxBytes)
        {
            string parts = stage * shape.Stages > maxBytes ? $"{KernelRules.Text(shape.Stages)} stages of {KernelRules.Text(stage)}" : "the accumulators, which go through it on their way out";
            yield return DiagnosticTable.BlockTooLarge.At(part, architecture, shape.ToString(), $"{KernelRules.Text(bytes)} bytes of shared memory", parts, KernelRules.Text(maxBytes), "Stages, or a smaller Depth, Rows or Columns");
        }
    }

    private static string Name(GpuArchitecture architecture) => architecture == GpuArchitecture.Sm90a ? "sm_90a" : "sm_80";

    private static (string Name, int Value)[] Extents(BlockOverride tile) => [("Rows", tile.Rows), ("Columns", tile.Columns), ("Depth", tile.Depth), ("Warps", tile.Warps), ("Stages", tile.Stages)];

    /// <summary>The extents that the user gave, for a message.</summary>
    private static string Given(BlockOverride tile) => string.Join(", ", Extents(tile).Where(extent => extent.Value != 0).Select(extent => extent.Name));
}
