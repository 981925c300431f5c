using System.ComponentModel;

namespace Intarsia.Kernels;

/// <summary>A prepared form whose arrays can be copied to a device, where a kernel reads them under the names they have here.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public interface IDeviceArrays
{
    /// <summary>The members that give the first elements, in the order of <see cref="DeviceArray"/>.</summary>
    static abstract ReadOnlySpan<string> DeviceArrayNames { get; }

    /// <summary>The bytes of one array; empty where this matrix has none.</summary>
    /// <param name="index">The place among <see cref="DeviceArrayNames"/>.</param>
    ReadOnlySpan<byte> DeviceArray(int index);
}
