using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Intarsia.PtxEmulator.TensorCores;

/// <summary>Reads a matrix that a descriptor names into a row-major one.</summary>
/// <param name="Shared">Where it is.</param>
/// <param name="Descriptor">How it lies there.</param>
/// <param name="Name">What messages call it.</param>
/// <param name="MnMajor">Whether it is MN-major (transposed); K-major otherwise.</param>
/// <param name="Extent">Rows of A or columns of B.</param>
/// <param name="K">Columns of A, as stored, or rows of B.</param>
/// <param name="Element">What the elements are.</param>
internal readonly record struct SharedMatrix(ISharedMemory Shared, MatrixDescriptor Descriptor, string Name, bool MnMajor, int Extent, int K, MmaElement Element)
{
    private delegate void Scatter<T>(ReadOnlySpan<uint> chunk, MmaElement element, Span<T> target, int step);

    /// <summary>Reads floating-point elements.</summary>
    /// <param name="matrix">Out.</param>
    /// <param name="extentStep">Distance in it between neighbours along the rows of A, or the columns of B.</param>
    /// <param name="kStep">Distance in it between neighbours along K.</param>
    public void Read(Span<double> matrix, int extentStep, int kStep) => Read(matrix, extentStep, kStep, Floats);

    /// <summary>Reads integer elements; as the other.</summary>
    public void Read(Span<int> matrix, int extentStep, int kStep) => Read(matrix, extentStep, kStep, Integers);

    private void Read<T>(Span<T> matrix, int extentStep, int kStep, Scatter<T> scatter)
    {
        Span<uint> words = stackalloc uint[4];
        int perChunk = 128 / Element.Bits();
        if (MnMajor)
        {
            int chunks = Extent / perChunk;
            Descriptor.CheckRow(Math.Min(chunks, Descriptor.RowChunks), Name);
            for (int k = 0; k < K; k++)
                for (int chunk = 0; chunk < chunks; chunk++)
                {
                    Shared.ReadChunk(Descriptor.MnMajor(chunk, k), words);
                    scatter(words, Element, matrix[(chunk * perChunk * extentStep + k * kStep)..], extentStep);
                }
        }
        else
        {
            int chunks = K / perChunk;
            Descriptor.CheckRow(chunks, Name);
            for (int row = 0; row < Extent; row++)
                for (int chunk = 0; chunk < chunks; chunk++)
                {
                    Shared.ReadChunk(Descriptor.KMajor(row, chunk), words);
                    scatter(words, Element, matrix[(row * extentStep + chunk * perChunk * kStep)..], kStep);
                }
        }
    }

    private static void Floats(ReadOnlySpan<uint> chunk, MmaElement element, Span<double> target, int step)
    {
        Vector256<uint> words = Vector256.Create(Vector128.LoadUnsafe(in MemoryMarshal.GetReference(chunk)), Vector128<uint>.Zero);
        Vector256<float> low = ElementDecoder.ToSingle(words, element);
        if (element == MmaElement.TF32)
        {
            for (int i = 0; i < 4; i++) target[i * step] = low[i];
            return;
        }
        Vector256<float> high = ElementDecoder.ToSingle(words >>> 16, element);
        for (int i = 0; i < 4; i++)
        {
            target[2 * i * step] = low[i];
            target[(2 * i + 1) * step] = high[i];
        }
    }

    private static void Integers(ReadOnlySpan<uint> chunk, MmaElement element, Span<int> target, int step)
    {
        ReadOnlySpan<byte> bytes = MemoryMarshal.AsBytes(chunk);
        if (element == MmaElement.S8)
            for (int i = 0; i < 16; i++) target[i * step] = (sbyte)bytes[i];
        else
            for (int i = 0; i < 16; i++) target[i * step] = bytes[i];
    }
}
