using Intarsia.PtxEmulator;

namespace ILGPU.Runtime.Cuda;

/// <summary>
/// An emulated NVIDIA device. Four are always there, one for each answer to the question what runs where: capabilities 8.0, 9.0, 10.0 and 7.5. Code looks for the one
/// it wants by <see cref="Architecture"/>, as it would on a machine with several cards.
/// </summary>
public sealed class CudaDevice : Device
{
    /// <summary>What a launch may use without asking.</summary>
    internal const int DefaultDynamicShared = 48 * 1024;

    /// <summary>Shared memory that a block may ask for, by capability (CUDA C++ Programming Guide, table "Technical Specifications per Compute Capability").</summary>
    internal static readonly CudaDevice[] All = [new(0, new(8, 0), 163 * 1024), new(1, new(9, 0), 227 * 1024), new(2, new(10, 0), 227 * 1024), new(3, new(7, 5), 64 * 1024)];

    private CudaDevice(int id, CudaArchitecture architecture, int maxDynamicShared)
        : base(AcceleratorType.Cuda, $"Emulated NVIDIA device of capability {architecture.Major}.{architecture.Minor}", 32, 1024, DefaultDynamicShared)
    {
        DeviceId = id;
        Architecture = architecture;
        MaxDynamicShared = maxDynamicShared;
    }

    public int DeviceId { get; }

    public CudaArchitecture? Architecture { get; }

    internal int MaxDynamicShared { get; }

    public override Accelerator CreateAccelerator(Context context) => CreateCudaAccelerator(context);

    public CudaAccelerator CreateCudaAccelerator(Context context) => new(context, this);
}

/// <summary>An emulated NVIDIA device in use. PTX runs on Intarsia's emulator.</summary>
public sealed class CudaAccelerator : Accelerator
{
    internal CudaAccelerator(Context context, CudaDevice device)
        : base(context, device)
    {
        Machine = new PtxMachine(Memory, new PtxMachineOptions { MaxDynamicShared = device.MaxDynamicShared });
        DefaultStream = new CudaStream(this, IntPtr.Zero);
    }

    public new CudaDevice Device => (CudaDevice)base.Device;

    public int DeviceId => Device.DeviceId;

    public CudaArchitecture Architecture => Device.Architecture.GetValueOrDefault();

    internal PtxMachine Machine { get; }

    public override AcceleratorStream CreateStream() => new CudaStream(this, EmulatedDriver.Add(this));

    protected override void Dispose(bool disposing)
    {
        EmulatedDriver.RemoveAll(this);
        base.Dispose(disposing);
    }
}

/// <summary>A stream of an emulated device.</summary>
public sealed class CudaStream : AcceleratorStream
{
    internal CudaStream(Accelerator accelerator, IntPtr handle)
        : base(accelerator) => StreamPtr = handle;

    public IntPtr StreamPtr { get; }

    public override void Synchronize()
    {
    }

    protected override void DisposeAcceleratorObject(bool disposing) => EmulatedDriver.Remove(StreamPtr);
}

/// <summary>CUDA devices of contexts.</summary>
public static class CudaContextExtensions
{
    public static Context.Builder Cuda(this Context.Builder builder) => builder.Cuda(static device => true);

    public static Context.Builder Cuda(this Context.Builder builder, Predicate<CudaDevice> predicate)
    {
        builder.Devices.AddRange(CudaDevice.All.Where(device => predicate(device)));
        return builder;
    }

    public static CudaDevice GetCudaDevice(this Context context, int cudaDeviceIndex) => context.GetDevice<CudaDevice>(cudaDeviceIndex);

    public static Context.DeviceCollection<CudaDevice> GetCudaDevices(this Context context) => context.GetDevices<CudaDevice>();

    public static CudaAccelerator CreateCudaAccelerator(this Context context, int cudaDeviceIndex) => context.GetCudaDevice(cudaDeviceIndex).CreateCudaAccelerator(context);
}
