using Intarsia.Compiler.Specs;

namespace Intarsia.ProductSpace.Drawing;

/// <summary>Draws products of butterfly factors: a span of them, and extents that are constants.</summary>
internal static class ButterflyDraw
{
    public static KernelSpec Draw(Cell cell, SeededRandom random)
    {
        (Tpp[] chain, NumberFormat output) = ChainDraw.Draw(integerResult: false, dequantise: false, batch: false, random);
        return new KernelSpec
        {
            Operation = Operation.Butterfly,
            Weights = new WeightSpec { Format = cell.Weights!.Value, Storage = WeightStorage.Span },
            X = new ActivationSpec { Format = cell.X, Layout = random.Pick(MatrixLayout.RowMajor, MatrixLayout.TokenMajor) },
            Y = new OutputSpec { Format = output, Layout = random.Pick(MatrixLayout.RowMajor, MatrixLayout.TokenMajor) },
            Epilogue = chain,
            Butterfly = new ButterflySpec(random.Pick(1, 1, 1, 2, 3), random.Chance(0.5), random.Chance(0.3)),
        };
    }

    /// <summary>Sizes that a butterfly product has: two elements or more in X, rows, and even numbers of both where elements are complex. As long as others would be, or as powers of two.</summary>
    public static CallSizes Fit(KernelSpec spec, CallSizes sizes, SeededRandom random)
    {
        int parts = spec.Butterfly!.Parts;
        int depth = random.Chance(0.3) ? random.Pick(2, 4, 8, 16, 64, 128, 256, 512) : Math.Min(sizes.Depth, 1500);
        int Whole(int extent, int least) => Math.Max((extent + parts - 1) / parts, least) * parts;
        depth = Whole(depth, 2);
        return sizes with { Rows = Whole(random.Chance(0.4) ? depth : sizes.Rows, 1), Depth = depth };
    }
}
