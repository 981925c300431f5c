using Intarsia.Compiler.Specs;

namespace Intarsia.ProductSpace.Drawing;

/// <summary>Draws how a declaration is written.</summary>
internal static class StyleDraw
{
    public static SignatureStyle Draw(KernelSpec spec, SeededRandom random) => new()
    {
        TensorSpans = spec.Batch is null && random.Chance(0.25),
        ExplicitRoles = random.Chance(0.25),
        RedundantExtents = spec.Weights.Storage == WeightStorage.Packed && random.Chance(0.15),
        NameVariant = random.Next(0, 5),
        OrderSeed = random.Chance(0.3) ? random.NextUInt64() | 1 : 0,
        Accessibility = random.Pick("public", "public", "public", "internal", "private", "protected internal"),
        Nesting = DrawNesting(random),
    };

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
