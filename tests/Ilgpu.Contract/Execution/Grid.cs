using ILGPU.Execution;

namespace ILGPU;

/// <summary>The groups of a launch.</summary>
public static class Grid
{
    public static int IdxX => KernelThread.Required.Group.Index.X;

    public static int IdxY => KernelThread.Required.Group.Index.Y;

    public static int IdxZ => KernelThread.Required.Group.Index.Z;

    public static int DimX => KernelThread.Required.Group.Grid.X;

    public static int DimY => KernelThread.Required.Group.Grid.Y;

    public static int DimZ => KernelThread.Required.Group.Grid.Z;
}

/// <summary>The threads of a group.</summary>
public static class Group
{
    public static int IdxX => KernelThread.Required.Index.X;

    public static int IdxY => KernelThread.Required.Index.Y;

    public static int IdxZ => KernelThread.Required.Index.Z;

    public static int DimX => KernelThread.Required.Group.Dimension.X;

    public static int DimY => KernelThread.Required.Group.Dimension.Y;

    public static int DimZ => KernelThread.Required.Group.Dimension.Z;

    public static void Barrier() => KernelThread.Required.Group.Barrier(KernelThread.Required);
}

/// <summary>Memory that the threads of a group share.</summary>
public static class SharedMemory
{
    public static ArrayView<T> Allocate<T>(int extent)
        where T : unmanaged => KernelThread.Required.Allocate<T>(extent);
}

/// <summary>The shape of a launch.</summary>
public readonly struct KernelConfig(Index3D gridDim, Index3D groupDim)
{
    public KernelConfig(Index1D gridDim, Index1D groupDim)
        : this(new Index3D(gridDim.X, 1, 1), new Index3D(groupDim.X, 1, 1))
    {
    }

    public Index3D GridDim { get; } = gridDim;

    public Index3D GroupDim { get; } = groupDim;
}

/// <summary>Bits of numbers.</summary>
public static class Interop
{
    public static uint FloatAsInt(float value) => BitConverter.SingleToUInt32Bits(value);

    public static float IntAsFloat(uint value) => BitConverter.UInt32BitsToSingle(value);
}

/// <summary>ILGPU's 16-bit float. Its name alone matters here: where both namespaces are in use, Half is ambiguous.</summary>
public readonly struct Half;

/// <summary>Functions that every accelerator has.</summary>
public static class IntrinsicMath
{
    public static float Abs(float value) => Math.Abs(value);

    public static int Abs(int value) => Math.Abs(value);

    public static float Min(float first, float second) => Math.Min(first, second);

    public static int Min(int first, int second) => Math.Min(first, second);

    public static float Max(float first, float second) => Math.Max(first, second);

    public static int Max(int first, int second) => Math.Max(first, second);

    public static float Clamp(float value, float min, float max) => Max(Min(value, max), min);

    public static int Clamp(int value, int min, int max) => Max(Min(value, max), min);

    public static int PopCount(int value) => System.Numerics.BitOperations.PopCount((uint)value);

    public static int PopCount(uint value) => System.Numerics.BitOperations.PopCount(value);
}
