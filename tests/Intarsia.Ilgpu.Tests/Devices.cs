namespace Intarsia.Ilgpu.Tests;

/// <summary>The devices that tests run on. Against ILGPU itself, tests that want an NVIDIA device skip where there is none; against the test double one must be there.</summary>
public sealed class Devices : IDisposable
{
    private readonly Context _context = Context.Create(builder => builder.CPU(CPUDeviceKind.Nvidia).Cuda());
    private readonly Dictionary<(int, int), CudaAccelerator> _cuda = [];

    public Devices()
    {
        Cpu = _context.CreateCPUAccelerator(0);
        OtherCpu = _context.CreateCPUAccelerator(0);
    }

    /// <summary>A CPU accelerator whose groups have up to 1024 threads.</summary>
    public CPUAccelerator Cpu { get; }

    /// <summary>Another one, to be foreign to the first.</summary>
    public CPUAccelerator OtherCpu { get; }

    /// <summary>A new CPU accelerator with ILGPU's default of 16 threads to a group.</summary>
    public static (Context Context, CPUAccelerator Accelerator) Small()
    {
        Context context = Context.Create(builder => builder.DefaultCPU());
        return (context, context.CreateCPUAccelerator(0));
    }

    /// <summary>The NVIDIA device of a capability.</summary>
    public CudaAccelerator Cuda(int major, int minor)
    {
        if (_cuda.TryGetValue((major, minor), out CudaAccelerator? known)) return known;
        foreach (CudaDevice device in _context.GetCudaDevices())
            if (device.Architecture is { } architecture && (architecture.Major, architecture.Minor) == (major, minor))
                return _cuda[(major, minor)] = device.CreateCudaAccelerator(_context);
        throw new SkipException($"There is no CUDA device of capability {major}.{minor} here.");
    }

    public void Dispose() => _context.Dispose();
}
