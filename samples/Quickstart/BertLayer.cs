using Intarsia;

namespace Quickstart;

/// <summary>A layer of BERT's size on random values: there is nothing to be right about but the arithmetic, so this is a run for speed.</summary>
internal static class BertLayer
{
    /// <summary>Tokens in a call.</summary>
    public const int Tokens = 128;

    /// <summary>Draws weights and activations from a fixed seed, and binds them to the kernels and the baselines.</summary>
    public static (Variant[] Variants, Baseline[] Baselines) Create()
    {
        var random = new Random(768);
        float[] weights = Draw(random, Bert.Rows * Bert.Depth, 0.05f), bias = Draw(random, Bert.Rows, 0.1f), x = Draw(random, Tokens * Bert.Depth, 1);
        var bytes = new byte[Tokens * Bert.Depth];
        random.NextBytes(bytes);
        const float ByteScale = 1f / 128;

        var dense = new Layer(weights, bias);
        Layer twoOfFour = Pruned(dense, values => Pruner.NM(values, Bert.Rows, Bert.Depth, n: 2, m: 4));
        Layer oneOfFour = Pruned(dense, values => Pruner.NM(values, Bert.Rows, Bert.Depth, n: 1, m: 4));
        Layer vectors = Pruned(dense, values => Pruner.VectorRows(values, Bert.Rows, Bert.Depth, v: 4, sparsity: 0.75));

        var denseFloat = new FloatLayer(Bert.DenseFloat, Bert.DenseFloat, Bert.DenseFloatKernel, dense, x, Tokens);
        var int8 = new DequantisingLayer(Bert.TwoOfFourInt8, Bert.TwoOfFourInt8, Bert.TwoOfFourInt8Kernel, twoOfFour, bytes, ByteScale, Tokens);
        var int4 = new DequantisingLayer(Bert.OneOfFourInt4, Bert.OneOfFourInt4, Bert.OneOfFourInt4Kernel, oneOfFour, bytes, ByteScale, Tokens);
        var vectorsFloat = new FloatLayer(Bert.VectorsFloat, Bert.VectorsFloat, Bert.VectorsFloatKernel, vectors, x, Tokens);
        var y = new float[Tokens * Bert.Rows];
        return (
            [
                new Variant("fp32 dense", [denseFloat], denseFloat.Y),
                new Variant("int8 2:4", [int8], int8.Y),
                new Variant("int4 1:4", [int4], int4.Y),
                new Variant("fp32 4x1, 75 % zero", [vectorsFloat], vectorsFloat.Y),
            ],
            [
                new Baseline("plain fp32 loop", () => dense.PlainLoop(x, y, Tokens, relu: true), dense.WeightBytes, y),
                new Baseline("TensorPrimitives", () => dense.DotProducts(x, y, Tokens, relu: true), dense.WeightBytes, y),
            ]);
    }

    private static float[] Draw(Random random, int count, float limit)
    {
        var values = new float[count];
        for (int i = 0; i < count; i++) values[i] = (2 * random.NextSingle() - 1) * limit;
        return values;
    }

    private static Layer Pruned(Layer layer, Action<float[]> prune)
    {
        float[] weights = [.. layer.Weights];
        prune(weights);
        return layer with { Weights = weights };
    }
}
