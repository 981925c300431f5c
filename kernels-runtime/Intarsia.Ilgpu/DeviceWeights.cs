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

    private DeviceWeights(string[] names, MemoryBuffer1D<byte, Stride1D.Dense>?[] arrays) => (_names, _arrays) = (names, arrays);

    /// <summary>The address of an array; 0 where it is empty.</summary>
    /// <param name="array">The member of the prepared form, as in <c>nameof(PanelWeights&lt;float&gt;.Values)</c>.</param>
    public nint Pointer(string array) => _arrays[IndexOf(array)]?.NativePtr ?? 0;

    /// <summary>An array as a view; empty where it is empty.</summary>
    /// <param name="array">The member of the prepared form.</param>
    public ArrayView<T> View<T>(string array)
        where T : unmanaged => _arrays[IndexOf(array)] is { } buffer ? buffer.View.BaseView.Cast<T>() : ArrayView<T>.Empty;

    /// <summary>Copies the arrays of a prepared form; done when it returns.</summary>
    internal static DeviceWeights Upload<T>(T prepared, AcceleratorStream stream)
        where T : IDeviceArrays
    {
        string[] names = T.DeviceArrayNames.ToArray();
        var arrays = new MemoryBuffer1D<byte, Stride1D.Dense>?[names.Length];
        for (int i = 0; i < names.Length; i++)
        {
            ReadOnlySpan<byte> bytes = prepared.DeviceArray(i);
            if (bytes.IsEmpty) continue;
            arrays[i] = stream.Accelerator.Allocate1D<byte>(bytes.Length);
            arrays[i]!.View.BaseView.CopyFromCPU(stream, bytes);
        }
        return new DeviceWeights(names, arrays);
    }

    internal void Free()
    {
        foreach (MemoryBuffer1D<byte, Stride1D.Dense>? array in _arrays) array?.Dispose();
    }

    private int IndexOf(string array)
    {
        int index = Array.IndexOf(_names, array);
        return index >= 0 ? index : throw new ArgumentException($"There is no array '{array}'; expected {string.Join(", ", _names)}.", nameof(array));
    }
}
