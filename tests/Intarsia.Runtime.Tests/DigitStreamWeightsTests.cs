using System.Runtime.InteropServices;
using Intarsia.Kernels;
using Xunit;

namespace Intarsia.Runtime.Tests;

/// <summary>Weights in digits of eight bits: put together again they are the weights, in every order that a format has.</summary>
public class DigitStreamWeightsTests
{
    private const int Stride = 32;

    public static TheoryData<NumberFormat, int> Orders => new()
    {
        { NumberFormat.Int8, DigitStreamWeights.Single },
        { NumberFormat.UInt8, DigitStreamWeights.Single },
        { NumberFormat.Int4, DigitStreamWeights.Single },
        { NumberFormat.UInt4, DigitStreamWeights.Single },
        { NumberFormat.Int16, DigitStreamWeights.Apart },
        { NumberFormat.UInt16, DigitStreamWeights.Stacked },
        { NumberFormat.Int12, DigitStreamWeights.Stacked },
        { NumberFormat.UInt12, DigitStreamWeights.Stacked },
    };

    [Theory]
    [MemberData(nameof(Orders))]
    public void Prepare_AnyMatrix_HoldsItsElementsInDigits(NumberFormat format, int order) => PackedCase.ForAll(format, c =>
    {
        // Zero points are subtracted before digits are taken: what reads digits takes no weights that have any.
        if (c.Layout.Asymmetric) return;
        PackedMatrix packed = c.Pack();
        DigitStreamWeights weights = new Preparation<DigitStreamWeights>(order, Stride, 0).Of(packed);
        int v = packed.VectorLength, groups = packed.GroupCount;
        ReadOnlySpan<int> starts = MemoryMarshal.CreateReadOnlySpan(ref weights.SegmentStarts, groups + 1), rows = MemoryMarshal.CreateReadOnlySpan(ref weights.SegmentGroups, groups);
        ReadOnlySpan<int> indices = MemoryMarshal.CreateReadOnlySpan(ref weights.Indices, starts[groups]);
        ReadOnlySpan<byte> top = MemoryMarshal.CreateReadOnlySpan(ref weights.TopDigits, starts[groups] * v * (order == DigitStreamWeights.Stacked ? 2 : 1));
        ReadOnlySpan<byte> low = MemoryMarshal.CreateReadOnlySpan(ref weights.LowDigits, order == DigitStreamWeights.Apart ? starts[groups] * v : 0);
        bool isSigned = PackedCase.Range(format).Minimum < 0;
        int Digit(byte bits) => isSigned ? (sbyte)bits : bits;

        var dense = new int[c.Rows * c.Depth];
        for (int segment = 0; segment < groups; segment++)
        {
            for (int p = starts[segment]; p < starts[segment + 1]; p++)
            {
                for (int lane = 0; lane < v; lane++)
                {
                    int line = p / Stride * v + lane, entry = p % Stride, row = rows[segment] * v + lane;
                    int value = order switch
                    {
                        DigitStreamWeights.Stacked => Digit(top[2 * line * Stride + entry]) + 256 * Digit(top[(2 * line + 1) * Stride + entry]),
                        DigitStreamWeights.Apart => low[line * Stride + entry] + 256 * Digit(top[line * Stride + entry]),
                        _ => Digit(top[line * Stride + entry]),
                    };
                    if (indices[p] < 0 || row >= c.Rows) Assert.Equal(0, value);
                    else dense[row * c.Depth + indices[p]] = value;
                }
            }
        }
        Assert.Equal(c.Integers, dense);
    });

    [Fact]
    public void Prepare_Floats_IsRefused()
    {
        PackedMatrix floats = PackedMatrix.Pack([1f, 2f], 1, 2, new WeightLayout(Pattern.Csr, NumberFormat.Float32));
        Assert.Contains("csr f32", Assert.Throws<NotSupportedException>(() => new Preparation<DigitStreamWeights>(DigitStreamWeights.Single, Stride, 0).Of(floats)).Message);
    }
}
