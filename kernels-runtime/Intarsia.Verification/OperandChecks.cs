using Intarsia.Compiler.Specs;

namespace Intarsia.Verification;

/// <summary>Refuses operands that do not fit a spec, so that a harness error cannot pass as a kernel error.</summary>
internal static class OperandChecks
{
    public static void Check(KernelSpec spec, ReferenceOperands o)
    {
        Extent("rows", spec.Rows, o.Rows);
        if (spec.IsContraction) Extent("depth", spec.Depth, o.Depth);
        Extent("columns", spec.Columns, o.Columns);
        if (spec.Operation == Operation.BatchReduceGemm)
        {
            Count(nameof(o.BatchWeights), o.BatchWeights.Count, o.BatchCount);
            Count(nameof(o.BatchX), o.BatchX.Count, o.BatchCount);
            foreach (double[] weights in o.BatchWeights) Length(nameof(o.BatchWeights), weights, o.Rows * o.Depth);
            foreach (double[] x in o.BatchX) Length(nameof(o.BatchX), x, o.Depth * o.Columns);
            if (spec.Batch is { HasBeta: true } && o.Beta != 0) Length(nameof(o.InitialY), o.InitialY, o.Rows * o.Columns);
        }
        else if (!spec.IsContraction)
        {
            Length(nameof(o.X), o.X, o.Rows * o.Columns);
            int line = spec.X.Layout == MatrixLayout.TokenMajor ? o.Rows : o.Columns;
            if (spec.Norm is { HasGamma: true }) Length(nameof(o.Gamma), o.Gamma, line);
            if (spec.Norm is { HasBeta: true }) Length(nameof(o.Shift), o.Shift, line);
            Chain(spec, o);
            return;
        }
        else if (spec.Rgms is { } relational)
        {
            Length(nameof(o.Weights), o.Weights, o.Rows * relational.Relations * o.Depth);
            Length(nameof(o.Edges), o.Edges, o.Columns * relational.Relations * o.Sources);
            Length(nameof(o.X), o.X, o.Depth * o.Sources);
        }
        else
        {
            Length(nameof(o.Weights), o.Weights, spec.Butterfly is { } butterfly ? checked((int)butterfly.Count(o.Rows, o.Depth)) : o.Rows * o.Depth);
            Length(nameof(o.X), o.X, o.Depth * o.Columns);
        }
        if (spec.Operation == Operation.Sddmm)
        {
            if (o.Sampled.Length != o.Rows * o.Columns) throw new ArgumentException($"{nameof(o.Sampled)} has {o.Sampled.Length} elements; expected {o.Rows * o.Columns}.");
            if (spec.Sddmm is { IsMasked: true }) Length(nameof(o.InitialY), o.InitialY, o.Rows * o.Columns);
        }
        if (o.Stored is not null && o.Stored.Length != o.Rows * o.Depth)
            throw new ArgumentException($"{nameof(o.Stored)} has {o.Stored.Length} elements; expected {o.Rows * o.Depth}.");

        int? scales = spec.Weights.Scale switch
        {
            Per.Tensor => 1,
            Per.Row => o.Rows,
            Per.Group => spec.Weights.ScaleGroup > 0
                ? o.Rows * ((o.Depth + spec.Weights.ScaleGroup - 1) / spec.Weights.ScaleGroup)
                : throw new ArgumentException("The weights have a scale per group, but no group length."),
            _ => null,
        };
        if (scales is { } expected && (!spec.IsIntegerContraction || spec.Epilogue.Contains(Tpp.Dequantise))) Length(nameof(o.WeightScales), o.WeightScales, expected * PlaneReference.ScalesOfGroup(spec.Weights));
        if (scales is { } points && spec.Weights.Asymmetric && !NumberFormats.IsBinaryCoded(spec.Weights.Format)) Length(nameof(o.WeightZeroPoints), o.WeightZeroPoints, points);
        Chain(spec, o);
    }

    private static void Chain(KernelSpec spec, ReferenceOperands o)
    {
        foreach (double[] bias in o.Biases) Length(nameof(o.Biases), bias, o.Rows);
        foreach (double[] residual in o.Residuals) Length(nameof(o.Residuals), residual, o.Rows * o.Columns);
        foreach (double[] multiplier in o.Multipliers) Length(nameof(o.Multipliers), multiplier, o.Rows * o.Columns);
        Count(nameof(o.Biases), o.Biases.Count, spec.Epilogue.Count(step => step == Tpp.Bias));
        Count(nameof(o.Residuals), o.Residuals.Count, spec.Epilogue.Count(step => step == Tpp.Residual));
        Count(nameof(o.Multipliers), o.Multipliers.Count, spec.Epilogue.Count(step => step == Tpp.Multiply));

        bool dequantised = spec.Epilogue.Contains(Tpp.Dequantise);
        if (dequantised && !spec.StartsAsInteger) throw new ArgumentException($"{nameof(Tpp.Dequantise)} stands in the chain of a float contraction.");
        if (dequantised && spec.Epilogue[0] != Tpp.Dequantise && spec.Epilogue.TakeWhile(step => step != Tpp.Dequantise).Any(step => step is not (Tpp.Relu or Tpp.Bias)))
            throw new ArgumentException($"{nameof(Tpp.Dequantise)} must come before the float steps.");
        if (spec.StartsAsInteger && !dequantised && spec.Epilogue.Any(step => step is not (Tpp.Relu or Tpp.Bias)))
            throw new ArgumentException($"A raw 32-bit accumulator takes only {nameof(Tpp.Relu)} and {nameof(Tpp.Bias)}.");
        if (dequantised && spec.X.Scale is Per.Tensor or Per.Token) Length(nameof(o.XScales), o.XScales, spec.X.Scale == Per.Tensor ? 1 : o.Columns);
        int requantise = spec.Epilogue.ToList().IndexOf(Tpp.Requantise);
        bool narrow = spec.Y.Format is NumberFormat.Int8 or NumberFormat.UInt8 || NumberFormats.IsBitPlanes(spec.Y.Format);
        if (narrow != (requantise >= 0) || (requantise >= 0 && requantise != spec.Epilogue.Count - 1))
            throw new ArgumentException($"{nameof(Tpp.Requantise)} makes a result of 8 bits or of planes and comes last; the chain is {spec.Epilogue} and Y is {spec.Y.Format}.");
    }

    private static void Extent(string name, Extent declared, int actual)
    {
        if (actual < 0) throw new ArgumentException($"{name} is {actual}; expected 0 or more.");
        if (declared.IsConstant && declared.Constant != actual) throw new ArgumentException($"{name} is {actual}; the spec declares {declared.Constant}.");
    }

    private static void Count(string name, int actual, int expected)
    {
        if (actual != expected) throw new ArgumentException($"{name} holds {actual} operands; the spec needs {expected}.");
    }

    private static void Length(string name, double[]? values, int expected)
    {
        if (values is null && expected == 0) return;
        if (values is null) throw new ArgumentException($"{name} is missing; expected {expected} elements.");
        if (values.Length != expected) throw new ArgumentException($"{name} has {values.Length} elements; expected {expected}.");
    }
}
