using Intarsia.PtxEmulator.TensorCores;
using Xunit;

namespace Intarsia.PtxEmulator.Tests.TensorCores;

/// <summary>Shared memory with matrices placed by the picture: atoms of eight rows, in which chunk c of row r is at c xor the number of 128-byte lines before row r. Bytes never written may not be read.</summary>
internal sealed class SharedTile : ISharedMemory
{
    private readonly byte[] _bytes = new byte[1 << 18];
    private readonly bool[] _written = new bool[1 << 18];

    public uint Read(uint byteAddress, int bytes)
    {
        uint value = 0;
        for (int i = 0; i < bytes; i++)
        {
            Assert.True(_written[byteAddress + i], $"byte {byteAddress + i} was read and never written");
            value |= (uint)_bytes[byteAddress + i] << 8 * i;
        }
        return value;
    }

    /// <summary>Places a matrix given as (along M or N, along K), and returns its descriptor.</summary>
    /// <param name="matrix">Raw bits of the elements.</param>
    /// <param name="bits">Bits of an element.</param>
    /// <param name="swizzle">Chunks in a row of the atom: 1, 2, 4 or 8.</param>
    /// <param name="mnMajor">Whether M or N is contiguous.</param>
    /// <param name="start">Where the atoms begin; a multiple of 1024.</param>
    /// <param name="skip">Chunks before the first one, in the same rows.</param>
    public ulong Place(uint[,] matrix, int bits, int swizzle, bool mnMajor, int start, int skip = 0)
    {
        (int extent, int k) = (matrix.GetLength(0), matrix.GetLength(1));
        int bytes = bits / 8, perChunk = 16 / bytes;
        (int chunks, int rows) = mnMajor ? (extent / perChunk, k) : (k / perChunk, extent);
        int atom = 128 * swizzle;
        // Atoms one after the other, chunk-wards first, with gaps between them so that the two offsets are not what one might guess.
        int along = 2 * atom, across = (chunks + skip + swizzle - 1) / swizzle * along + atom;
        for (int e = 0; e < extent; e++)
            for (int d = 0; d < k; d++)
            {
                (int at, int row) = mnMajor ? (e, d) : (d, e);
                int chunk = at / perChunk + skip, line = row % 8 * swizzle / 8;
                int address = start + row / 8 * across + chunk / swizzle * along + row % 8 * 16 * swizzle + ((chunk % swizzle) ^ line) * 16 + at % perChunk * bytes;
                for (int i = 0; i < bytes; i++)
                {
                    _bytes[address + i] = (byte)(matrix[e, d] >> 8 * i);
                    _written[address + i] = true;
                }
            }
        // The two offsets are named differently without swizzling, and for MN-major matrices.
        (int leading, int stride) = swizzle == 1 && mnMajor ? (across, along) : (along, across);
        ulong mode = swizzle switch { 8 => 1, 4 => 2, 2 => 3, _ => 0 };
        return (ulong)(start + 16 * skip) >> 4 | (ulong)leading >> 4 << 16 | (ulong)stride >> 4 << 32 | mode << 62;
    }
}
