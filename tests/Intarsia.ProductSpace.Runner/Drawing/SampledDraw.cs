using Intarsia.Compiler.Specs;

namespace Intarsia.ProductSpace.Drawing;

/// <summary>Draws sampled products: two dense operands and a packed result.</summary>
internal static class SampledDraw
{
    private static readonly Tpp[] FloatSteps = [Tpp.Bias, Tpp.Bias, Tpp.Relu, Tpp.Gelu, Tpp.GeluTanh, Tpp.Silu];

    public static KernelSpec Draw(Cell cell, PatternSpec pattern, SeededRandom random)
    {
        bool dequantise = cell.IsInteger && random.Chance(0.65), raw = cell.IsInteger && !dequantise;
        var chain = new List<Tpp>();
        if (dequantise) chain.Add(Tpp.Dequantise);
        int steps = random.Pick(0, 0, 0, 1, 1, 2);
        for (int i = 0; i < steps; i++) chain.Add(raw ? random.Pick(Tpp.Bias, Tpp.Relu) : random.Pick<Tpp>(FloatSteps));
        NumberFormat output = raw ? NumberFormat.Int32 : random.Pick(NumberFormat.Float32, NumberFormat.Float32, NumberFormat.Float32, NumberFormat.Float16, NumberFormat.BFloat16, NumberFormat.Int8);
        if (output == NumberFormat.Int8) chain.Add(Tpp.Requantise);
        // Every order of the factors: NT, as the operation has them, for four of ten draws, and NN, TN and TT.
        bool isPlain = random.Chance(0.2);
        return new KernelSpec
        {
            Operation = Operation.Sddmm,
            Weights = new WeightSpec { Format = cell.Weights!.Value, Storage = WeightStorage.Span, Layout = isPlain ? MatrixLayout.RowMajor : random.Pick(MatrixLayout.RowMajor, MatrixLayout.TokenMajor), Scale = dequantise ? random.Pick(Per.None, Per.Tensor, Per.Row) : Per.None },
            X = new ActivationSpec { Format = cell.X, Layout = isPlain ? MatrixLayout.TokenMajor : random.Pick(MatrixLayout.RowMajor, MatrixLayout.TokenMajor), Scale = dequantise ? random.Pick(Per.None, Per.Tensor, Per.Token, Per.Token) : Per.None },
            Y = new OutputSpec { Format = output, Pattern = pattern, Scale = output == NumberFormat.Int8 && random.Chance(0.5) ? Per.Tensor : Per.None },
            Epilogue = chain.ToArray(),
            Accumulator = DrawAccumulator(cell, dequantise, random),
            Sddmm = raw ? new SddmmSpec() : DrawFactors(NumberFormats.IsInteger(output), random),
        };
    }

    // A packed result holds no sums of 64 bits.
    private static Accumulator DrawAccumulator(Cell cell, bool dequantise, SeededRandom random) =>
        !cell.IsInteger ? Accumulator.Default
        : dequantise && random.Chance(cell.NeedsWideSum ? 0.6 : 0.1) ? Accumulator.Int64
        : cell.NeedsWideSum || random.Chance(0.15) ? Accumulator.Int32Wrap : Accumulator.Default;

    private static SddmmSpec DrawFactors(bool integerOutput, SeededRandom random)
    {
        bool masked = !integerOutput && random.Chance(0.3);
        return random.Next(0, 2) switch
        {
            0 => new SddmmSpec(HasScaleArgument: true, IsMasked: masked),
            1 => new SddmmSpec(random.Pick(0.125f, 0.08838835f, 3f), IsMasked: masked),
            _ => new SddmmSpec(IsMasked: masked),
        };
    }
}
