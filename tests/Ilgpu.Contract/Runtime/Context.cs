using System.Collections.Immutable;
using ILGPU.Runtime;
using ILGPU.Util;

namespace ILGPU;

/// <summary>Devices, and the accelerators made from them.</summary>
public sealed class Context : DisposeBase
{
    private readonly List<Accelerator> _accelerators = [];

    private Context(ImmutableArray<Device> devices) => Devices = devices;

    public ImmutableArray<Device> Devices { get; }

    public static Context Create(Action<Builder> buildingCallback)
    {
        ArgumentNullException.ThrowIfNull(buildingCallback);
        var builder = new Builder();
        buildingCallback(builder);
        return builder.ToContext();
    }

    public static Context CreateDefault() => Create(builder => builder.Default());

    public TDevice GetDevice<TDevice>(int deviceIndex)
        where TDevice : Device => GetDevices<TDevice>()[deviceIndex];

    public DeviceCollection<TDevice> GetDevices<TDevice>()
        where TDevice : Device => new([.. Devices.OfType<TDevice>()]);

    internal void Register(Accelerator accelerator)
    {
        lock (_accelerators) _accelerators.Add(accelerator);
    }

    protected override void Dispose(bool disposing)
    {
        foreach (Accelerator accelerator in _accelerators) accelerator.Dispose();
    }

    /// <summary>The devices of one kind.</summary>
    public readonly ref struct DeviceCollection<TDevice>
        where TDevice : Device
    {
        private readonly ImmutableArray<TDevice> _devices;

        internal DeviceCollection(ImmutableArray<TDevice> devices) => _devices = devices;

        public int Count => _devices.Length;

        public TDevice this[int deviceIndex] => _devices[deviceIndex];

        public Enumerator GetEnumerator() => new(_devices);

        /// <summary>Walks through the devices.</summary>
        public ref struct Enumerator
        {
            private ImmutableArray<TDevice>.Enumerator _inner;

            internal Enumerator(ImmutableArray<TDevice> devices) => _inner = devices.GetEnumerator();

            public TDevice Current => _inner.Current;

            public bool MoveNext() => _inner.MoveNext();
        }
    }

    /// <summary>Says which devices a context has.</summary>
    public sealed class Builder
    {
        internal List<Device> Devices { get; } = [];

        public Builder Default() => AllAccelerators();

        public Builder AllAccelerators() => ILGPU.Runtime.Cuda.CudaContextExtensions.Cuda(ILGPU.Runtime.CPU.CPUContextExtensions.DefaultCPU(this));

        public Context ToContext() => new([.. Devices]);
    }
}
