using System.Reflection;
using System.Runtime.ExceptionServices;
using ILGPU.Runtime;

namespace ILGPU.Execution;

/// <summary>Runs an explicitly grouped kernel: the groups on two system threads, as they come.</summary>
internal static class KernelLaunch
{
    private const int Workers = 2;

    /// <summary>What loading a kernel checks.</summary>
    public static void Check(Accelerator accelerator, MethodInfo kernel)
    {
        accelerator.Bind();
        if (!kernel.IsStatic) throw new NotSupportedException($"Kernel {kernel.Name} is an instance method or a lambda; kernels are static methods.");
    }

    public static void Run(Accelerator accelerator, AcceleratorStream stream, MethodInfo kernel, KernelConfig config, Action body)
    {
        if (stream.Accelerator != accelerator) throw new ArgumentException("The stream belongs to another accelerator than the kernel.", nameof(stream));
        Index3D grid = config.GridDim, group = config.GroupDim;
        int threads = group.X * group.Y * group.Z;
        if (threads < 1 || threads > accelerator.MaxNumThreadsPerGroup || Math.Min(grid.X, Math.Min(grid.Y, grid.Z)) < 1)
            throw new ArgumentOutOfRangeException(nameof(config), $"Kernel {kernel.Name}: a grid of {grid} groups of {group} threads; {accelerator.Name} takes groups of 1 to {accelerator.MaxNumThreadsPerGroup}.");
        accelerator.Bind();
        try
        {
            Parallel.For(0L, (long)grid.X * grid.Y * grid.Z, new ParallelOptions { MaxDegreeOfParallelism = Workers }, number =>
            {
                var index = new Index3D((int)(number % grid.X), (int)(number / grid.X % grid.Y), (int)(number / ((long)grid.X * grid.Y)));
                new GroupRunner(accelerator, kernel.Name, grid, index, group, body).Run();
            });
        }
        catch (AggregateException faults)
        {
            ExceptionDispatchInfo.Throw(faults.InnerExceptions[0]);
        }
    }
}
