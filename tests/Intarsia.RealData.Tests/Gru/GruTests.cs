using Intarsia.Compiler.Specs;
using Intarsia.RealData.Tests.Data;
using Intarsia.Verification;
using Xunit;

namespace Intarsia.RealData.Tests.Gru;

/// <summary>Weights that were trained to be int8, with the scales their file gives: the kernels must give the reference's result bit for bit.</summary>
[Trait("Category", "RealData")]
public class GruTests
{
    private const int Rows = 1152;
    private const int Depth = 384;

    public static TheoryData<string> Layers => new("gru1_input", "gru1_recurrent", "gru2_input", "gru2_recurrent", "gru3_input", "gru3_recurrent");

    [SkippableTheory]
    [MemberData(nameof(Layers))]
    public void Step_OneColumn_EqualsTheReference(string name)
    {
        GruLayer layer = GruLayer.Load(name);
        sbyte[] x = new sbyte[Depth];
        var random = new Random(1);
        for (int k = 0; k < Depth; k++)
            x[k] = (sbyte)random.Next(-128, 128);
        const float XScale = 1 / 127f;
        var y = new float[Rows];

        GruKernels.Step(layer.Pack(GruKernels.StepKernel.Weights!), x, XScale, layer.Bias, y);

        ReferenceOperands operands = layer.Operands(1, Array.ConvertAll(x, value => (double)value), [XScale]);
        Assert.Null(SpecReference.Execute(KernelName.Parse(GruKernels.StepKernel.Name), operands).FirstMismatch<float>(y));
    }

    [SkippableTheory]
    [MemberData(nameof(Layers))]
    public void Frames_UnsignedTokens_EqualsTheReference(string name)
    {
        const int Tokens = 37;
        GruLayer layer = GruLayer.Load(name);
        byte[] x = new byte[Tokens * Depth];
        new Random(2).NextBytes(x);
        float[] scales = [.. Enumerable.Range(1, Tokens).Select(token => token / 1000f)];
        var y = new float[Tokens * Rows];

        GruKernels.Frames(layer.Pack(GruKernels.FramesKernel.Weights!), x, scales, layer.Bias, y, Tokens);

        var logical = new double[x.Length];
        for (int i = 0; i < x.Length; i++)
            logical[i % Depth * Tokens + i / Depth] = x[i];
        ReferenceOperands operands = layer.Operands(Tokens, logical, Array.ConvertAll(scales, value => (double)value));
        Assert.Null(SpecReference.Execute(KernelName.Parse(GruKernels.FramesKernel.Name), operands).FirstMismatch<float>(y, MatrixLayout.TokenMajor));
    }

    /// <summary>One product of the network: int8 weights, a scale per row, a bias.</summary>
    private sealed record GruLayer(string Name, sbyte[] Weights, float[] Scales, float[] Bias)
    {
        private const string Path = "int8-gru/rnnoise.safetensors";

        public static GruLayer Load(string name)
        {
            using var file = SafetensorsFile.Open(DataFolder.Require(Path));
            Assert.Equal([Rows, Depth], file[$"{name}.weight"].Shape.ToArray());
            return new GruLayer(name, file[$"{name}.weight"].GetSBytes(), file[$"{name}.scale"].GetFloats(), file[$"{name}.bias"].GetFloats());
        }

        public PackedMatrix Pack(WeightLayout layout)
        {
            using var file = SafetensorsFile.Open(DataFolder.Require(Path));
            return file[$"{Name}.weight"].Pack(layout, Scales);
        }

        public ReferenceOperands Operands(int columns, double[] x, double[] xScales) => new()
        {
            Rows = Rows,
            Depth = Depth,
            Columns = columns,
            Weights = Array.ConvertAll(Weights, value => (double)value),
            WeightScales = Array.ConvertAll(Scales, value => (double)value),
            X = x,
            XScales = xScales,
            Biases = [Array.ConvertAll(Bias, value => (double)value)],
        };
    }
}
