using System.Runtime.Intrinsics;

namespace Intarsia.Arm;

/// <summary>The members of <see cref="Vector128"/> and <see cref="float"/> whose result .NET leaves to the processor, as it documents them for Arm64. All others give the same everywhere.</summary>
public static class Portable
{
    /// <summary>FMAX.</summary>
    public static Vector128<float> MaxNative(Vector128<float> left, Vector128<float> right) => Instructions.Fmax(left, right);

    /// <summary>FMIN.</summary>
    public static Vector128<float> MinNative(Vector128<float> left, Vector128<float> right) => Instructions.Fmin(left, right);

    /// <summary>FMAX on scalars.</summary>
    public static float MaxNative(float left, float right) => Instructions.Fmax(Vector128.CreateScalar(left), Vector128.CreateScalar(right)).ToScalar();

    /// <summary>FMIN on scalars.</summary>
    public static float MinNative(float left, float right) => Instructions.Fmin(Vector128.CreateScalar(left), Vector128.CreateScalar(right)).ToScalar();

    /// <summary>FMLA, which every Arm64 processor has.</summary>
    public static Vector128<float> MultiplyAddEstimate(Vector128<float> left, Vector128<float> right, Vector128<float> addend) => Instructions.Fmla(addend, left, right);
}
