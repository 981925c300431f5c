using Xunit;

namespace Intarsia.RealData.Tests.Data;

[Trait("Category", "RealData")]
public class SparseMatricesTests
{
    [SkippableFact]
    public void HandLandmark_Loaded_HasTheKnownCounts()
    {
        IReadOnlyList<(string Name, CsrMatrix Matrix)> matrices = SparseMatrices.HandLandmark();
        Assert.Equal(37, matrices.Count);
        Assert.Equal(533_867, matrices.Sum(item => item.Matrix.ColumnIndices.Length));
        (string _, CsrMatrix largest) = matrices.Single(item => item.Name == "m23_1152x192");
        Assert.Equal((1152, 192, 43_257), (largest.Rows, largest.Depth, largest.ColumnIndices.Length));
        Assert.All(matrices, item => Assert.All(item.Matrix.Values!, value => Assert.True(float.IsFinite(value) && value == (float)(Half)value)));
    }

    [SkippableFact]
    public void Dlmc_Loaded_HasTheKnownSizes()
    {
        var sizes = SparseMatrices.Dlmc().ToDictionary(item => item.Name, item => (item.Matrix.Rows, item.Matrix.Depth, item.Matrix.ColumnIndices.Length));
        Assert.Equal(12, sizes.Count);
        Assert.Equal((1000, 2048, 204_800), sizes["rn50/magnitude_pruning/0.9/final_dense.smtx.gz"]);
        Assert.Equal((512, 2048, 52_428), sizes["transformer/magnitude_pruning/0.95/body_decoder_layer_0_ffn_conv2_fully_connected.smtx.gz"]);
        Assert.Equal((2048, 512, 20_971), sizes["transformer/magnitude_pruning/0.98/body_decoder_layer_0_ffn_conv1_fully_connected.smtx.gz"]);
    }
}
