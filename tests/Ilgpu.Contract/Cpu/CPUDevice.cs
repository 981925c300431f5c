namespace ILGPU.Runtime.CPU;

/// <summary>The processors that the CPU accelerator imitates.</summary>
public enum CPUDeviceKind
{
    Default,
    Nvidia,
    AMD,
    LegacyAMD,
    Intel,
}

/// <summary>The CPU. <see cref="Default"/> takes groups of 16 threads, as in ILGPU; <see cref="Nvidia"/> takes 1024.</summary>
public sealed class CPUDevice : Device
{
    public static readonly CPUDevice Default = new(4, 4, 1);

    public static readonly CPUDevice Nvidia = new(32, 32, 1);

    public static readonly CPUDevice AMD = new(32, 8, 1);

    public static readonly CPUDevice LegacyAMD = new(64, 4, 1);

    public static readonly CPUDevice Intel = new(16, 8, 1);

    public CPUDevice(int numThreadsPerWarp, int numWarpsPerMultiprocessor, int numMultiprocessors)
        : base(AcceleratorType.CPU, nameof(CPUAccelerator), numThreadsPerWarp, numThreadsPerWarp * numWarpsPerMultiprocessor, int.MaxValue) =>
        NumMultiprocessors = numMultiprocessors;

    public int NumMultiprocessors { get; }

    public override Accelerator CreateAccelerator(Context context) => CreateCPUAccelerator(context);

    public CPUAccelerator CreateCPUAccelerator(Context context) => new(context, this);
}

/// <summary>Kernels on the CPU.</summary>
public sealed class CPUAccelerator : Accelerator
{
    internal CPUAccelerator(Context context, CPUDevice device)
        : base(context, device) => DefaultStream = new CPUStream(this);

    public override AcceleratorStream CreateStream() => new CPUStream(this);
}

internal sealed class CPUStream(Accelerator accelerator) : AcceleratorStream(accelerator)
{
    public override void Synchronize()
    {
    }

    protected override void DisposeAcceleratorObject(bool disposing)
    {
    }
}
