namespace ILGPU;

/// <summary>A 1D index.</summary>
public readonly struct Index1D(int x)
{
    public int X { get; } = x;

    public static implicit operator int(Index1D index) => index.X;

    public static implicit operator Index1D(int index) => new(index);
}

/// <summary>A 2D index.</summary>
public readonly struct Index2D(int x, int y)
{
    public int X { get; } = x;

    public int Y { get; } = y;
}

/// <summary>A 3D index.</summary>
public readonly struct Index3D(int x, int y, int z)
{
    public int X { get; } = x;

    public int Y { get; } = y;

    public int Z { get; } = z;

    public override string ToString() => $"({X}, {Y}, {Z})";
}

/// <summary>A 1D index of 64 bits.</summary>
public readonly struct LongIndex1D(long x)
{
    public long X { get; } = x;

    public static implicit operator long(LongIndex1D index) => index.X;

    public static implicit operator LongIndex1D(long index) => new(index);
}

/// <summary>A stride of a 1D view.</summary>
public interface IStride1D;

/// <summary>The strides of 1D views.</summary>
public static class Stride1D
{
    /// <summary>Neighbours lie beside each other.</summary>
    public readonly struct Dense : IStride1D;
}
