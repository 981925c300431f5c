using Intarsia.Kernels;
using Xunit;

namespace Intarsia.Runtime.Tests;

/// <summary>4-bit weights in the order of fragments, against the fragment layouts of the PTX ISA.</summary>
public class NibbleFragmentWeightsTests
{
    /// <summary>Each lane reads its words and spreads them over registers as kernels do; every element must stand where mma.m16n8k32 (bytes) and mma.m16n8k16 (16-bit floats) want it.</summary>
    [Theory]
    [InlineData(64, 4, 64, 40, 150, false)]
    [InlineData(64, 4, 32, 70, 33, false)]
    [InlineData(32, 2, 32, 40, 70, false)]
    [InlineData(128, 2, 32, 3, 1, false)]
    [InlineData(64, 4, 64, 40, 150, true)]
    [InlineData(64, 4, 32, 70, 33, true)]
    [InlineData(32, 2, 32, 40, 70, true)]
    public void Values_ReadByLanes_AreFragments(int height, int run, int step, int rows, int depth, bool areCodes)
    {
        // Of codes, the entries of the table: 0 to 7 are themselves, and what no element fills is code 0.
        int[] dense = [.. Enumerable.Range(0, rows * depth).Select(i => areCodes ? CodeTable.Of(NumberFormat.UFlint4)[i * 7 % 16] : i * 7 % 16 - 8)];
        PackedMatrix matrix = PackedMatrix.Pack(dense, rows, depth, new WeightLayout(Pattern.Dense, areCodes ? NumberFormat.UFlint4 : NumberFormat.Int4));
        byte[] values = NibbleFragmentWeights.Prepare(matrix, new Preparation<NibbleFragmentWeights>(height, run, step)).DeviceArray(0).ToArray();

        int panels = (rows + height - 1) / height, steps = (depth + step - 1) / step, instructions = step / (8 * run), wordsPerEight = run == 4 ? instructions : 1;
        Assert.Equal(panels * steps * height * step / 2, values.Length);
        for (int panel = 0; panel < panels; panel++)
            for (int at = 0; at < steps; at++)
                for (int eight = 0; eight < height / 8; eight++)
                    for (int lane = 0; lane < 32; lane++)
                        for (int instruction = 0; instruction < instructions; instruction++)
                            CheckLane(panel, at, eight, lane, instruction);

        void CheckLane(int panel, int at, int eight, int lane, int instruction)
        {
            int word = eight * wordsPerEight + (run == 4 ? instruction : 0), offset = (panel * steps + at) * height * step / 2 + word / 4 * 512 + lane * 16 + word % 4 * 4;
            uint bits = BitConverter.ToUInt32(values, offset);
            int group = lane / 4, thread = lane % 4;
            for (int register = 0; register < 2; register++)
            {
                for (int element = 0; element < run; element++)
                {
                    // Bytes: nibbles 0, 2, 4, 6 are the first register. Halves: nibble q is the low half of register q, nibble q + 4 the high one. Codes: four neighbours are looked up together, register by register.
                    int nibble = areCodes ? (run == 4 ? 0 : 4 * instruction) + run * register + element : run == 4 ? 2 * element + register : 2 * instruction + register + 4 * element;
                    int value = areCodes ? CodeTable.Of(NumberFormat.UFlint4)[(int)(bits >> 4 * nibble & 15)] : (int)(bits << 28 - 4 * nibble) >> 28;
                    // Row groupID, columns threadID_in_group·run + (i mod run), and half the instruction's depth on for the second register (PTX ISA, figures of the fragments).
                    int row = panel * height + eight * 8 + group, k = at * step + instruction * 8 * run + register * 4 * run + thread * run + element;
                    Assert.Equal(row < rows && k < depth ? dense[row * depth + k] : 0, value);
                }
            }
        }
    }

    [Fact]
    public void GroupScales_StandByGroup()
    {
        float[] scales = [.. Enumerable.Range(1, 6).Select(i => (float)i)];
        PackedMatrix matrix = PackedMatrix.Pack(new sbyte[3 * 64], 3, 64, new WeightLayout(Pattern.Dense, NumberFormat.Int4) { Scale = Per.Group, ScaleGroup = 32 }, scales, []);
        NibbleFragmentWeights weights = NibbleFragmentWeights.Prepare(matrix, new Preparation<NibbleFragmentWeights>(64, 4, 32));
        Assert.Equal([1, 3, 5, 2, 4, 6], System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(weights.DeviceArray(1)).ToArray());
    }

    [Theory]
    [InlineData(16, 4, 64)]
    [InlineData(64, 4, 48)]
    [InlineData(64, 2, 64)]
    [InlineData(64, 8, 64)]
    public void Prepare_ImpossibleOrder_IsRefused(int height, int run, int step) =>
        Assert.Throws<ArgumentException>("preparation", () => NibbleFragmentWeights.Prepare(PackedMatrix.Pack(new sbyte[4], 2, 2, new WeightLayout(Pattern.Dense, NumberFormat.Int4)), new Preparation<NibbleFragmentWeights>(height, run, step)));

    [Fact]
    public void Prepare_OtherFormats_IsRefused()
    {
        var preparation = new Preparation<NibbleFragmentWeights>(64, 4, 64);
        Assert.Throws<NotSupportedException>(() => NibbleFragmentWeights.Prepare(PackedMatrix.Pack(new sbyte[4], 2, 2, new WeightLayout(Pattern.Dense, NumberFormat.Int8)), preparation));
    }
}
