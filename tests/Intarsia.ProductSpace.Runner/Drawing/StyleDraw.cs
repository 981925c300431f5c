using Intarsia.Compiler.Specs;

namespace Intarsia.ProductSpace.Drawing;

/// <summary>Draws how a declaration is written.</summary>
internal static class StyleDraw
{
    public static SignatureStyle Draw(KernelSpec spec, SeededRandom random) => new()
    {
        Tensors = DrawTensors(spec, random),
        ExplicitRoles = random.Chance(0.25),
        NameVariant = random.Next(0, 5),
        OrderSeed = random.Chance(0.3) ? random.NextUInt64() | 1 : 0,
        Accessibility = random.Pick("public", "public", "public", "internal", "private", "protected internal"),
        Nesting = DrawNesting(random),
    };

    private static TensorOperands DrawTensors(KernelSpec spec, SeededRandom random)
    {
        if (random.Chance(0.7)) return TensorOperands.None;
        TensorOperands possible = spec.Y.IsPacked || spec.Y.Layout == MatrixLayout.BitPlanes ? TensorOperands.None : TensorOperands.Y;
        if (spec.Batch is null && !NumberFormats.IsNibble(spec.X.Format) && spec.X.Layout != MatrixLayout.BitPlanes) possible |= TensorOperands.X;
        if (spec.IsContraction && spec.Batch is null && spec.Butterfly is null && spec.Weights.Storage == WeightStorage.Span && !NumberFormats.IsNibble(spec.Weights.Format)) possible |= TensorOperands.Weights;
        // Mostly all of them, sometimes a mixture.
        return random.Chance(0.6) ? possible : possible & (TensorOperands)random.Next(1, 7);
    }

    private static string[] DrawNesting(SeededRandom random) => random.Next(0, 7) switch
    {
        0 => ["class", "static class"],
        1 => ["struct"],
        2 => ["record"],
        3 => ["readonly struct", "class"],
        4 => ["sealed class"],
        _ => ["static class"],
    };
}
