using System.Numerics;
using Intarsia.PtxEmulator.TensorCores;
using Xunit;

namespace Intarsia.PtxEmulator.Tests.TensorCores;

/// <summary>mma.sync: every form against plain loops, and its arithmetic at the edges.</summary>
[Trait("Category", "Gpu")]
public sealed class MmaTests
{
    [Theory]
    [MemberData(nameof(MmaForm.Dense), MemberType = typeof(MmaForm))]
    public void Execute_OneElementOfEach_GivesOneElement(string opcode)
    {
        MmaInstruction mma = MmaInstruction.Parse(opcode);
        if (mma.BitOp == BitOp.XorPopc) return;
        (int m, int n, int k) = (mma.Shape.M, mma.Shape.N, mma.Shape.K);
        for (int row = 0; row < m; row++)
            for (int depth = 0; depth < k; depth++)
            {
                int column = (row * 3 + depth) % n;
                WarpRegisters a = new(mma.ARegisters, mma.A.Bits()), b = new(mma.BRegisters, mma.B.Bits()), d = new(mma.DRegisters, mma.D.Bits());
                Put(a, (row, depth), ElementBits.Encode(1, mma.A), (lane, i) => IsaFragments.A(mma.Shape, mma.A, lane, i));
                Put(b, (depth, column), ElementBits.Encode(1, mma.B), (lane, i) => IsaFragments.B(mma.Shape, mma.B, lane, i));
                mma.Execute(a.Raw, b.Raw, new uint[d.Raw.Length], d.Raw);
                uint[,] result = d.Gather(m, n, (lane, i) => IsaFragments.C(mma.Shape, lane, i));
                for (int r = 0; r < m; r++)
                    for (int c = 0; c < n; c++) Assert.Equal((r, c) == (row, column) ? 1 : 0, ElementBits.Decode(result[r, c], mma.D));
            }
    }

    [Theory]
    [MemberData(nameof(MmaForm.Dense), MemberType = typeof(MmaForm))]
    public void Execute_RandomMatrices_EqualsPlainLoops(string opcode)
    {
        MmaInstruction mma = MmaInstruction.Parse(opcode);
        var random = new Random(opcode.Length * 31 + mma.Shape.K);
        (int m, int n, int k) = (mma.Shape.M, mma.Shape.N, mma.Shape.K);
        for (int round = 0; round < 20; round++)
        {
            uint[,] a = ElementBits.RandomMatrix(random, m, k, mma.A), b = ElementBits.RandomMatrix(random, k, n, mma.B), c = ElementBits.RandomMatrix(random, m, n, mma.C);
            uint[] left = new WarpRegisters(mma.ARegisters, mma.A.Bits()).Scatter(a, (lane, i) => IsaFragments.A(mma.Shape, mma.A, lane, i)).Raw;
            uint[] right = new WarpRegisters(mma.BRegisters, mma.B.Bits()).Scatter(b, (lane, i) => IsaFragments.B(mma.Shape, mma.B, lane, i)).Raw;
            WarpRegisters d = new WarpRegisters(mma.CRegisters, mma.C.Bits()).Scatter(c, (lane, i) => IsaFragments.C(mma.Shape, lane, i));
            // D over C, as kernels have it.
            mma.Execute(left, right, d.Raw, d.Raw);
            uint[,] result = d.Gather(m, n, (lane, i) => IsaFragments.C(mma.Shape, lane, i));
            for (int row = 0; row < m; row++)
                for (int column = 0; column < n; column++) Assert.Equal(Expected(mma, a, b, c, row, column), result[row, column]);
        }
    }

    [Fact]
    public void Execute_IntegerOverflow_WrapsOrSaturates()
    {
        uint[] ones = Enumerable.Repeat(0x01010101u, 128).ToArray(), minusOnes = Enumerable.Repeat(0xFFFFFFFFu, 128).ToArray();
        uint[] c = Enumerable.Repeat(unchecked((uint)(int.MaxValue - 31)), 128).ToArray(), low = Enumerable.Repeat(unchecked((uint)(int.MinValue + 31)), 128).ToArray(), d = new uint[128];
        MmaInstruction wrap = MmaInstruction.Parse("mma.sync.aligned.m16n8k32.row.col.s32.s8.s8.s32"), saturate = MmaInstruction.Parse("mma.sync.aligned.m16n8k32.row.col.satfinite.s32.s8.s8.s32");
        wrap.Execute(ones, ones, c, d);
        Assert.All(d, value => Assert.Equal(int.MinValue, (int)value));
        saturate.Execute(ones, ones, c, d);
        Assert.All(d, value => Assert.Equal(int.MaxValue, (int)value));
        wrap.Execute(ones, minusOnes, low, d);
        Assert.All(d, value => Assert.Equal(int.MaxValue, (int)value));
        saturate.Execute(ones, minusOnes, low, d);
        Assert.All(d, value => Assert.Equal(int.MinValue, (int)value));
    }

    [Fact]
    public void Execute_SignedAndUnsignedBytes_ReadTheSameBitsDifferently()
    {
        // 255·255·32 against −1·255·32, 255·−1·32 and −1·−1·32.
        uint[] bytes = Enumerable.Repeat(0xFFFFFFFFu, 128).ToArray(), d = new uint[128];
        foreach ((string types, int expected) in new[] { ("u8.u8", 65025 * 32), ("s8.u8", -255 * 32), ("u8.s8", -255 * 32), ("s8.s8", 32) })
        {
            MmaInstruction.Parse($"mma.sync.aligned.m16n8k32.row.col.s32.{types}.s32").Execute(bytes, bytes.AsSpan(0, 64), new uint[128], d);
            Assert.All(d, value => Assert.Equal(expected, (int)value));
        }
    }

    [Fact]
    public void Execute_Tf32_DropsTheLowerThirteenBits()
    {
        MmaInstruction mma = MmaInstruction.Parse("mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32");
        uint[] a = new uint[128], b = new uint[64], d = new uint[128];
        // 1 + 2^−10 with every dropped bit set; nothing is rounded up.
        a[0] = 0x3F803FFF;
        b[0] = 0x3F801FFF;
        mma.Execute(a, b, new uint[128], d);
        Assert.Equal(0x3F802000u, d[0]);
        Assert.All(d.Skip(1), value => Assert.Equal(0u, value));
    }

    [Fact]
    public void Execute_HalfAccumulator_RoundsOnce()
    {
        // 1 + 2^−11 + 2^−24 is above the tie; rounding by way of binary32 (1 + 2^−11) would land on it and give 1.
        MmaInstruction mma = MmaInstruction.Parse("mma.sync.aligned.m16n8k16.row.col.f16.f16.f16.f16");
        WarpRegisters a = new(4, 16), b = new(2, 16), c = new(2, 16), d = new(2, 16);
        a[0, 0] = ElementBits.Encode(Math.ScaleB(1, -11), MmaElement.F16);
        b[0, 0] = ElementBits.Encode(1, MmaElement.F16);
        a[0, 1] = ElementBits.Encode(Math.ScaleB(1, -14), MmaElement.F16);
        b[0, 1] = ElementBits.Encode(Math.ScaleB(1, -12), MmaElement.F16);
        c[0, 0] = ElementBits.Encode(1, MmaElement.F16);
        mma.Execute(a.Raw, b.Raw, c.Raw, d.Raw);
        Assert.Equal(0x3C01u, d[0, 0]);
    }

    [Fact]
    public void Execute_LargeTermsCancel_SmallOneRemains()
    {
        // 2^30 − 2^30 + 2^−48: the products are exact, the smallest half squared included.
        MmaInstruction mma = MmaInstruction.Parse("mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32");
        WarpRegisters a = new(4, 16), b = new(2, 16), d = new(4, 32);
        a[0, 0] = ElementBits.Encode(32768, MmaElement.F16);
        a[0, 1] = ElementBits.Encode(-32768, MmaElement.F16);
        a[0, 4] = 1;
        b[0, 0] = b[0, 1] = ElementBits.Encode(32768, MmaElement.F16);
        b[0, 2] = 1;
        mma.Execute(a.Raw, b.Raw, new uint[128], d.Raw);
        Assert.Equal(Math.ScaleB(1, -48), ElementBits.Decode(d[0, 0], MmaElement.F32));
    }

    [Theory]
    [InlineData("mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32", 0x7C00u, 0u, 0x7FFFFFFFu)]
    [InlineData("mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32", 0x7C00u, 0x3C00u, 0x7F800000u)]
    [InlineData("mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32", 0xFC00u, 0x3C00u, 0xFF800000u)]
    [InlineData("mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32", 0x7E01u, 0x3C00u, 0x7FFFFFFFu)]
    [InlineData("mma.sync.aligned.m16n8k16.row.col.f16.f16.f16.f16", 0x7BFFu, 0x7BFFu, 0x7C00u)]
    [InlineData("mma.sync.aligned.m16n8k16.row.col.f16.f16.f16.f16", 0x7C01u, 0x3C00u, 0x7FFFu)]
    [InlineData("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32", 0x7F7Fu, 0x7F7Fu, 0x7F800000u)]
    public void Execute_SpecialValues_GoTheirWay(string opcode, uint x, uint y, uint expected)
    {
        MmaInstruction mma = MmaInstruction.Parse(opcode);
        WarpRegisters a = new(4, 16), b = new(2, 16), d = new(mma.DRegisters, mma.D.Bits());
        a[0, 0] = x;
        // Zeros elsewhere would meet nothing but zeros.
        b[0, 0] = y;
        mma.Execute(a.Raw, b.Raw, new uint[d.Raw.Length], d.Raw);
        Assert.Equal(expected, d[0, 0]);
    }

    [Fact]
    public void Half_BetweenAnyTwoHalves_RoundsToTheNearest()
    {
        for (uint bits = 0; bits < 0x7BFF; bits++)
        {
            double low = ElementBits.Decode(bits, MmaElement.F16), high = ElementBits.Decode(bits + 1, MmaElement.F16), middle = (low + high) / 2;
            uint even = bits + (bits & 1);
            Assert.Equal(bits, Accumulators.Half(low));
            Assert.Equal(bits, Accumulators.Half(Math.BitDecrement(middle)));
            Assert.Equal(even, Accumulators.Half(middle));
            Assert.Equal(bits + 1, Accumulators.Half(Math.BitIncrement(middle)));
            Assert.Equal(0x8000 | even, Accumulators.Half(-middle));
        }
        Assert.Equal(0x7BFF, Accumulators.Half(Math.BitDecrement(65520)));
        Assert.Equal(0x7C00, Accumulators.Half(65520));
        Assert.Equal(0xFC00, Accumulators.Half(double.NegativeInfinity));
        Assert.Equal(0x7FFF, Accumulators.Half(double.NaN));
    }

    [Fact]
    public void Execute_EveryHalf_PassesThroughTheAccumulator()
    {
        MmaInstruction mma = MmaInstruction.Parse("mma.sync.aligned.m16n8k16.row.col.f16.f16.f16.f16");
        uint[] c = new uint[64], d = new uint[64];
        for (uint first = 0; first < 0x10000; first += 128)
        {
            for (uint i = 0; i < 64; i++) c[i] = first + 2 * i | first + 2 * i + 1 << 16;
            mma.Execute(new uint[128], new uint[64], c, d);
            for (uint i = 0; i < 128; i++)
            {
                uint half = first + i, expected = (half & 0x7FFF) > 0x7C00 ? 0x7FFF : half == 0x8000 ? 0 : half;
                Assert.Equal(expected, d[i / 2] >> (int)(16 * (i % 2)) & 0xFFFF);
            }
        }
    }

    [Fact]
    public void Decode_EveryHalf_IsItsValue()
    {
        MmaInstruction mma = MmaInstruction.Parse("mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32");
        WarpRegisters b = new(2, 16);
        b[0, 0] = 0x3C00;
        for (uint half = 0; half < 0x10000; half++)
        {
            if ((half & 0x7C00) == 0x7C00) continue;
            WarpRegisters a = new(4, 16), d = new(4, 32);
            a[0, 0] = half;
            mma.Execute(a.Raw, b.Raw, new uint[128], d.Raw);
            Assert.Equal((float)BitConverter.UInt16BitsToHalf((ushort)half), BitConverter.UInt32BitsToSingle(d[0, 0]));
        }
    }

    internal static uint Expected(MmaInstruction mma, uint[,] a, uint[,] b, uint[,] c, int row, int column)
    {
        int k = b.GetLength(0);
        if (mma.A == MmaElement.B1)
        {
            int bits = 0;
            for (int i = 0; i < k; i++) bits += (int)(mma.BitOp == BitOp.XorPopc ? a[row, i] ^ b[i, column] : a[row, i] & b[i, column]);
            return c[row, column] + (uint)bits;
        }
        if (mma.A.IsFloat())
        {
            double sum = ElementBits.Decode(c[row, column], mma.C);
            for (int i = 0; i < k; i++) sum += ElementBits.Decode(a[row, i], mma.A) * ElementBits.Decode(b[i, column], mma.B);
            return ElementBits.Round(sum, mma.D);
        }
        BigInteger total = (int)c[row, column];
        for (int i = 0; i < k; i++) total += (int)ElementBits.Decode(a[row, i], mma.A) * (int)ElementBits.Decode(b[i, column], mma.B);
        return mma.Saturate
            ? (uint)(int)BigInteger.Max(int.MinValue, BigInteger.Min(int.MaxValue, total))
            : (uint)(total & uint.MaxValue);
    }

    private static void Put(WarpRegisters registers, (int, int) place, uint bits, Func<int, int, (int, int)> position)
    {
        for (int lane = 0; lane < 32; lane++)
            for (int i = 0; i < registers.PerLane; i++)
                if (position(lane, i) == place) registers[lane, i] = bits;
    }
}
