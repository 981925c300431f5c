namespace ILGPU.Runtime.Cuda;

/// <summary>A compute capability.</summary>
public readonly struct CudaArchitecture(int major, int minor) : IEquatable<CudaArchitecture>
{
    public int Major { get; } = major;

    public int Minor { get; } = minor;

    public bool Equals(CudaArchitecture other) => (Major, Minor) == (other.Major, other.Minor);

    public override bool Equals(object? obj) => obj is CudaArchitecture other && Equals(other);

    public override int GetHashCode() => HashCode.Combine(Major, Minor);

    public override string ToString() => $"SM_{Major}{Minor}";
}
