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
        };
    }
}
