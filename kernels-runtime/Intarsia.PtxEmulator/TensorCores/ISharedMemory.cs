namespace Intarsia.PtxEmulator.TensorCores;

/// <summary>Shared memory as the tensor cores read it. The engine hangs its checks on it: bounds, races, uninitialised bytes.</summary>
internal interface ISharedMemory
{
    /// <summary>Reads 1, 2 or 4 bytes, little endian.</summary>
    /// <param name="byteAddress">Address in the shared window, aligned to <paramref name="bytes"/>.</param>
    /// <param name="bytes">How many.</param>
    uint Read(uint byteAddress, int bytes);

    /// <summary>Reads 16 bytes, the unit of matrix descriptors, to four words.</summary>
    /// <param name="byteAddress">Address in the shared window, a multiple of 16.</param>
    /// <param name="words">Out: the words.</param>
    void ReadChunk(uint byteAddress, Span<uint> words)
    {
        for (int i = 0; i < 4; i++) words[i] = Read(byteAddress + (uint)(4 * i), 4);
    }
}
