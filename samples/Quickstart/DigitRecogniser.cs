using Intarsia;

namespace Quickstart;

/// <summary>Builds the digit networks in their four forms, and in plain code.</summary>
internal sealed class DigitRecogniser(string folder, Digits training, Digits heldOut)
{
    private readonly float[] inputs = heldOut.Inputs();

    /// <summary>The four forms.</summary>
    public Variant[] Variants() =>
    [
        Float("fp32 dense", "dense", (Dense.First, Dense.First, Dense.FirstKernel), (Dense.Hidden, Dense.Hidden, Dense.HiddenKernel), (Dense.Last, Dense.Last, Dense.LastKernel)),
        TwoOfFour(),
        Integer("int4 1:4", "nm1of4", (OneOfFourInt4.First, OneOfFourInt4.First, OneOfFourInt4.FirstKernel), (OneOfFourInt4.Hidden, OneOfFourInt4.Hidden, OneOfFourInt4.HiddenKernel), (OneOfFourInt4.Last, OneOfFourInt4.Last, OneOfFourInt4.LastKernel)),
        Float("fp32 4x1, 75 % zero", "vectors4", (Vectors4.First, Vectors4.First, Vectors4.FirstKernel), (Vectors4.Hidden, Vectors4.Hidden, Vectors4.HiddenKernel), (Vectors4.Last, Vectors4.Last, Vectors4.LastKernel)),
    ];

    /// <summary>The form in int8 with 2:4-sparse weights.</summary>
    public Variant TwoOfFour() =>
        Integer("int8 2:4", "nm2of4", (TwoOfFourInt8.First, TwoOfFourInt8.First, TwoOfFourInt8.FirstKernel), (TwoOfFourInt8.Hidden, TwoOfFourInt8.Hidden, TwoOfFourInt8.HiddenKernel), (TwoOfFourInt8.Last, TwoOfFourInt8.Last, TwoOfFourInt8.LastKernel));

    /// <summary>The dense network in plain code and with <c>TensorPrimitives</c>.</summary>
    public Baseline[] Baselines()
    {
        Layer[] layers = Layer.Load(folder, "dense");
        return
        [
            Baseline("plain fp32 loop", (layer, x, y, relu) => layer.PlainLoop(x, y, heldOut.Count, relu)),
            Baseline("TensorPrimitives", (layer, x, y, relu) => layer.DotProducts(x, y, heldOut.Count, relu)),
        ];

        Baseline Baseline(string name, Action<Layer, float[], float[], bool> run)
        {
            float[][] y = Array.ConvertAll(layers, layer => new float[heldOut.Count * layer.Rows]);
            return new Baseline(name, Forward, layers.Sum(layer => layer.WeightBytes), y[^1]);

            void Forward()
            {
                for (int i = 0; i < layers.Length; i++) run(layers[i], i == 0 ? inputs : y[i - 1], y[i], i < layers.Length - 1);
            }
        }
    }

    private Variant Float(string name, string network, params (FloatKernel Kernel, FloatDeviceKernel OnDevice, KernelInfo Info)[] kernels)
    {
        Layer[] layers = Layer.Load(folder, network);
        var bound = new FloatLayer[layers.Length];
        for (int i = 0; i < layers.Length; i++)
            bound[i] = new FloatLayer(kernels[i].Kernel, kernels[i].OnDevice, kernels[i].Info, layers[i], i == 0 ? inputs : bound[i - 1].Y, heldOut.Count);
        return new Variant(name, bound, bound[^1].Y);
    }

    private Variant Integer(
        string name, string network, (RequantisingKernel Kernel, RequantisingDeviceKernel OnDevice, KernelInfo Info) first, (RequantisingKernel Kernel, RequantisingDeviceKernel OnDevice, KernelInfo Info) hidden,
        (DequantisingKernel Kernel, DequantisingDeviceKernel OnDevice, KernelInfo Info) last)
    {
        Layer[] layers = Layer.Load(folder, network);
        float[] scales = ActivationScales(layers);
        var one = new RequantisingLayer(first.Kernel, first.OnDevice, first.Info, layers[0], heldOut.Pixels, 1 / Digits.PixelMaximum, scales[0], heldOut.Count);
        var two = new RequantisingLayer(hidden.Kernel, hidden.OnDevice, hidden.Info, layers[1], one.Y, scales[0], scales[1], heldOut.Count);
        var three = new DequantisingLayer(last.Kernel, last.OnDevice, last.Info, layers[2], two.Y, scales[1], heldOut.Count);
        return new Variant(name, [one, two, three], three.Y);
    }

    /// <summary>One scale per hidden layer, such that 255 is the largest activation on the training digits. Pixels need no calibration: 0…16 are bytes as they stand.</summary>
    private float[] ActivationScales(Layer[] layers)
    {
        var scales = new float[layers.Length - 1];
        float[] x = training.Inputs();
        for (int i = 0; i < scales.Length; i++)
        {
            var y = new float[training.Count * layers[i].Rows];
            layers[i].DotProducts(x, y, training.Count, relu: true);
            scales[i] = y.Max() / byte.MaxValue;
            x = y;
        }
        return scales;
    }

    /// <summary>The share of held-out digits whose largest logit is the right one.</summary>
    public double Accuracy(float[] logits)
    {
        int classes = logits.Length / heldOut.Count, right = 0;
        for (int n = 0; n < heldOut.Count; n++)
        {
            ReadOnlySpan<float> own = logits.AsSpan(n * classes, classes);
            if (System.Numerics.Tensors.TensorPrimitives.IndexOfMax(own) == heldOut.Labels[n]) right++;
        }
        return (double)right / heldOut.Count;
    }
}
