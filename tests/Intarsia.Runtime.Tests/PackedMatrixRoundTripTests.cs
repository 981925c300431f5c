using Xunit;

namespace Intarsia.Runtime.Tests;

public class PackedMatrixRoundTripTests
{
    public static TheoryData<NumberFormat> Formats => new(Layouts.Formats);

    [Theory]
    [MemberData(nameof(Formats))]
    public void EveryPattern_SmallSizesWithRaggedTails_UnpacksAndLoadsTheSame(NumberFormat format)
    {
        var random = new Random(1);
        foreach (WeightLayout layout in Layouts.Of(format))
        {
            foreach ((int rows, int depth) in ((int, int)[])[(0, 0), (0, 5), (3, 0), (1, 1), (5, 3), (17, 33), (16, 64), (9, 50)])
            {
                if (layout.IsInteger)
                {
                    int limit = format == NumberFormat.Int4 ? 8 : 128;
                    var q = new sbyte[rows * depth];
                    for (int i = 0; i < q.Length; i++)
                        q[i] = (sbyte)random.Next(-limit, limit);
                    Layouts.Thin<sbyte>(q, rows, depth, layout, random, (_, _) => 0);
                    var back = new sbyte[q.Length];
                    PackedMatrix packed = PackedMatrix.Pack(q, rows, depth, layout);
                    packed.UnpackIntegers(back);
                    Assert.Equal(q, back);
                    Reload(packed).UnpackIntegers(back);
                    Assert.Equal(q, back);
                }
                else
                {
                    var dense = new float[rows * depth];
                    for (int i = 0; i < dense.Length; i++)
                        dense[i] = random.Next(-100, 100) / 16f;
                    Layouts.Thin<float>(dense, rows, depth, layout, random, (_, _) => 0);
                    var back = new float[dense.Length];
                    PackedMatrix packed = PackedMatrix.Pack(dense, rows, depth, layout);
                    packed.Unpack(back);
                    Assert.Equal(dense, back);
                    PackedMatrix fromCsr = PackedMatrix.Pack(CsrMatrix.FromDense(dense, rows, depth), layout);
                    fromCsr.Unpack(back);
                    Assert.Equal(dense, back);
                    Reload(packed).Unpack(back);
                    Assert.Equal(dense, back);
                }
            }
        }
    }

    private static PackedMatrix Reload(PackedMatrix packed)
    {
        using var stream = new MemoryStream();
        packed.Save(stream);
        stream.Position = 0;
        PackedMatrix loaded = PackedMatrix.Load(stream);
        Assert.Equal(stream.Length, stream.Position);
        return loaded;
    }
}
