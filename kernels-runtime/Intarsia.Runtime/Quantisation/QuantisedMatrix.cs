using System.Numerics;
using System.Numerics.Tensors;

namespace Intarsia;

/// <summary>A dense matrix of integers with the scales that turn them into numbers: value = (q − zero)·scale.</summary>
public sealed class QuantisedMatrix
{
    /// <summary>Checks and wraps the arrays; they are not copied.</summary>
    /// <param name="values">rows×depth integers in row-major order; each in the range of the format.</param>
    /// <param name="scales">None: empty. Tensor: one. Row: rows. Group: rows × ⌈depth / group⌉, row-major. Each positive and finite.</param>
    /// <param name="zeroPoints">As many as scales and in the format's range, or empty for symmetric quantisation.</param>
    /// <param name="rows">Number of rows.</param>
    /// <param name="depth">Number of columns.</param>
    /// <param name="format">An integer of 16, 12, 8 or 4 bits, of a table or of planes; zero points only for <see cref="NumberFormat.Int8"/>, <see cref="NumberFormat.Int4"/> and <see cref="NumberFormat.Planes1"/> to <see cref="NumberFormat.Planes7"/>.</param>
    /// <param name="scale">What shares a scale.</param>
    /// <param name="scaleGroup">Length of a scale group in depth for <see cref="Per.Group"/>, else 0.</param>
    /// <exception cref="ArgumentException">The format, the scale or a length is wrong.</exception>
    /// <exception cref="IntarsiaFormatException">A value, scale or zero point is out of range.</exception>
    public QuantisedMatrix(int[] values, float[] scales, sbyte[] zeroPoints, int rows, int depth, NumberFormat format, Per scale, int scaleGroup = 0)
    {
        ArgumentNullException.ThrowIfNull(values);
        ArgumentNullException.ThrowIfNull(scales);
        ArgumentNullException.ThrowIfNull(zeroPoints);
        WeightLayout layout = new WeightLayout(Pattern.Dense, format) { Scale = scale, ScaleGroup = scaleGroup, Asymmetric = zeroPoints.Length > 0 }.Validate();
        if (layout.Planes > 0)
            throw new ArgumentException($"A quantised matrix holds integers with one scale each; {format} weights are a {nameof(BinaryCodedMatrix)}.", nameof(format));
        if (!layout.IsInteger)
            throw new ArgumentException($"A quantised matrix holds integers, not {format}.", nameof(format));
        Extents.RequireDense(values.Length, rows, depth, nameof(values));
        IntegerFormats.Check(values, format, "quantised value");
        if (Codebooks.IsOfIntegers(format)) Codebooks.Exact(values.Select(value => (float)value), layout);
        new ScaleGrid(scale, scaleGroup, rows, depth).Check(scales, zeroPoints, layout);
        Values = values;
        Scales = scales;
        ZeroPoints = zeroPoints;
        Rows = rows;
        Depth = depth;
        Format = format;
        Scale = scale;
        ScaleGroup = scaleGroup;
    }

    /// <summary>The integers, rows×depth row-major; <see cref="ToArray{T}"/> gives them as the elements of a span.</summary>
    public int[] Values { get; }

    /// <summary>The scales.</summary>
    public float[] Scales { get; }

    /// <summary>The zero points; empty where quantisation is symmetric.</summary>
    public sbyte[] ZeroPoints { get; }

    /// <summary>Number of rows.</summary>
    public int Rows { get; }

    /// <summary>Number of columns.</summary>
    public int Depth { get; }

    /// <summary>The format of the integers.</summary>
    public NumberFormat Format { get; }

    /// <summary>What shares a scale.</summary>
    public Per Scale { get; }

    /// <summary>Length of a scale group in depth, or 0.</summary>
    public int ScaleGroup { get; }

    /// <summary>The integers as another type, such as <see cref="sbyte"/> for weights in a span of <see cref="NumberFormat.Int8"/>, rows×depth row-major.</summary>
    /// <typeparam name="T">An integer that holds the whole range of <see cref="Format"/>.</typeparam>
    /// <exception cref="InvalidOperationException">It does not.</exception>
    public T[] ToArray<T>()
        where T : unmanaged, IBinaryInteger<T>
    {
        (int min, int max) = IntegerFormats.Range(Format);
        if (int.CreateSaturating(T.CreateSaturating(min)) != min || int.CreateSaturating(T.CreateSaturating(max)) != max)
            throw new InvalidOperationException($"{typeof(T).Name} does not hold the range of {Format}, {min} to {max}.");
        var elements = new T[Values.Length];
        TensorPrimitives.ConvertTruncating<int, T>(Values, elements);
        return elements;
    }

    /// <summary>The same integers and scales in another format that holds them: <see cref="NumberFormat.ByteCodebook16"/> or <see cref="NumberFormat.ShortCodebook256"/>, so that one kernel serves every format of 16 bytes, or of 256 integers.</summary>
    /// <exception cref="IntarsiaFormatException">It does not hold them.</exception>
    public QuantisedMatrix As(NumberFormat format) => new(Values, Scales, ZeroPoints, Rows, Depth, format, Scale, ScaleGroup);

    /// <summary>Writes (q − zero)·scale for each element to a rows×depth row-major span; without scales, q.</summary>
    public void Dequantise(Span<float> dense)
    {
        Extents.RequireDense(dense.Length, Rows, Depth, nameof(dense));
        var grid = new ScaleGrid(Scale, ScaleGroup, Rows, Depth);
        for (int row = 0; row < Rows; row++)
        {
            for (int k = 0; k < Depth; k++)
            {
                int s = grid.Index(row, k), i = row * Depth + k;
                int zero = ZeroPoints.Length > 0 ? ZeroPoints[s] : 0;
                dense[i] = (Values[i] - zero) * (Scale == Per.None ? 1 : Scales[s]);
            }
        }
    }
}
