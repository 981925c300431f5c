using System.ComponentModel;
using ILGPU;
using ILGPU.Runtime;
using Intarsia.Kernels;

namespace Intarsia.Ilgpu;

/// <summary>
/// A <see cref="PackedMatrix"/> on one accelerator. Like the matrix itself it holds no kernel's order at first: the first launch of a kernel prepares the order it wants on the
/// host and copies it, and every kernel that wants the same order uses that copy. Values rewritten in the matrix reach the device at the next launch. Values that a sampled product has written on the device
/// stay there: kernels that take them as weights have them brought into their order on the device, or read them where they are. They reach the matrix by <see cref="Download"/>.
/// </summary>
/// <remarks>Safe from any number of threads and streams. Rewriting values, or disposing, while a launch is being made is the caller's race.</remarks>
public sealed class DeviceMatrix : IDisposable
{
    private static readonly object ScalesKey = new();
    private static readonly object SampledKey = new();
    private readonly Lock _lock = new();
    private readonly Dictionary<object, DeviceOrder> _orders = [];
    private readonly PackedMatrix _matrix;
    private volatile Latest? _latest;
    private volatile Result? _result;
    private int _version;

    /// <summary>How often values have been written on the device.</summary>
    private volatile int _writings;

    /// <summary>The only scale on the device; none where there are more, or none at all.</summary>
    private float? _scale;

    private bool _isDisposed;

    private DeviceMatrix(Accelerator accelerator, PackedMatrix matrix) => (Accelerator, _matrix, _version) = (accelerator, matrix, matrix.ValuesVersion);

    /// <summary>The accelerator that the copies are on.</summary>
    public Accelerator Accelerator { get; }

    /// <summary>Pattern, number format and shape of the scales.</summary>
    public WeightLayout Layout => _matrix.Layout;

    /// <summary>Rows: output features.</summary>
    public int Rows => _matrix.Rows;

    /// <summary>Depth: input features.</summary>
    public int Depth => _matrix.Depth;

    /// <summary>Places in the storage of values, padding among them.</summary>
    public long Slots => _matrix.Slots;

    /// <summary>Gives a matrix a place on an accelerator. Bytes are copied when a kernel first asks for them.</summary>
    /// <param name="accelerator">The accelerator whose streams kernels will be launched on.</param>
    /// <param name="matrix">The matrix; it stays in use.</param>
    public static DeviceMatrix Upload(Accelerator accelerator, PackedMatrix matrix)
    {
        ArgumentNullException.ThrowIfNull(accelerator);
        ArgumentNullException.ThrowIfNull(matrix);
        ObjectDisposedException.ThrowIf(accelerator.IsDisposed, accelerator);
        return new DeviceMatrix(accelerator, matrix);
    }

    /// <summary>For generated code: the order that a kernel reads, copied at the first call with an equal preparation.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    public DeviceWeights Prepared<T>(Preparation<T> preparation, AcceleratorStream stream)
        where T : class, IPreparedWeights<T>, IDeviceArrays
    {
        ArgumentNullException.ThrowIfNull(preparation);
        if (Find(preparation, stream) is { } known) return known;
        lock (_lock)
        {
            FollowMatrix(stream);
            DeviceOrder order = _orders.TryGetValue(preparation, out DeviceOrder? found) && found.Writing == _writings ? found : Renew(preparation, found, stream);
            order.Use.Read(stream);
            return Remember(preparation, order);
        }
    }

    /// <summary>For generated code: the scales as the matrix holds them, or the one that a sampled product has set.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    public ArrayView<float> Scales(AcceleratorStream stream)
    {
        DeviceWeights? scales = Find(ScalesKey, stream);
        if (scales is null)
        {
            lock (_lock)
            {
                FollowMatrix(stream);
                float? written = _result?.Scale;
                if (written is not null && written != _scale) Forget(ScalesKey);
                if (!_orders.TryGetValue(ScalesKey, out DeviceOrder? order))
                {
                    float[] numbers = written is { } one ? [one] : _matrix.Scales.ToArray();
                    _orders.Add(ScalesKey, order = DeviceOrder.Upload(new CanonicalScales(numbers), stream));
                    _scale = numbers.Length == 1 ? numbers[0] : null;
                }
                order.Writing = _writings;
                scales = Remember(ScalesKey, order);
            }
        }
        return scales.View<float>(nameof(PackedMatrix.Scales));
    }

    /// <summary>For generated code of sampled products: where elements are stored, and the values, to be written in place.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    public DeviceWeights Sampled(AcceleratorStream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        lock (_lock)
        {
            FollowMatrix(stream);
            if (!_orders.TryGetValue(SampledKey, out DeviceOrder? order)) _orders.Add(SampledKey, order = DeviceOrder.Upload(new SampledArrays(_matrix), stream));
            order.Use.Write(stream);
            return order.Weights;
        }
    }

    /// <summary>For generated code: a launch that writes the values has been queued, and sets the only scale where there is one.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    public void Written(float? scale = null)
    {
        lock (_lock)
        {
            _result = new Result(_orders[SampledKey].Weights, scale);
            _writings++;
        }
    }

    /// <summary>
    /// Copies the values that sampled products have written on the device into the matrix, once what was queued is done; forms prepared from the old ones are dropped. Does nothing where no launch has written
    /// since the last time, or where the matrix has been rewritten after it. A kernel that takes this matrix as weights in an order that only the host can make does so by itself.
    /// </summary>
    /// <exception cref="ObjectDisposedException">The matrix has been disposed here.</exception>
    public void Download()
    {
        if (_result is null) return;
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            Fetch();
        }
    }

    /// <summary>Frees the copies once the accelerator has done what it was given. The matrix itself stays as it is.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            if (_isDisposed) return;
            _isDisposed = true;
            FreeOrders();
        }
    }

    /// <summary>For the check at a kernel's door.</summary>
    internal void ThrowIfUnusable(string name, AcceleratorStream stream)
    {
        if (Volatile.Read(ref _isDisposed)) throw new ObjectDisposedException(name, $"The matrix '{name}' on {GpuKernel.Describe(Accelerator)} has been disposed.");
        if (stream.Accelerator != Accelerator)
            throw new ArgumentException($"'{name}' lies on {GpuKernel.Describe(Accelerator)}; expected the stream's own accelerator, {GpuKernel.Describe(stream.Accelerator)}. Upload it there, too.", name);
    }

    private DeviceWeights? Find(object key, AcceleratorStream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ThrowIfUnusable("weights", stream);
        return _latest is { } latest && ReferenceEquals(latest.Key, key) && latest.Version == _matrix.ValuesVersion && latest.Writing == _writings && latest.Order.Use.IsReadyFor(stream) ? latest.Order.Weights : null;
    }

    private DeviceWeights Remember(object key, DeviceOrder order)
    {
        _latest = new Latest(key, _version, _writings, order);
        return order.Weights;
    }

    /// <summary>Makes an order, or brings it up to date: on the device where the values are there and the order is one of places, else on the host.</summary>
    private DeviceOrder Renew<T>(Preparation<T> preparation, DeviceOrder? order, AcceleratorStream stream)
        where T : class, IPreparedWeights<T>, IDeviceArrays
    {
        if (order is not { IsPlaced: true })
        {
            ValueGather? gather = _result is null ? null : ValueGather.Find(_matrix, T.Element);
            if (gather is null) Fetch();
            Forget(preparation);
            order = gather is null
                ? DeviceOrder.Upload(preparation.Make(_matrix), stream)
                : DeviceOrder.Place(T.DeviceArrayNames, preparation.Places(_matrix), _orders[SampledKey], gather, stream);
            _orders.Add(preparation, order);
        }
        order.Gather(stream);
        order.Writing = _writings;
        return order;
    }

    /// <summary>The values of the device into the matrix.</summary>
    private void Fetch()
    {
        if (_result is not { } result) return;
        _result = null;
        if (_matrix.ValuesVersion != _version) return;
        Accelerator.Synchronize();
        if (!_matrix.ValueBytes.IsEmpty) result.Arrays.View<byte>("Values").CopyToCPU(Accelerator.DefaultStream, _matrix.ValueBytes);
        Accelerator.Synchronize();
        _matrix.ValuesWritten(result.Scale);
        // Host and device hold the same values now; only what the host had made is old.
        FreeMade();
        _version = _matrix.ValuesVersion;
    }

    /// <summary>Drops what is older than the values of the matrix. Where the device has its own, it gets the new ones; what follows from the pattern alone stays.</summary>
    private void FollowMatrix(AcceleratorStream stream)
    {
        ThrowIfUnusable("weights", stream);
        int version = _matrix.ValuesVersion;
        if (version == _version) return;
        _result = null;
        if (!Accelerator.IsDisposed) Accelerator.Synchronize();
        FreeMade();
        if (_orders.TryGetValue(SampledKey, out DeviceOrder? stored))
        {
            if (!_matrix.ValueBytes.IsEmpty) stored.Weights.View<byte>("Values").CopyFromCPU(stream, _matrix.ValueBytes);
            stored.Use.Settle();
            _writings++;
        }
        _version = version;
    }

    /// <summary>Frees the orders whose values the host has made. Nothing reads them any more.</summary>
    private void FreeMade()
    {
        _latest = null;
        foreach (object key in _orders.Keys.Where(key => key != SampledKey && !_orders[key].IsPlaced).ToArray())
        {
            _orders[key].Free();
            _orders.Remove(key);
        }
    }

    private void Forget(object key)
    {
        if (!_orders.Remove(key, out DeviceOrder? order)) return;
        _latest = null;
        Accelerator.Synchronize();
        order.Free();
    }

    private void FreeOrders()
    {
        _latest = null;
        _result = null;
        if (!Accelerator.IsDisposed) Accelerator.Synchronize();
        foreach (DeviceOrder order in _orders.Values) order.Free();
        _orders.Clear();
    }

    private sealed record Latest(object Key, int Version, int Writing, DeviceOrder Order);

    /// <summary>Values on the device that the matrix has not.</summary>
    private sealed record Result(DeviceWeights Arrays, float? Scale);

    private sealed class SampledArrays(PackedMatrix matrix) : IDeviceArrays
    {
        public static ReadOnlySpan<string> DeviceArrayNames => new[] { nameof(EntryIndex.Bounds), nameof(EntryIndex.Columns), nameof(EntryIndex.BlockRows), nameof(EntryIndex.Places), "Values" };

        public ReadOnlySpan<byte> DeviceArray(int index) => index switch
        {
            0 => DeviceBytes.Of<int>(matrix.Entries.Bounds),
            1 => DeviceBytes.Of<int>(matrix.Entries.Columns),
            2 => DeviceBytes.Of<int>(matrix.Entries.BlockRows),
            3 => DeviceBytes.Of<int>(matrix.Entries.Places),
            _ => matrix.ValueBytes,
        };
    }

    private sealed class CanonicalScales(float[] scales) : IDeviceArrays
    {
        public static ReadOnlySpan<string> DeviceArrayNames => new[] { nameof(PackedMatrix.Scales) };

        public ReadOnlySpan<byte> DeviceArray(int index) => DeviceBytes.Of<float>(scales);
    }
}
