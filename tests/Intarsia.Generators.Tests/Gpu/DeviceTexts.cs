using Intarsia.Compiler;
using Intarsia.Compiler.Backends.Gpu;
using Intarsia.Compiler.Planning;
using Intarsia.Compiler.Tiles;

namespace Intarsia.Generators.Tests.Gpu;

/// <summary>Texts as a backend could write them, for tests of what is put around them. Nobody runs these.</summary>
internal static class DeviceTexts
{
    private static readonly Binding.Prepared Values = new("w", PreparedKind.Panel, 16, 4, 0, PreparedPart.Values);

    /// <summary>Two targets with different parameters: one with a tensor map, one with two entries.</summary>
    public static GpuKernelText TwoTargets { get; } = new(EquatableArray.Of(
        new GpuTargetText
        {
            Target = "sm_90a",
            Ptx = ".version 8.0\n.target sm_90a\n\n.visible .entry linear_sm90a()\n{\n\tret;\n}\n",
            Threads = 384,
            SharedBytes = 212992,
            Entries = EquatableArray.Of(new GpuEntry("linear_sm90a_aligned16", 16)),
            Parameters = EquatableArray.Of<GpuParameter>(
                new GpuParameter.TensorMap(new Binding.Operand("x", Role.X), ElementType.S8, EquatableArray.Of(128, 64), 128, EquatableArray.Of<Compiler.Tiles.Index>("depth", "columns"), EquatableArray.Of<Compiler.Tiles.Index>("ldx")),
                new GpuParameter.Bound(Values, ElementType.S8),
                new GpuParameter.Bound(new Binding.PackedScales("wScale"), ElementType.F32),
                new GpuParameter.Bound(new Binding.Operand("xScale", Role.XScale), ElementType.F32),
                new GpuParameter.Bound(new Binding.Operand("bias", Role.Bias), ElementType.F32),
                new GpuParameter.Bound(new Binding.Operand("y", Role.Y), ElementType.F32),
                new GpuParameter.Size("columns")),
            GridX = Compiler.Tiles.Index.CeilDiv("columns", 128),
            GridY = 12,
            AlsoAligned = EquatableArray.Of<Compiler.Tiles.Index>("depth"),
            Reasons = EquatableArray.Of("the operands of wgmma lie in shared memory"),
        },
        new GpuTargetText
        {
            Target = "sm_80",
            Ptx = ".version 7.8\n.target sm_80\n",
            Threads = 128,
            SharedBytes = 49152,
            Entries = EquatableArray.Of(new GpuEntry("linear_sm80_aligned16", 16), new GpuEntry("linear_sm80_ragged", 1)),
            Parameters = EquatableArray.Of<GpuParameter>(
                new GpuParameter.Bound(new Binding.Operand("x", Role.X), ElementType.S8),
                new GpuParameter.Bound(Values, ElementType.S8),
                new GpuParameter.Bound(Values with { Buffer = "comp", Part = PreparedPart.Compensation }, ElementType.S32),
                new GpuParameter.Bound(new Binding.Operand("y", Role.Y), ElementType.F32),
                new GpuParameter.Size("columns"),
                new GpuParameter.Size("ldy")),
            GridX = Compiler.Tiles.Index.CeilDiv("columns", 128) * Compiler.Tiles.Index.CeilDiv("rows", 64),
        }), null);

    /// <summary>A portable kernel alone, on a 16-bit operand.</summary>
    public static GpuKernelText PortableOnly { get; } = new(default, new PortableKernelText(
        """
        internal static void Portable(ArrayView<float> w, ArrayView<ushort> x, ArrayView<float> y, int rows, int depth, int columns)
        {
            int row = Grid.IdxX, column = Group.IdxX;
            if (column >= columns) return;
            float sum = 0;
            for (int k = 0; k < depth; k++) sum += w[row * depth + k] * Interop.IntAsFloat((uint)x[k * columns + column] << 16);
            y[row * columns + column] = sum;
        }
        """,
        EquatableArray.Of<GpuParameter>(
            new GpuParameter.Bound(new Binding.Prepared("w", PreparedKind.Row, 0, 1, 0, PreparedPart.Values), ElementType.F32),
            new GpuParameter.Bound(new Binding.Operand("x", Role.X), ElementType.BF16),
            new GpuParameter.Bound(new Binding.Operand("y", Role.Y), ElementType.F32),
            new GpuParameter.Size("rows"),
            new GpuParameter.Size("depth"),
            new GpuParameter.Size("columns")),
        128, "rows", 1, 1));

    /// <summary>One PTX target that asks for nothing, and the portable kernel behind it.</summary>
    public static GpuKernelText Both { get; } = PortableOnly with
    {
        Targets = EquatableArray.Of(TwoTargets.Targets[1] with
        {
            Entries = EquatableArray.Of(new GpuEntry("linear_sm80", 1)),
            Parameters = EquatableArray.Of<GpuParameter>(new GpuParameter.Bound(new Binding.Operand("x", Role.X), ElementType.BF16), new GpuParameter.Bound(new Binding.Operand("y", Role.Y), ElementType.F32)),
        }),
    };
}
