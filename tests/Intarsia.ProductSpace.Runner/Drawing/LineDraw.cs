using Intarsia.Compiler.Specs;

namespace Intarsia.ProductSpace.Drawing;

/// <summary>Draws the operations without weights, which go through X line by line.</summary>
internal static class LineDraw
{
    public static KernelSpec Draw(Cell cell, SeededRandom random)
    {
        bool dequantise = cell.IsInteger && random.Chance(0.75);
        (Tpp[] chain, NumberFormat output) = ChainDraw.Draw(cell.IsInteger && !dequantise, dequantise, batch: false, random);
        MatrixLayout layout = random.Pick(MatrixLayout.RowMajor, MatrixLayout.TokenMajor);
        return new KernelSpec
        {
            Operation = cell.Operation,
            X = new ActivationSpec { Format = cell.X, Layout = layout, Scale = dequantise ? random.Pick(Per.None, Per.Tensor, Per.Token, Per.Token) : Per.None },
            Y = new OutputSpec { Format = output, Layout = layout },
            Epilogue = chain,
            Norm = cell.Operation switch
            {
                Operation.LayerNorm => new NormSpec(DrawEpsilon(random), random.Chance(0.7), random.Chance(0.7)),
                Operation.RmsNorm => new NormSpec(DrawEpsilon(random), random.Chance(0.7)),
                _ => null,
            },
            Softmax = cell.Operation == Operation.Softmax ? DrawSoftmax(random) : null,
        };
    }

    private static float DrawEpsilon(SeededRandom random) => random.Pick(NormSpec.DefaultEpsilon, NormSpec.DefaultEpsilon, 1e-6f, 0.0123f);

    private static SoftmaxSpec DrawSoftmax(SeededRandom random) => random.Next(0, 3) switch
    {
        0 => new SoftmaxSpec(HasScaleArgument: true),
        1 => new SoftmaxSpec(random.Pick(0.125f, 0.08838835f, 3f, 1e-3f)),
        _ => new SoftmaxSpec(),
    };
}
