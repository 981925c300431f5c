using Intarsia.RealData.Tests.Data;
using Xunit;
using Xunit.Abstractions;

namespace Intarsia.RealData.Tests.Basis;

/// <summary>What decomposing trained weights into coefficients and bases loses, beside what SmartDeal's published code loses on the same rows and filters.</summary>
[Trait("Category", "RealData")]
public class PublishedErrorTests(ITestOutputHelper output)
{
    /// <summary>
    /// The published code (VITA-Group/SmartDeal at 8e1de77, run under NumPy 1.24 in binary64: 30 turns, coefficients below 0.001 become 0, none above 32) gives these sums of squared errors with a basis for each filter (ResNet-20, threes are rows of 3×3)
    /// or row (KWT-1). Its coefficients there have nine to twelve exponents, of five bits and more; ours have seven, and a coefficient four bits.
    /// </summary>
    [SkippableTheory]
    [InlineData("resnet20/resnet20.safetensors", "conv1.weight", 0.8530365218781759)]
    [InlineData("resnet20/resnet20.safetensors", "layer1.0.conv1.weight", 0.9966151813771741)]
    [InlineData("resnet20/resnet20.safetensors", "layer2.0.conv2.weight", 3.294382326306597)]
    [InlineData("resnet20/resnet20.safetensors", "layer3.0.conv2.weight", 9.57882974033971)]
    [InlineData("resnet20/resnet20.safetensors", "layer3.2.conv2.weight", 1.9481661738970992)]
    [InlineData("kwt1/kwt1.safetensors", "layers.0.q.weight", 0.23815722575961365)]
    [InlineData("kwt1/kwt1.safetensors", "layers.0.out.weight", 0.12664385652169372)]
    [InlineData("kwt1/kwt1.safetensors", "layers.7.ffn2.weight", 0.3514074702152466)]
    public void Decompose_TrainedWeights_LosesLessThanThePublishedCode(string path, string name, double published)
    {
        using var file = SafetensorsFile.Open(DataFolder.Require(path));
        float[] dense = file[name].GetFloats(), back = new float[dense.Length];
        int rows = (int)file[name].Shape[0], depth = dense.Length / rows;

        BasisDecomposition found = BasisSolver.Decompose(dense, rows, depth, Per.Row);

        double energy = dense.Sum(w => (double)w * w);
        output.WriteLine($"{name}: {found.Errors[^1] / energy:P2} of the squares, at first {found.Errors[0] / energy:P2}; published {published / energy:P2}");
        Assert.InRange(found.Errors[^1], 0.4 * published, 0.9 * published);
        for (int turn = 1; turn < found.Errors.Count; turn++) Assert.True(found.Errors[turn] <= found.Errors[turn - 1], $"turn {turn}: {found.Errors[turn]} after {found.Errors[turn - 1]}");
        found.Matrix.Decode(back);
        Assert.Equal(1, dense.Zip(back, (w, r) => ((double)w - r) * ((double)w - r)).Sum() / found.Errors[^1], 1e-5);
        // Four bits for each coefficient, nine numbers for each basis.
        PackedMatrix packed = PackedMatrix.Pack(found.Matrix, new WeightLayout(Pattern.Dense, NumberFormat.PowerOfTwoBasis) { Scale = Per.Row });
        Assert.Equal((dense.Length + 1) / 2 + rows * BasisMatrix.Entries * sizeof(float), packed.SizeInBytes);
    }
}
