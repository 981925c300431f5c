using ILGPU;
using ILGPU.Runtime;
using Intarsia;
using Intarsia.Ilgpu;

namespace Quickstart;

/// <summary>A kernel's overload for accelerators, on floats.</summary>
internal delegate void FloatDeviceKernel(AcceleratorStream stream, DeviceMatrix weights, ArrayView<float> x, ArrayView<float> bias, ArrayView<float> y, int tokens);

/// <summary>The same on bytes, writing floats.</summary>
internal delegate void DequantisingDeviceKernel(AcceleratorStream stream, DeviceMatrix weights, ArrayView<byte> x, float xScale, ArrayView<float> bias, ArrayView<float> y, int tokens);

/// <summary>The same on bytes, writing bytes.</summary>
internal delegate void RequantisingDeviceKernel(AcceleratorStream stream, DeviceMatrix weights, ArrayView<byte> x, float xScale, ArrayView<float> bias, ArrayView<byte> y, float yScale, int tokens);

/// <summary>The arrays of a chain of layers, as they lie on an accelerator: what one layer writes and the next one reads is one buffer there, as it is one array here.</summary>
internal sealed class DeviceArrays(Accelerator accelerator) : IDisposable
{
    private readonly Dictionary<object, IDisposable> copies = new(ReferenceEqualityComparer.Instance);

    /// <summary>Where the kernels are queued.</summary>
    public AcceleratorStream Stream => accelerator.DefaultStream;

    /// <summary>Packed weights; the first launch copies them in the order that its kernel reads.</summary>
    public DeviceMatrix Weights(PackedMatrix matrix) => Find(matrix, () => DeviceMatrix.Upload(accelerator, matrix));

    /// <summary>A copy of what an array holds now, unless a layer before has written it on the accelerator.</summary>
    public ArrayView<T> Input<T>(T[] array)
        where T : unmanaged => Find(array, () => accelerator.Allocate1D(array)).View.BaseView;

    /// <summary>Room for what a layer writes: nothing of the array is copied there.</summary>
    public ArrayView<T> Output<T>(T[] array)
        where T : unmanaged => Find(array, () => accelerator.Allocate1D<T>(array.Length)).View.BaseView;

    /// <summary>Copies a result back.</summary>
    public void Download<T>(T[] array)
        where T : unmanaged => Output(array).CopyToCPU(array);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (IDisposable copy in copies.Values) copy.Dispose();
    }

    private T Find<T>(object key, Func<T> make)
        where T : class, IDisposable
    {
        if (!copies.TryGetValue(key, out IDisposable? copy)) copies[key] = copy = make();
        return (T)copy;
    }
}
