using Intarsia.PtxEmulator.TensorCores;

namespace Intarsia.PtxEmulator.Tests.TensorCores;

/// <summary>A random structured sparse A: with all its columns, as it is stored, and the four bits of each chunk.</summary>
internal sealed class SparseCase
{
    public SparseCase(Random random, int rows, int k, MmaElement element, bool ordered)
    {
        int width = element == MmaElement.TF32 ? 2 : element.Bits() == 4 ? 8 : 4, unit = element.Bits() == 4 ? 2 : 1;
        ChunkColumns = width;
        Full = new uint[rows, k];
        Stored = new uint[rows, k / 2];
        Chunks = new uint[rows, k / width];
        for (int row = 0; row < rows; row++)
            for (int chunk = 0, at = 0; chunk < k / width; chunk++)
            {
                int first = random.Next(4), second = (first + random.Next(1, 4)) % 4;
                if (ordered && first > second) (first, second) = (second, first);
                // tf32: one element, named by 0b0100 or 0b1110.
                int[] places = element == MmaElement.TF32 ? [first % 2] : [first, second];
                Chunks[row, chunk] = element == MmaElement.TF32 ? first % 2 == 0 ? 0b0100u : 0b1110u : (uint)(first | second << 2);
                foreach (int place in places)
                    for (int e = 0; e < unit; e++)
                        Full[row, chunk * width + place * unit + e] = Stored[row, at++] = ElementBits.Random(random, element);
            }
    }

    public int ChunkColumns { get; }

    public uint[,] Full { get; }

    public uint[,] Stored { get; }

    public uint[,] Chunks { get; }
}
