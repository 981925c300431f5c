using System.Runtime.InteropServices;

namespace Intarsia.PtxEmulator.TensorCores;

/// <summary>
/// Where ldmatrix, stmatrix and movmatrix (PTX ISA 9.1, 9.7.14.5.15 to 9.7.14.5.17) put the elements of 8×8 matrices of 16 bits: lane l holds row l / 4, columns 2·(l mod 4) and the next, low half first; with
/// <c>.trans</c>, the same place of the transposed matrix. Matrix i of <c>.x2</c> and <c>.x4</c> is in register i, and lanes 8·i to 8·i + 7 give the addresses of its rows, 16 bytes each.
/// </summary>
internal static class LdMatrix
{
    /// <summary>Bytes of a row, to which its address must be aligned.</summary>
    public const int RowBytes = 16;

    /// <summary>The lane whose address operand says where a row of a matrix is.</summary>
    public static int AddressLane(int matrix, int row) => matrix * 8 + row;

    /// <summary>The element in the low (0) or high (1) half of a lane's register.</summary>
    public static (int Row, int Column) Element(int lane, int half, bool transpose)
    {
        (int row, int column) = (lane / 4, 2 * (lane % 4) + half);
        return transpose ? (column, row) : (row, column);
    }

    /// <summary>One matrix to one register of every lane.</summary>
    /// <param name="matrix">Eight rows of 16 bytes, one after the other.</param>
    /// <param name="transpose"><c>.trans</c></param>
    /// <param name="register">The register, <c>[lane]</c>.</param>
    public static void Load(ReadOnlySpan<byte> matrix, bool transpose, Span<uint> register)
    {
        if (!transpose)
        {
            MemoryMarshal.Cast<byte, uint>(matrix[..128]).CopyTo(register);
            return;
        }
        ReadOnlySpan<ushort> elements = MemoryMarshal.Cast<byte, ushort>(matrix[..128]);
        for (int lane = 0; lane < 32; lane++) register[lane] = elements[lane % 4 * 16 + lane / 4] | (uint)elements[lane % 4 * 16 + 8 + lane / 4] << 16;
    }

    /// <summary>One register of every lane to one matrix; the inverse of <see cref="Load"/>.</summary>
    public static void Store(ReadOnlySpan<uint> register, bool transpose, Span<byte> matrix)
    {
        if (!transpose)
        {
            register[..32].CopyTo(MemoryMarshal.Cast<byte, uint>(matrix));
            return;
        }
        Span<ushort> elements = MemoryMarshal.Cast<byte, ushort>(matrix);
        for (int lane = 0; lane < 32; lane++)
        {
            elements[lane % 4 * 16 + lane / 4] = (ushort)register[lane];
            elements[lane % 4 * 16 + 8 + lane / 4] = (ushort)(register[lane] >>> 16);
        }
    }

    /// <summary>movmatrix: transposes the matrix that a register of every lane holds. The spans may be the same.</summary>
    public static void Transpose(ReadOnlySpan<uint> source, Span<uint> destination)
    {
        Span<byte> matrix = stackalloc byte[128];
        Store(source, false, matrix);
        Load(matrix, true, destination);
    }
}
