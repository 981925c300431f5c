using Intarsia.Compiler.Specs;
using Intarsia.Compiler.Text;

namespace Intarsia.Compiler.Backends.Gpu;

/// <summary>The part of an overload's body that only a batch-reduce GEMM has: where its terms lie, and that each lies inside its operand.</summary>
internal sealed class DeviceBatch(DeviceCall call, BatchSpec batch)
{
    private static readonly (Role Factor, Role Offsets, Role Stride, string Side)[] Sides =
        [(Role.Weights, Role.BatchWeightsOffsets, Role.BatchWeightsStride, "A"), (Role.X, Role.BatchXOffsets, Role.BatchXStride, "B")];

    private bool HasOffsets => batch.Addressing == BatchAddressing.Offsets;

    private string Count => call.Local("count");

    /// <summary>What else the addresses of the terms are multiples of.</summary>
    public IEnumerable<string> Alignments => Sides.Select(side => HasOffsets
        ? $"DeviceGuard.Alignment({Name(side.Offsets)}, {Name(side.Factor)})"
        : $"DeviceGuard.Alignment({Name(side.Factor)}, {Stride(side.Side)})");

    /// <summary>Writes the checks, and a local for each size that the program has.</summary>
    public void Write(CodeWriter code)
    {
        code.Line(HasOffsets ? $"nint {Count} = DeviceGuard.Offsets({Name(Role.BatchWeightsOffsets)}, nameof({Name(Role.BatchWeightsOffsets)}), {call.Stream});" : $"nint {Count} = Guard.Extent(nameof({Name(Role.BatchCount)}), {Name(Role.BatchCount)});");
        if (HasOffsets) code.Line($"Guard.Same(nameof({Name(Role.BatchXOffsets)}), DeviceGuard.Offsets({Name(Role.BatchXOffsets)}, nameof({Name(Role.BatchXOffsets)}), {call.Stream}), \"offsets\", {Count});");
        code.Line($"DeviceGuard.Products({Count}, {call.Local("depth")});");
        foreach ((Role factor, Role offsets, Role stride, string side) in Sides)
        {
            (string rows, string columns) = call.ShapeOf(factor);
            string name = Name(factor), needs = call.Local(side.ToLowerInvariant() + "Needs");
            code.Line($"nint {needs} = Guard.Footprint(nameof({name}), {rows}, {columns}, {call.StrideOf(factor)});");
            if (HasOffsets) code.Line($"DeviceGuard.Terms(nameof({name}), {name}, {call.Stream}, nameof({Name(offsets)}), {Name(offsets)}, {needs});");
            else code.Line($"nint {Stride(side)} = DeviceGuard.Terms(nameof({name}), {name}, {call.Stream}, {Count}, Guard.Extent(nameof({Name(stride)}), {Name(stride)}), {needs});");
            code.Line($"nint {call.Local(side.ToLowerInvariant() + "Length")} = (nint){name}.Length;");
        }
        if (call.Method.Find(Role.Beta) is { } beta) code.Line($"nint {call.Local("accumulate")} = {beta.Name} != 0f ? 1 : 0;");
    }

    private string Name(Role role) => call.Method.Find(role)!.Name;

    private string Stride(string side) => call.Local("stride" + side);
}
