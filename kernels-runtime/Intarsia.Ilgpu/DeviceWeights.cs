using System.ComponentModel;
using ILGPU;
using ILGPU.Runtime;
using Intarsia.Kernels;

namespace Intarsia.Ilgpu;

/// <summary>The arrays of one prepared order of a matrix, on the device. They belong to the <see cref="DeviceMatrix"/> that made them.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public sealed class DeviceWeights
{
    private readonly string[] _names;
    private readonly MemoryBuffer1D<byte, Stride1D.Dense>?[] _arrays;

    /// <summary>The array that belongs to other weights; −1 for none.</summary>
    private readonly int _shared;

    private DeviceWeights(string[] names, MemoryBuffer1D<byte, Stride1D.Dense>?[] arrays, int shared) => (_names, _arrays, _shared) = (names, arrays, shared);

    /// <summary>The address of an array; 0 where it is empty.</summary>
    /// <param name="array">The member of the prepared form, as in <c>nameof(PanelWeights&lt;float&gt;.Values)</c>.</param>
    public nint Pointer(string array) => _arrays[IndexOf(array)]?.NativePtr ?? 0;

    /// <summary>An array as a view; empty where it is empty.</summary>
    /// <param name="array">The member of the prepared form.</param>
    public ArrayView<T> View<T>(string array)
        where T : unmanaged => _arrays[IndexOf(array)] is { } buffer ? buffer.View.BaseView.Cast<T>() : ArrayView<T>.Empty;

    /// <summary>Copies the arrays of a prepared form; done when it returns.</summary>
    internal static DeviceWeights Upload<T>(T prepared, AcceleratorStream stream)
        where T : IDeviceArrays =>
        Upload(T.DeviceArrayNames, prepared, stream, except: -1, array: null, isShared: false);

    /// <summary>Copies all arrays but one, for which there is memory instead, with anything in it.</summary>
    /// <param name="names">The arrays of the form.</param>
    /// <param name="prepared">The form.</param>
    /// <param name="stream">The stream to copy on.</param>
    /// <param name="except">The array that is left out.</param>
    /// <param name="bytes">Its bytes.</param>
    internal static DeviceWeights Upload(ReadOnlySpan<string> names, IDeviceArrays prepared, AcceleratorStream stream, string except, long bytes) =>
        Upload(names, prepared, stream, names.IndexOf(except), bytes == 0 ? null : stream.Accelerator.Allocate1D<byte>(bytes), isShared: false);

    /// <summary>Copies all arrays but one, which is that of other weights, and theirs to free.</summary>
    internal static DeviceWeights Upload(ReadOnlySpan<string> names, IDeviceArrays prepared, AcceleratorStream stream, string except, DeviceWeights owner) =>
        Upload(names, prepared, stream, names.IndexOf(except), owner._arrays[owner.IndexOf(except)], isShared: true);

    /// <summary>Bytes on the device; null where there are none.</summary>
    internal static MemoryBuffer1D<byte, Stride1D.Dense>? Copy(ReadOnlySpan<byte> bytes, AcceleratorStream stream)
    {
        if (bytes.IsEmpty) return null;
        MemoryBuffer1D<byte, Stride1D.Dense> buffer = stream.Accelerator.Allocate1D<byte>(bytes.Length);
        buffer.View.BaseView.CopyFromCPU(stream, bytes);
        return buffer;
    }

    internal void Free()
    {
        for (int i = 0; i < _arrays.Length; i++)
            if (i != _shared) _arrays[i]?.Dispose();
    }

    private static DeviceWeights Upload(ReadOnlySpan<string> names, IDeviceArrays prepared, AcceleratorStream stream, int except, MemoryBuffer1D<byte, Stride1D.Dense>? array, bool isShared)
    {
        var arrays = new MemoryBuffer1D<byte, Stride1D.Dense>?[names.Length];
        for (int i = 0; i < names.Length; i++) arrays[i] = i == except ? array : Copy(prepared.DeviceArray(i), stream);
        return new DeviceWeights(names.ToArray(), arrays, isShared ? except : -1);
    }

    private int IndexOf(string array)
    {
        int index = Array.IndexOf(_names, array);
        return index >= 0 ? index : throw new ArgumentException($"There is no array '{array}'; expected {string.Join(", ", _names)}.", nameof(array));
    }
}
