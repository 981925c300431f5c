namespace ILGPU.Runtime.Cuda;

/// <summary>An NVIDIA device. A machine with this assembly has none.</summary>
public sealed class CudaDevice : Device
{
    private CudaDevice()
        : base(AcceleratorType.Cuda, "none", 32, 1024, 48 * 1024)
    {
    }

    public int DeviceId => 0;

    public CudaArchitecture? Architecture => null;

    public override Accelerator CreateAccelerator(Context context) => CreateCudaAccelerator(context);

    public CudaAccelerator CreateCudaAccelerator(Context context) => new(context, this);
}

/// <summary>An NVIDIA device in use.</summary>
public sealed class CudaAccelerator : Accelerator
{
    internal CudaAccelerator(Context context, CudaDevice device)
        : base(context, device)
    {
        DefaultStream = new CudaStream(this, IntPtr.Zero);
    }

    public new CudaDevice Device => (CudaDevice)base.Device;

    public int DeviceId => Device.DeviceId;

    public CudaArchitecture Architecture => Device.Architecture.GetValueOrDefault();

    public override AcceleratorStream CreateStream() => new CudaStream(this, IntPtr.Zero);
}

/// <summary>A stream of an NVIDIA device.</summary>
public sealed class CudaStream : AcceleratorStream
{
    internal CudaStream(Accelerator accelerator, IntPtr handle)
        : base(accelerator) => StreamPtr = handle;

    public IntPtr StreamPtr { get; }

    public override void Synchronize()
    {
    }

    protected override void DisposeAcceleratorObject(bool disposing)
    {
    }
}

/// <summary>CUDA devices of contexts.</summary>
public static class CudaContextExtensions
{
    public static Context.Builder Cuda(this Context.Builder builder) => builder.Cuda(static device => true);

    public static Context.Builder Cuda(this Context.Builder builder, Predicate<CudaDevice> predicate) => builder;

    public static CudaDevice GetCudaDevice(this Context context, int cudaDeviceIndex) => context.GetDevice<CudaDevice>(cudaDeviceIndex);

    public static Context.DeviceCollection<CudaDevice> GetCudaDevices(this Context context) => context.GetDevices<CudaDevice>();

    public static CudaAccelerator CreateCudaAccelerator(this Context context, int cudaDeviceIndex) => context.GetCudaDevice(cudaDeviceIndex).CreateCudaAccelerator(context);
}
