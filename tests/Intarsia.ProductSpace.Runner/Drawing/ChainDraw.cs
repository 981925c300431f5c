namespace Intarsia.ProductSpace.Drawing;

/// <summary>Draws the epilogue chain and the format of the result, which follow from each other.</summary>
internal static class ChainDraw
{
    private static readonly Tpp[] FloatSteps = [Tpp.Bias, Tpp.Bias, Tpp.Relu, Tpp.Gelu, Tpp.GeluTanh, Tpp.Silu, Tpp.Residual, Tpp.Multiply];

    public static (Tpp[] Chain, NumberFormat Output) Draw(bool integerResult, bool dequantise, bool batch, SeededRandom random)
    {
        if (integerResult) return (Steps([Tpp.Bias, Tpp.Relu], random.Pick(0, 0, 1, 1, 2), random).ToArray(), NumberFormat.Int32);

        var chain = new List<Tpp>();
        if (dequantise) chain.Add(Tpp.Dequantise);
        chain.AddRange(Steps(FloatSteps, random.Pick(0, 0, 1, 1, 2, 2, 3, 4), random));
        if (batch) return (chain.ToArray(), NumberFormat.Float32);

        NumberFormat output = random.Pick(NumberFormat.Float32, NumberFormat.Float32, NumberFormat.Float32, NumberFormat.Float16, NumberFormat.BFloat16, NumberFormat.Int8, NumberFormat.UInt8);
        if (output is NumberFormat.Int8 or NumberFormat.UInt8) chain.Add(Tpp.Requantise);
        return (chain.ToArray(), output);
    }

    private static IEnumerable<Tpp> Steps(Tpp[] from, int count, SeededRandom random)
    {
        for (int i = 0; i < count; i++) yield return random.Pick<Tpp>(from);
    }
}
