using System.ComponentModel;

namespace Intarsia.Ilgpu;

/// <summary>
/// Arguments of a portable kernel that are single numbers, as one: ILGPU's launchers take fourteen arguments. For generated code. ILGPU reads the fields by reflection, in their order, from an assembly of its own; so they
/// are public, and of blittable types.
/// </summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public struct KernelScalars
{
    /// <summary>Sizes, in the order of the kernel's parameters.</summary>
    public int I0, I1, I2, I3, I4, I5, I6, I7, I8, I9, I10, I11, I12, I13, I14, I15;

    /// <summary>Factors, in the order of the kernel's parameters.</summary>
    public float F0, F1, F2, F3;
}
