using System.Runtime.InteropServices;
using Intarsia.Kernels;
using Xunit;

namespace Intarsia.Runtime.Tests;

/// <summary>The 2:4 form of NVIDIA's libraries: against hand-worked words, there and back, and with input that nobody should have written.</summary>
public class TwoFourMatrixTests
{
    public static TheoryData<int, int, NumberFormat> Contained()
    {
        var data = new TheoryData<int, int, NumberFormat>();
        foreach ((int n, int m) in new[] { (2, 4), (1, 4), (1, 2), (1, 8), (2, 8), (2, 16), (1, 32), (2, 32) })
            foreach (NumberFormat format in new[] { NumberFormat.Float16, NumberFormat.BFloat16, NumberFormat.Int8 }) data.Add(n, m, format);
        return data;
    }

    [Fact]
    public void FromPacked_HandWorkedRow_HasTheWordsOfTheIsa()
    {
        float[] dense = [0, 3, 0, 4, /**/ 5, 0, 0, 0, /**/ 0, 0, 0, 6, /**/ 0, 0, 0, 0, /**/ 0, 0, 7, 8];
        TwoFourMatrix matrix = TwoFourMatrix.FromPacked(PackedMatrix.Pack(dense, 1, 20, new WeightLayout(Pattern.NM, NumberFormat.Float16) { N = 2, M = 4 }));

        Assert.Equal(32, matrix.PaddedDepth);
        // From the low end: 1 and 3, 0 and 1 (a zero fills up), 0 and 3, 0 and 1; then 2 and 3, and what pads.
        Assert.Equal([(ushort)0b0100_1100_0100_1101, (ushort)0b0100_0100_0100_1110], MemoryMarshal.Cast<byte, ushort>(matrix.Metadata).ToArray());
        Assert.Equal([3, 4, 5, 0, 0, 6, 0, 0, 7, 8, 0, 0, 0, 0, 0, 0], MemoryMarshal.Cast<byte, Half>(matrix.Values).ToArray().Select(x => (float)x));
    }

    [Theory]
    [MemberData(nameof(Contained))]
    public void ToPacked_OfWhatWasConverted_IsTheSameMatrix(int n, int m, NumberFormat format) => PackedCase.ForAll(
        random => new WeightLayout(Pattern.NM, format) { N = n, M = m, V = random.Next(2) == 0 ? 0 : 2 << random.Next(4) }, drawn =>
        {
            // What the format rounds to 0 is none of the matrix, whose zeros stand in the lowest places.
            float[] dense = [.. Enumerable.Range(0, drawn.Rows * drawn.Depth).Select(i => drawn.Expected(i / drawn.Depth, i % drawn.Depth))];
            PackedMatrix packed = format == NumberFormat.Int8 ? drawn.Pack() : PackedMatrix.Pack(dense, drawn.Rows, drawn.Depth, drawn.Layout);
            TwoFourMatrix converted = TwoFourMatrix.FromPacked(packed);

            Assert.Equal(dense, Decode(converted));
            // Into the pattern that it came from, and from plain arrays.
            var read = new TwoFourMatrix(format, drawn.Rows, drawn.Depth, converted.Values, converted.Metadata);
            Assert.Equal(Blob.Save(packed), Blob.Save(read.ToPacked(packed.Layout)));
            Assert.Equal(converted.Metadata, TwoFourMatrix.FromPacked(converted.ToPacked(packed.Layout)).Metadata);
            Assert.Equal(dense, Unpacked(converted.ToPacked()));
        });

    [Fact]
    public void ToPacked_WithScales_CarriesThem()
    {
        var layout = new WeightLayout(Pattern.NM, NumberFormat.Int8) { N = 2, M = 4, Scale = Per.Row };
        PackedMatrix packed = PackedMatrix.Pack((sbyte[])[1, 0, 0, -128, 0, 127, 0, 0], 2, 4, layout, [0.5f, 2]);

        PackedMatrix again = TwoFourMatrix.FromPacked(packed).ToPacked(layout, packed.Scales);

        Assert.Equal(Blob.Save(packed), Blob.Save(again));
        Assert.Throws<IntarsiaFormatException>(() => TwoFourMatrix.FromPacked(packed).ToPacked(layout, [1]));
    }

    /// <summary>The words that lanes load for a tile of 16 rows and 64 columns are those of the row-major form.</summary>
    [Fact]
    public void Metadata_OfOneTile_IsWhatSparseTensorCoresLoad()
    {
        var random = new Random(5);
        (_, PackedMatrix halves) = Draw(random, 2, 4, NumberFormat.Float16, 16, 64);
        (_, PackedMatrix bytes) = Draw(random, 2, 4, NumberFormat.Int8, 16, 64);
        ReadOnlySpan<uint> laneHalves = MemoryMarshal.CreateReadOnlySpan(ref new Preparation<SparseMmaWeights<Half>>(16, 16, 64).Of(halves).Metadata, 32);
        ReadOnlySpan<uint> laneBytes = MemoryMarshal.CreateReadOnlySpan(ref new Preparation<SparseMmaWeights<sbyte>>(16, 16, 64).Of(bytes).Metadata, 32);
        ReadOnlySpan<ushort> wordsOfHalves = MemoryMarshal.Cast<byte, ushort>(TwoFourMatrix.FromPacked(halves).Metadata);
        ReadOnlySpan<uint> wordsOfBytes = MemoryMarshal.Cast<byte, uint>(TwoFourMatrix.FromPacked(bytes).Metadata);
        for (int lane = 0; lane < 32; lane++)
        {
            int group = lane / 4, word = lane % 4;
            Assert.Equal((uint)wordsOfHalves[group * 4 + word] | (uint)wordsOfHalves[(group + 8) * 4 + word] << 16, laneHalves[lane]);
            Assert.Equal(wordsOfBytes[(group + 8 * (word % 2)) * 2 + word / 2], laneBytes[lane]);
        }
    }

    [Theory]
    [InlineData(Pattern.NM, 3, 4, "nm3of4")]
    [InlineData(Pattern.NM, 2, 2, "nm2of2")]
    [InlineData(Pattern.NM, 4, 8, "nm4of8")]
    [InlineData(Pattern.NM, 3, 32, "nm3of32")]
    [InlineData(Pattern.Dense, 0, 0, "dense")]
    [InlineData(Pattern.Csr, 0, 0, "csr")]
    public void FromPacked_PatternsThatKeepMore_AreRefusedByName(Pattern pattern, int n, int m, string name)
    {
        PackedMatrix packed = PackedMatrix.Pack(new float[8], 1, 8, new WeightLayout(pattern, NumberFormat.Float16) { N = n, M = m });

        string message = Assert.Throws<ArgumentException>(() => TwoFourMatrix.FromPacked(packed)).Message;

        Assert.Contains($"'{name} f16'", message);
        Assert.Contains("at most two of any four", message);
    }

    [Theory]
    [InlineData(NumberFormat.Float32)]
    [InlineData(NumberFormat.TensorFloat32)]
    [InlineData(NumberFormat.Int4)]
    public void FromPacked_FormatsThatTensorCoresKeepOtherwise_AreRefused(NumberFormat format)
    {
        PackedMatrix packed = PackedMatrix.Pack(new float[8], 1, 8, new WeightLayout(Pattern.NM, format) { N = 2, M = 4 });

        Assert.Contains($"{format} has no 2:4 form", Assert.Throws<ArgumentException>(() => TwoFourMatrix.FromPacked(packed)).Message);
        Assert.Throws<ArgumentException>(() => new TwoFourMatrix(format, 0, 0, [], []));
    }

    [Fact]
    public void FromPacked_ZeroPoints_AreRefused()
    {
        var layout = new WeightLayout(Pattern.NM, NumberFormat.Int8) { N = 2, M = 4, Scale = Per.Tensor, Asymmetric = true };
        PackedMatrix packed = PackedMatrix.Pack((sbyte[])[3, 3, 3, 3], 1, 4, layout, [1], [3]);

        Assert.Contains("zero points", Assert.Throws<ArgumentException>(() => TwoFourMatrix.FromPacked(packed)).Message);
        Assert.Throws<ArgumentException>(() => new TwoFourMatrix(NumberFormat.Int8, 0, 0, [], []).ToPacked(layout, [1]));
    }

    [Fact]
    public void Constructor_WrongExtentsAndLengths_SaysWhatIsExpected()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new TwoFourMatrix(NumberFormat.Int8, -1, 4, [], []));
        Assert.Throws<ArgumentOutOfRangeException>(() => new TwoFourMatrix(NumberFormat.Int8, 1, -4, [], []));
        Assert.Contains("have 16 bytes of values in 2:4 form; 15 were given", Assert.Throws<ArgumentException>(() => new TwoFourMatrix(NumberFormat.Int8, 1, 4, new byte[15], new byte[4])).Message);
        Assert.Contains("have 4 bytes of metadata in 2:4 form; 5 were given", Assert.Throws<ArgumentException>(() => new TwoFourMatrix(NumberFormat.Int8, 1, 4, new byte[16], new byte[5])).Message);
        // No allocation is tried for what no array holds.
        Assert.Throws<IntarsiaFormatException>(() => new TwoFourMatrix(NumberFormat.Float16, int.MaxValue, int.MaxValue, [], []));
        Assert.Throws<IntarsiaFormatException>(() => new TwoFourMatrix(NumberFormat.Float16, 0, int.MaxValue, [], []));
    }

    [Fact]
    public void Constructor_EveryPairOfPlaces_TakesTheSixThatAscend()
    {
        for (int places = 0; places < 16; places++)
        {
            byte[] metadata = [0x44, (byte)(0x04 | places << 4)];
            void Make() => _ = new TwoFourMatrix(NumberFormat.BFloat16, 1, 16, new byte[16], metadata);
            if ((places & 3) < places >> 2) Make();
            else Assert.Contains($"row 0, columns 12 to 15: found places {places & 3} and {places >> 2}", Assert.Throws<IntarsiaFormatException>(Make).Message);
        }
    }

    [Fact]
    public void Constructor_ValueBehindTheDepth_IsRefused()
    {
        byte[] values = new byte[16], metadata = [0xE4, 0x44, 0x44, 0x44];
        values[3] = 1;

        Assert.Contains("one in column 7", Assert.Throws<IntarsiaFormatException>(() => new TwoFourMatrix(NumberFormat.Int8, 1, 7, values, metadata)).Message);
        _ = new TwoFourMatrix(NumberFormat.Int8, 1, 8, values, metadata);
    }

    /// <summary>Bytes of every kind: an exception that names a place, or a matrix that is what its bytes say.</summary>
    [Fact]
    public void Constructor_RandomBytes_NeverGivesAnotherMatrix()
    {
        var random = new Random(11);
        int taken = 0;
        for (int i = 0; i < 3000; i++)
        {
            NumberFormat format = random.Next(2) == 0 ? NumberFormat.Int8 : NumberFormat.Float16;
            int rows = random.Next(1, 3), depth = random.Next(1, 33), padded = format == NumberFormat.Int8 ? 32 : (depth + 15) / 16 * 16;
            byte[] values = new byte[rows * padded / 2 * (format == NumberFormat.Int8 ? 1 : 2)], metadata = new byte[rows * padded / 8];
            if (random.Next(2) == 0) random.NextBytes(metadata);
            else for (int b = 0; b < metadata.Length; b++) metadata[b] = random.GetItems<byte>([0x44, 0xE4, 0x4C, 0xD8, 0x9E, 0xC4], 1)[0];
            if (random.Next(3) > 0) for (int b = 0; b < values.Length; b++) values[b] = (byte)random.Next(0, 60);
            try
            {
                var matrix = new TwoFourMatrix(format, rows, depth, values, metadata);
                taken++;
                Assert.Equal(Decode(matrix), Unpacked(matrix.ToPacked()));
            }
            catch (IntarsiaFormatException refusal)
            {
                Assert.Contains("of row ", refusal.Message);
            }
        }

        Assert.InRange(taken, 300, 2700);
    }

    private static (float[] Dense, PackedMatrix Packed) Draw(Random random, int n, int m, NumberFormat format, int rows, int depth)
    {
        var layout = new WeightLayout(Pattern.NM, format) { N = n, M = m };
        float[] dense = new float[rows * depth];
        for (int row = 0; row < rows; row++)
            for (int group = 0; group < depth; group += m)
                for (int i = random.Next(n + 1); i > 0; i--) dense[row * depth + group + random.Next(Math.Min(m, depth - group))] = random.Next(1, 128) * (random.Next(2) * 2 - 1);
        return (dense, format == NumberFormat.Int8 ? PackedMatrix.Pack([.. dense.Select(x => (sbyte)x)], rows, depth, layout) : PackedMatrix.Pack(dense, rows, depth, layout));
    }

    private static float[] Unpacked(PackedMatrix matrix)
    {
        float[] dense = new float[matrix.Rows * matrix.Depth];
        matrix.Unpack(dense);
        return dense;
    }

    /// <summary>The dense matrix by the documentation: element by element.</summary>
    private static float[] Decode(TwoFourMatrix matrix)
    {
        float[] dense = new float[matrix.Rows * matrix.Depth];
        for (int row = 0; row < matrix.Rows; row++)
        {
            for (int stored = 0; stored < matrix.PaddedDepth / 2; stored++)
            {
                int bit = row * matrix.PaddedDepth + 2 * stored, place = matrix.Metadata[bit / 8] >> bit % 8 & 3, column = stored / 2 * 4 + place, at = row * matrix.PaddedDepth / 2 + stored;
                float value = matrix.Format switch
                {
                    NumberFormat.Int8 => (sbyte)matrix.Values[at],
                    NumberFormat.Float16 => (float)MemoryMarshal.Cast<byte, Half>(matrix.Values)[at],
                    _ => BitConverter.UInt32BitsToSingle((uint)MemoryMarshal.Cast<byte, ushort>(matrix.Values)[at] << 16),
                };
                if (column < matrix.Depth) dense[row * matrix.Depth + column] = value;
                else Assert.Equal(0, value);
            }
        }
        return dense;
    }
}
