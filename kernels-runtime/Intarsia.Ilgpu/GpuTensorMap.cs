using System.ComponentModel;
using ILGPU.Runtime.Cuda;

namespace Intarsia.Ilgpu;

/// <summary>Element types of tensor maps, with the driver's numbers (CUtensorMapDataType).</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public enum TensorMapElement
{
    /// <summary>Bytes, signed ones, too.</summary>
    UInt8 = 0,

    /// <summary>16-bit integers.</summary>
    UInt16 = 1,

    /// <summary>32-bit integers.</summary>
    Int32 = 3,

    /// <summary>binary16.</summary>
    Float16 = 6,

    /// <summary>binary32.</summary>
    Float32 = 7,

    /// <summary>bfloat16.</summary>
    BFloat16 = 9,
}

/// <summary>How rows of a box are mixed in shared memory, with the driver's numbers (CUtensorMapSwizzle).</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public enum TensorMapSwizzle
{
    /// <summary>Not at all.</summary>
    None = 0,

    /// <summary>Within 32 bytes.</summary>
    Bytes32 = 1,

    /// <summary>Within 64 bytes.</summary>
    Bytes64 = 2,

    /// <summary>Within 128 bytes.</summary>
    Bytes128 = 3,
}

/// <summary>
/// The constant part of a tensor map of a generated kernel: element type, box, swizzle. What differs between calls, address and extents, is encoded when it changes; the
/// encoding used last is kept. Elements out of bounds read as zero (CUDA driver API, cuTensorMapEncodeTiled).
/// </summary>
/// <param name="element">The element type.</param>
/// <param name="box">Elements of a box, innermost extent first.</param>
/// <param name="swizzle">The order in shared memory.</param>
[EditorBrowsable(EditorBrowsableState.Never)]
public sealed class GpuTensorMap(TensorMapElement element, int[] box, TensorMapSwizzle swizzle = TensorMapSwizzle.None)
{
    /// <summary>1 to 5.</summary>
    private const int MaxRank = 5;

    /// <summary>Strides are multiples of as many bytes.</summary>
    private const int StrideMultiple = 16;

    private volatile EncodedTensorMap? _latest;

    /// <summary>The map of a tensor.</summary>
    /// <param name="address">A device address, a multiple of 16.</param>
    /// <param name="dims">Extents in elements, innermost first; as many as the box has.</param>
    /// <param name="strideBytes">Bytes from one row (slice, …) to the next, multiples of 16; one less than extents, since the innermost stride is the element.</param>
    /// <exception cref="GpuKernelException">The driver refused the map, or has none.</exception>
    public GpuArgument Of(nint address, ReadOnlySpan<nint> dims, ReadOnlySpan<nint> strideBytes)
    {
        if (dims.Length != box.Length || dims.Length > MaxRank || strideBytes.Length != dims.Length - 1)
            throw new ArgumentException($"{dims.Length} extents and {strideBytes.Length} strides for a box of {box.Length}; expected as many extents, at most {MaxRank}, and one stride less.", nameof(dims));
        if (_latest is { } latest && latest.IsFor(address, dims, strideBytes)) return new GpuArgument(latest);
        var encoded = new EncodedTensorMap(address, dims, strideBytes);
        // The driver has no maps of nothing, and a kernel copies nothing of it.
        CudaError result = dims.Contains(0) ? CudaError.CUDA_SUCCESS : Encode(encoded);
        if (result != CudaError.CUDA_SUCCESS)
            throw new GpuKernelException($"The driver refused a tensor map with {ModuleLoader.Explain(result)}: {element} [{string.Join(", ", dims.ToArray())}], strides [{string.Join(", ", strideBytes.ToArray())}] bytes, "
                + $"box [{string.Join(", ", box)}], swizzle {swizzle}, address 0x{address:x}; expected an address and strides that are multiples of 16.");
        _latest = encoded;
        return new GpuArgument(encoded);
    }

    private unsafe CudaError Encode(EncodedTensorMap target)
    {
        int rank = box.Length;
        ulong* dims = stackalloc ulong[MaxRank], strides = stackalloc ulong[MaxRank];
        uint* boxes = stackalloc uint[MaxRank], steps = stackalloc uint[MaxRank];
        for (int i = 0; i < rank; i++)
        {
            // A tensor without elements, of which a kernel copies nothing, must still be one that the driver takes.
            (dims[i], boxes[i], steps[i]) = ((ulong)Math.Max(1, target.Dims[i]), (uint)box[i], 1);
            if (i + 1 < rank) strides[i] = (ulong)Math.Max(StrideMultiple, target.StrideBytes[i]);
        }
        return DriverCalls.EncodeTensorMap(target.Address, (int)element, rank, target.GlobalAddress, dims, strides, boxes, steps, (int)swizzle);
    }
}

/// <summary>The 128 opaque bytes, on a boundary of 64 as the driver wants them, and what they were made from. Immutable once encoded.</summary>
internal sealed unsafe class EncodedTensorMap
{
    private const int Alignment = 64;

    // Pinned, so that the address holds as long as the object.
    private readonly byte[] _memory = GC.AllocateArray<byte>(128 + Alignment, pinned: true);

    public EncodedTensorMap(nint globalAddress, ReadOnlySpan<nint> dims, ReadOnlySpan<nint> strideBytes)
    {
        (GlobalAddress, Dims, StrideBytes) = (globalAddress, dims.ToArray(), strideBytes.ToArray());
        fixed (byte* start = _memory) Address = (void*)(((nint)start + Alignment - 1) & -Alignment);
    }

    public nint GlobalAddress { get; }

    public nint[] Dims { get; }

    public nint[] StrideBytes { get; }

    public void* Address { get; }

    public bool IsFor(nint address, ReadOnlySpan<nint> dims, ReadOnlySpan<nint> strideBytes) => address == GlobalAddress && dims.SequenceEqual(Dims) && strideBytes.SequenceEqual(StrideBytes);
}
