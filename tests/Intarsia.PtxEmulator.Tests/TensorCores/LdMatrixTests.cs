using Intarsia.PtxEmulator.TensorCores;
using Xunit;

namespace Intarsia.PtxEmulator.Tests.TensorCores;

[Trait("Category", "Gpu")]
public sealed class LdMatrixTests
{
    // Element (r, c) is 0xrrcc.
    private static byte[] Numbered => Enumerable.Range(0, 64).SelectMany(i => new[] { (byte)(i % 8), (byte)(i / 8) }).ToArray();

    // PTX ISA 9.1, figure 104: a group of four lanes holds a row, two elements each.
    [Theory]
    [InlineData(0, 0x0001_0000u)]
    [InlineData(3, 0x0007_0006u)]
    [InlineData(4, 0x0101_0100u)]
    [InlineData(22, 0x0505_0504u)]
    [InlineData(31, 0x0707_0706u)]
    public void Load_LaneHoldsTwoElementsOfItsRow(int lane, uint expected)
    {
        var register = new uint[32];
        LdMatrix.Load(Numbered, false, register);
        Assert.Equal(expected, register[lane]);
    }

    [Theory]
    [InlineData(0, 0x0100_0000u)]
    [InlineData(3, 0x0700_0600u)]
    [InlineData(4, 0x0101_0001u)]
    [InlineData(22, 0x0505_0405u)]
    [InlineData(31, 0x0707_0607u)]
    public void Load_Transposed_LaneHoldsTwoElementsOfItsColumn(int lane, uint expected)
    {
        var register = new uint[32];
        LdMatrix.Load(Numbered, true, register);
        Assert.Equal(expected, register[lane]);
    }

    [Fact]
    public void Element_IsWhatLoadPutsThere()
    {
        foreach (bool transpose in new[] { false, true })
        {
            var register = new uint[32];
            LdMatrix.Load(Numbered, transpose, register);
            for (int lane = 0; lane < 32; lane++)
                for (int half = 0; half < 2; half++)
                {
                    (int row, int column) = LdMatrix.Element(lane, half, transpose);
                    Assert.Equal((uint)(row << 8 | column), register[lane] >> 16 * half & 0xFFFF);
                }
        }
    }

    [Fact]
    public void AddressLane_EightLanesToAMatrix()
    {
        Assert.Equal(0, LdMatrix.AddressLane(0, 0));
        Assert.Equal(7, LdMatrix.AddressLane(0, 7));
        Assert.Equal(8, LdMatrix.AddressLane(1, 0));
        Assert.Equal(29, LdMatrix.AddressLane(3, 5));
    }

    [Fact]
    public void Store_UndoesLoad()
    {
        foreach (bool transpose in new[] { false, true })
        {
            var register = new uint[32];
            var back = new byte[128];
            LdMatrix.Load(Numbered, transpose, register);
            LdMatrix.Store(register, transpose, back);
            Assert.Equal(Numbered, back);
        }
    }

    [Fact]
    public void Transpose_SwapsRowsAndColumns()
    {
        uint[] register = new uint[32], transposed = new uint[32];
        LdMatrix.Load(Numbered, false, register);
        LdMatrix.Load(Numbered, true, transposed);
        LdMatrix.Transpose(register, register);
        Assert.Equal(transposed, register);
    }
}
