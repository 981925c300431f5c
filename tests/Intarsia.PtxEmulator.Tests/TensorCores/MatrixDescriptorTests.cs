using Intarsia.PtxEmulator.TensorCores;
using Xunit;

namespace Intarsia.PtxEmulator.Tests.TensorCores;

/// <summary>Matrix descriptors: the fields, and addresses worked by hand from the canonical layouts and examples of PTX ISA 9.1, 9.7.15.5.1.2.</summary>
[Trait("Category", "Gpu")]
public sealed class MatrixDescriptorTests
{
    [Fact]
    public void Decode_ReadsEveryField()
    {
        // Start 0x12340, LBO 0x400, SBO 0x2000, base offset 5, 64-byte swizzle.
        MatrixDescriptor descriptor = MatrixDescriptor.Decode(0x800A_0200_0040_1234);
        Assert.Equal(new MatrixDescriptor(0x12340, 0x400, 0x2000, 5, SwizzleMode.Bytes64), descriptor);
        Assert.Equal(SwizzleMode.Bytes128, MatrixDescriptor.Decode(1UL << 62).Swizzle);
        Assert.Equal(SwizzleMode.Bytes32, MatrixDescriptor.Decode(3UL << 62).Swizzle);
        Assert.Equal(new MatrixDescriptor(0x3FFF0, 0x3FFF0, 0x3FFF0, 0, SwizzleMode.None), MatrixDescriptor.Decode(0x0000_3FFF_3FFF_3FFF));
    }

    [Theory]
    [InlineData(14)]
    [InlineData(15)]
    [InlineData(30)]
    [InlineData(46)]
    [InlineData(48)]
    [InlineData(52)]
    [InlineData(61)]
    public void Decode_BitsOutsideOfTheFields_AreRefused(int bit) => Assert.Contains("belong to no field", Assert.Throws<TensorCoreException>(() => MatrixDescriptor.Decode(1UL << bit)).Message);

    [Fact]
    public void Decode_BaseOffsetWithoutSwizzle_IsRefused() => Assert.Throws<TensorCoreException>(() => MatrixDescriptor.Decode(1UL << 49));

    // Element (row, k) of bytesPerElement bytes; offset in bytes from a start at 0 unless given.
    [Theory]
    // Figure 166 (tf32, no swizzle): ((8,2),(4,4)):((4,32),(1,64)) elements. Row 9, k 5: 4 + 32 + 64 + 1 = 101 elements.
    [InlineData(0, 256, 128, 0, 9, 5, 4, 404)]
    [InlineData(0, 256, 128, 0, 7, 3, 4, 124)]
    // Figure 167 (tf32, 32 bytes): ((8,2),(4,4)):((8,64),(1,4)). Rows 0–3 lie as they are, rows 4–7 (from byte 128 on) have their two chunks exchanged.
    [InlineData(32, 16, 256, 0, 3, 5, 4, 3 * 32 + 16 + 4)]
    [InlineData(32, 16, 256, 0, 4, 0, 4, 128 + 16)]
    [InlineData(32, 16, 256, 0, 4, 5, 4, 128 + 4)]
    [InlineData(32, 16, 256, 0, 15, 4, 4, 256 + 7 * 32)]
    // 64 bytes, bf16: rows in pairs; chunk c of row r is at c ^ (r / 2).
    [InlineData(64, 16, 512, 0, 1, 8, 2, 64 + 16)]
    [InlineData(64, 16, 512, 0, 2, 0, 2, 128 + 16)]
    [InlineData(64, 16, 512, 0, 5, 8, 2, 320 + 3 * 16)]
    [InlineData(64, 16, 512, 0, 15, 1, 2, 512 + 448 + 48 + 2)]
    // 128 bytes, f16: chunk c of row r is at c ^ (r mod 8).
    [InlineData(128, 16, 1024, 0, 0, 9, 2, 18)]
    [InlineData(128, 16, 1024, 0, 1, 0, 2, 128 + 16)]
    [InlineData(128, 16, 1024, 0, 3, 9, 2, 384 + 2 * 16 + 2)]
    [InlineData(128, 16, 1024, 0, 9, 0, 2, 1024 + 128 + 16)]
    [InlineData(128, 16, 1024, 0, 15, 15, 2, 1024 + 896 + 6 * 16 + 14)]
    // The second and fourth k-step of the same tile: the start moves by 32 bytes each, the pattern stays where it is.
    [InlineData(128, 16, 1024, 32, 0, 0, 2, 32)]
    [InlineData(128, 16, 1024, 32, 1, 0, 2, 128 + 3 * 16)]
    [InlineData(128, 16, 1024, 96, 7, 8, 2, 896)]
    public void KMajor_IsTheCanonicalLayout(int swizzle, uint leading, uint stride, uint start, int row, int k, int bytesPerElement, uint expected)
    {
        int perChunk = 16 / bytesPerElement;
        var descriptor = new MatrixDescriptor(start, leading, stride, 0, Mode(swizzle));
        Assert.Equal(expected, descriptor.KMajor(row, k / perChunk) + (uint)(k % perChunk * bytesPerElement));
    }

    [Theory]
    // Figure 168 (bf16, no swizzle): ((8,1,2),(8,2)):((1,8,64),(8,128)). M or N 9, k 10: 1 + 64 + 2·8 + 128 = 209 elements.
    [InlineData(0, 256, 128, 9, 10, 418)]
    // Figure 169 (32 bytes): ((8,2,2),(8,2)):((1,8,128),(16,256)). 25, 9: 1 + 8 + 128 + 16 + 256 = 409; its address has bit 7 clear.
    [InlineData(32, 256, 512, 25, 9, 818)]
    [InlineData(32, 256, 512, 0, 4, 128 + 16)]
    // Figure 170 (64 bytes): ((8,4,2),(8,2)):((1,8,256),(32,512)). Columns 2 and 3 of k are the second 128 bytes.
    [InlineData(64, 512, 1024, 0, 3, 192 + 16)]
    [InlineData(64, 512, 1024, 42, 15, 512 + 1024 + 448 + (1 ^ 3) * 16 + 4)]
    // 128 bytes: ((8,8,m),(8,k)):((1,8,LBO),(64,SBO)).
    [InlineData(128, 2048, 1024, 0, 3, 384 + 48)]
    [InlineData(128, 2048, 1024, 70, 12, 2048 + 1024 + 512 + 4 * 16 + 12)]
    public void MnMajor_IsTheCanonicalLayout(int swizzle, uint leading, uint stride, int at, int k, uint expected)
    {
        var descriptor = new MatrixDescriptor(0, leading, stride, 0, Mode(swizzle));
        Assert.Equal(expected, descriptor.MnMajor(at / 8, k) + (uint)(at % 8 * 2));
    }

    [Theory]
    // The pattern starts at 0x480, whose bits 9–7 are 1: row r of it is permuted by r, not by what its address says.
    [InlineData(128, 0x480u, 1, 0, 0x480u)]
    [InlineData(128, 0x480u, 1, 1, 0x500u + 16)]
    [InlineData(128, 0x480u, 1, 7, 0x800u + 7 * 16)]
    [InlineData(64, 0x280u, 5, 2, 0x300u + 16)]
    [InlineData(32, 0x080u, 1, 4, 0x100u + 16)]
    public void BaseOffset_MovesThePattern(int swizzle, uint start, int baseOffset, int row, uint expected) =>
        Assert.Equal(expected, new MatrixDescriptor(start, 16, 1024, baseOffset, Mode(swizzle)).KMajor(row, 0));

    [Theory]
    [InlineData(128, 96, 2, true)]
    [InlineData(128, 112, 2, false)]
    [InlineData(64, 32, 4, false)]
    [InlineData(32, 0, 4, false)]
    [InlineData(0, 112, 4, true)]
    public void CheckRow_ChunksBesideTheRow_AreRefused(int swizzle, uint start, int chunks, bool fits)
    {
        var exception = Record.Exception(() => new MatrixDescriptor(0x400 + start, 16, 1024, 0, Mode(swizzle)).CheckRow(chunks, "B"));
        Assert.Equal(fits, exception is null);
        if (!fits) Assert.Contains("B begins at byte", Assert.IsType<TensorCoreException>(exception).Message);
    }

    private static SwizzleMode Mode(int bytes) => bytes switch { 128 => SwizzleMode.Bytes128, 64 => SwizzleMode.Bytes64, 32 => SwizzleMode.Bytes32, _ => SwizzleMode.None };
}
