using System.ComponentModel;

namespace Intarsia.Ilgpu;

/// <summary>One argument of an entry: an address, a size or a number in a slot of eight bytes (little-endian, so that a 32-bit parameter reads its low half), or a tensor map.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public readonly struct GpuArgument
{
    private GpuArgument(ulong bits) => Bits = bits;

    internal GpuArgument(EncodedTensorMap map) => Map = map;

    internal ulong Bits { get; }

    internal EncodedTensorMap? Map { get; }

    /// <summary>An address, or a size.</summary>
    public static implicit operator GpuArgument(nint value) => new((ulong)value);

    /// <summary>A 32-bit number.</summary>
    public static implicit operator GpuArgument(int value) => new((ulong)(long)value);

    /// <summary>A 64-bit number.</summary>
    public static implicit operator GpuArgument(long value) => new((ulong)value);

    /// <summary>A binary32 number.</summary>
    public static implicit operator GpuArgument(float value) => new(BitConverter.SingleToUInt32Bits(value));
}
