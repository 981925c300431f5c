namespace ILGPU.Runtime;

/// <summary>The kinds of accelerators.</summary>
public enum AcceleratorType
{
    CPU,
    Cuda,
    OpenCL,
}

/// <summary>A device that accelerators can be made from.</summary>
public abstract class Device
{
    private protected Device(AcceleratorType type, string name, int warpSize, int maxThreadsPerGroup, int maxSharedMemoryPerGroup)
    {
        AcceleratorType = type;
        Name = name;
        WarpSize = warpSize;
        MaxNumThreadsPerGroup = maxThreadsPerGroup;
        MaxSharedMemoryPerGroup = maxSharedMemoryPerGroup;
    }

    public AcceleratorType AcceleratorType { get; }

    public string Name { get; }

    public int WarpSize { get; }

    public int MaxNumThreadsPerGroup { get; }

    public int MaxSharedMemoryPerGroup { get; }

    public abstract Accelerator CreateAccelerator(Context context);

    public override string ToString() => $"{Name} [Type: {AcceleratorType}, WarpSize: {WarpSize}, MaxNumThreadsPerGroup: {MaxNumThreadsPerGroup}]";
}
