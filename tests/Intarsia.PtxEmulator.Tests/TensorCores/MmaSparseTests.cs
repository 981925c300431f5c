using Intarsia.PtxEmulator.TensorCores;
using Xunit;

namespace Intarsia.PtxEmulator.Tests.TensorCores;

/// <summary>mma.sp: metadata where PTX ISA 9.1, 9.7.14.6.2, puts them, and products against plain loops over A with its zeros.</summary>
[Trait("Category", "Gpu")]
public sealed class MmaSparseTests
{
    private const string F16K16 = "m16n8k16.row.col.f32.f16.f16.f32", F16K32 = "m16n8k32.row.col.f32.f16.f16.f32", Tf32K8 = "m16n8k8.row.col.f32.tf32.tf32.f32", Tf32K16 = "m16n8k16.row.col.f32.tf32.tf32.f32";
    private const string S8K32 = "m16n8k32.row.col.s32.s8.s8.s32", S8K64 = "m16n8k64.row.col.s32.s8.s8.s32", S4K64 = "m16n8k64.row.col.s32.s4.s4.s32", S4K128 = "m16n8k128.row.col.s32.s4.s4.s32";

    private static MmaInstruction Parse(string form, string variant = "mma.sp") => MmaInstruction.Parse($"{variant}.sync.aligned.{form}");

    // Form, selector, row and first column of a chunk; lane and lowest bit that hold its indices.
    [Theory]
    [InlineData(F16K16, 0, 0, 0, 0, 0)]
    [InlineData(F16K16, 0, 0, 12, 0, 12)]
    [InlineData(F16K16, 0, 8, 0, 0, 16)]
    [InlineData(F16K16, 0, 15, 12, 28, 28)]
    [InlineData(F16K16, 2, 1, 4, 6, 4)]
    [InlineData(F16K16, 3, 7, 8, 31, 8)]
    [InlineData(F16K32, 0, 0, 0, 0, 0)]
    [InlineData(F16K32, 0, 0, 16, 1, 0)]
    [InlineData(F16K32, 0, 8, 20, 1, 20)]
    [InlineData(F16K32, 0, 7, 28, 29, 12)]
    [InlineData(F16K32, 1, 0, 0, 2, 0)]
    [InlineData(F16K32, 1, 15, 28, 31, 28)]
    [InlineData(Tf32K8, 0, 0, 6, 0, 12)]
    [InlineData(Tf32K8, 1, 9, 2, 5, 20)]
    [InlineData(Tf32K16, 0, 0, 6, 0, 12)]
    [InlineData(Tf32K16, 0, 0, 8, 1, 0)]
    [InlineData(Tf32K16, 1, 10, 14, 11, 28)]
    [InlineData(S8K32, 0, 0, 0, 0, 0)]
    [InlineData(S8K32, 0, 0, 28, 0, 28)]
    [InlineData(S8K32, 0, 8, 0, 1, 0)]
    [InlineData(S8K32, 0, 15, 28, 29, 28)]
    [InlineData(S8K32, 1, 2, 4, 10, 4)]
    [InlineData(S8K32, 1, 10, 4, 11, 4)]
    [InlineData(S8K64, 0, 0, 28, 0, 28)]
    [InlineData(S8K64, 0, 8, 0, 1, 0)]
    [InlineData(S8K64, 0, 0, 32, 2, 0)]
    [InlineData(S8K64, 0, 15, 60, 31, 28)]
    [InlineData(S4K64, 0, 0, 56, 0, 28)]
    [InlineData(S4K64, 0, 8, 8, 1, 4)]
    [InlineData(S4K64, 1, 3, 0, 14, 0)]
    [InlineData(S4K128, 0, 0, 56, 0, 28)]
    [InlineData(S4K128, 0, 8, 0, 1, 0)]
    [InlineData(S4K128, 0, 0, 64, 2, 0)]
    [InlineData(S4K128, 0, 12, 120, 19, 28)]
    public void Metadata_OfAChunk_IsWhereTheIsaPutsIt(string form, int selector, int row, int column, int lane, int shift)
    {
        MmaInstruction mma = Parse(form);
        Assert.Equal((lane, shift), IsaFragments.Metadata(mma.Shape, mma.A, selector, row, column));
        // Lanes that do not contribute hold 0b0000, which would be refused if it were read.
        uint[] metadata = Contributing(mma, selector, 0b0100);
        metadata[lane] ^= 0b1010u << shift;
        var columns = new int[16 * mma.Shape.K / 2];
        SparseMetadata.Decode(metadata, selector, mma.A, 16, mma.Shape.K, true, columns);
        (int width, int[] first, int[] second) = mma.A.Bits() switch
        {
            32 => (2, new[] { 0 }, new[] { 1 }),
            4 => (8, [0, 1, 2, 3], [4, 5, 6, 7]),
            _ => (4, [0, 1], [2, 3]),
        };
        for (int r = 0, at = 0; r < 16; r++)
            for (int c = 0; c < mma.Shape.K; c += width)
                foreach (int place in (r, c) == (row, column) ? second : first) Assert.Equal(c + place, columns[at++]);
    }

    [Fact]
    public void Execute_OneChunk_MeetsTheRowsOfBThatMetadataName()
    {
        // Row 3, columns 8 to 11: stored elements 5 and 7 stand in columns 9 and 11. They are in register 0 of lane 14 (groupID 3, threadID_in_group 2); selector 1 takes lane 13's word, bits 8 to 11.
        MmaInstruction mma = Parse(F16K16);
        WarpRegisters a = new(2, 16), b = new(2, 16), d = new(4, 32);
        a[14, 0] = ElementBits.Encode(5, MmaElement.F16);
        a[14, 1] = ElementBits.Encode(7, MmaElement.F16);
        uint[] metadata = Contributing(mma, 1, 0b0100);
        metadata[13] = metadata[13] & ~0xF00u | 0b1101 << 8;
        var rows = new uint[16, 8];
        for (int k = 0; k < 16; k++)
            for (int n = 0; n < 8; n++) rows[k, n] = ElementBits.Encode(10 * k + n, MmaElement.F16);
        b.Scatter(rows, (lane, i) => IsaFragments.B(mma.Shape, MmaElement.F16, lane, i));
        mma.Execute(a.Raw, b.Raw, new uint[128], d.Raw, metadata, 1);
        // D[3, n] = 5·(90 + n) + 7·(110 + n); lanes 12 to 15 hold row 3 in their first two registers.
        for (int n = 0; n < 8; n++) Assert.Equal(1220 + 12 * n, ElementBits.Decode(d[12 + n / 2, n % 2], MmaElement.F32));
        Assert.Equal(8, d.Raw.Count(value => value != 0));
    }

    [Theory]
    [MemberData(nameof(MmaForm.Sparse), MemberType = typeof(MmaForm))]
    public void Execute_RandomMatrices_EqualsPlainLoops(string opcode)
    {
        MmaInstruction mma = MmaInstruction.Parse(opcode);
        var random = new Random(opcode.Length * 17 + mma.Shape.K);
        (int m, int n, int k) = (mma.Shape.M, mma.Shape.N, mma.Shape.K);
        for (int round = 0; round < 8; round++)
        {
            var a = new SparseCase(random, m, k, mma.A, mma.OrderedMetadata);
            uint[,] b = ElementBits.RandomMatrix(random, k, n, mma.B), c = ElementBits.RandomMatrix(random, m, n, mma.C);
            int selector = round % Selectors(mma);
            uint[] metadata = Contributing(mma, selector, 0);
            for (int row = 0; row < m; row++)
                for (int chunk = 0; chunk < k / a.ChunkColumns; chunk++)
                {
                    (int lane, int shift) = IsaFragments.Metadata(mma.Shape, mma.A, selector, row, chunk * a.ChunkColumns);
                    metadata[lane] |= a.Chunks[row, chunk] << shift;
                }
            uint[] left = new WarpRegisters(mma.ARegisters, mma.A.Bits()).Scatter(a.Stored, (lane, i) =>
            {
                (int row, int first, _, int ordinal) = IsaFragments.SparseA(mma.Shape, mma.A, lane, i);
                return (row, first / 2 + ordinal);
            }).Raw;
            uint[] right = new WarpRegisters(mma.BRegisters, mma.B.Bits()).Scatter(b, (lane, i) => IsaFragments.B(mma.Shape, mma.B, lane, i)).Raw;
            WarpRegisters d = new WarpRegisters(mma.CRegisters, mma.C.Bits()).Scatter(c, (lane, i) => IsaFragments.C(mma.Shape, lane, i));
            mma.Execute(left, right, d.Raw, d.Raw, metadata, selector);
            uint[,] result = d.Gather(m, n, (lane, i) => IsaFragments.C(mma.Shape, lane, i));
            for (int row = 0; row < m; row++)
                for (int column = 0; column < n; column++) Assert.Equal(MmaTests.Expected(mma, a.Full, b, c, row, column), result[row, column]);
        }
    }

    [Fact]
    public void Execute_InfinityWhereAHasNothing_DoesNotCount()
    {
        MmaInstruction mma = Parse(F16K16);
        WarpRegisters a = new(2, 16), b = new(2, 16), d = new(4, 32);
        uint[,] ones = new uint[16, 8], right = new uint[16, 8];
        for (int r = 0; r < 16; r++)
            for (int c = 0; c < 8; c++)
            {
                ones[r, c] = 0x3C00;
                right[r, c] = r % 4 < 2 ? 0x3C00u : 0x7C00u;
            }
        a.Scatter(ones, (lane, i) => IsaFragments.A(new MmaShape(16, 8, 8), MmaElement.F16, lane, i));
        b.Scatter(right, (lane, i) => IsaFragments.B(mma.Shape, MmaElement.F16, lane, i));
        mma.Execute(a.Raw, b.Raw, new uint[128], d.Raw, Contributing(mma, 0, 0b0100), 0);
        Assert.All(d.Raw, value => Assert.Equal(8f, BitConverter.UInt32BitsToSingle(value)));
    }

    [Theory]
    [InlineData("mma.sp", F16K16, 0b0000u, "same place")]
    [InlineData("mma.sp", F16K32, 0b0101u, "same place")]
    [InlineData("mma.sp", S8K32, 0b1010u, "same place")]
    [InlineData("mma.sp", S4K64, 0b1111u, "same place")]
    [InlineData("mma.sp::ordered_metadata", S8K64, 0b1111u, "same place")]
    [InlineData("mma.sp::ordered_metadata", S8K64, 0b0001u, "must ascend")]
    [InlineData("mma.sp::ordered_metadata", F16K16, 0b1011u, "must ascend")]
    [InlineData("mma.sp", Tf32K8, 0b0001u, "0b0100 or 0b1110")]
    [InlineData("mma.sp", Tf32K16, 0b1001u, "0b0100 or 0b1110")]
    public void Execute_UndefinedMetadata_IsRefused(string variant, string form, uint bits, string reason)
    {
        MmaInstruction mma = Parse(form, variant);
        // The chunk of row 5 at the columns after the first chunk.
        int column = mma.A == MmaElement.TF32 ? 2 : mma.A == MmaElement.S4 ? 8 : 4;
        (int lane, int shift) = IsaFragments.Metadata(mma.Shape, mma.A, 0, 5, column);
        uint[] metadata = Contributing(mma, 0, 0b0100);
        metadata[lane] = metadata[lane] & ~(15u << shift) | bits << shift;
        var exception = Assert.Throws<TensorCoreException>(() => mma.Execute(new uint[128], new uint[128], new uint[128], new uint[128], metadata, 0));
        Assert.Contains(reason, exception.Message);
        Assert.Contains($"of lane {lane} (row 5, columns {column}–", exception.Message);
    }

    [Fact]
    public void Execute_DescendingIndices_AreFineWithoutOrderedMetadata()
    {
        MmaInstruction mma = Parse(S8K32);
        mma.Execute(new uint[64], new uint[64], new uint[128], new uint[128], Contributing(mma, 0, 0b0001), 0);
    }

    [Theory]
    [InlineData(F16K16, 4)]
    [InlineData(F16K32, 2)]
    [InlineData(Tf32K8, -1)]
    [InlineData(Tf32K16, 2)]
    [InlineData(S8K32, 2)]
    [InlineData(S8K64, 1)]
    [InlineData(S4K64, 3)]
    [InlineData(S4K128, 1)]
    public void Execute_UndefinedSelector_IsRefused(string form, int selector)
    {
        MmaInstruction mma = Parse(form);
        uint[] metadata = Enumerable.Repeat(0x44444444u, 32).ToArray();
        var exception = Assert.Throws<TensorCoreException>(() => mma.Execute(new uint[128], new uint[128], new uint[128], new uint[128], metadata, selector));
        Assert.Contains($"sparsity selector {selector}", exception.Message);
    }

    private static int Selectors(MmaInstruction mma) => (mma.Shape.K, mma.A.Bits()) switch
    {
        (16, 16) or (8, 32) => 4,
        (32, 16) or (16, 32) or (32, 8) or (64, 4) => 2,
        _ => 1,
    };

    // Words whose eight nibbles are the given bits in the lanes that the selector names; zeros in the others.
    private static uint[] Contributing(MmaInstruction mma, int selector, uint bits)
    {
        int lanes = 4 / Selectors(mma);
        return Enumerable.Range(0, 32).Select(lane => lane % 4 / lanes == selector ? bits * 0x11111111 : 0).ToArray();
    }
}
