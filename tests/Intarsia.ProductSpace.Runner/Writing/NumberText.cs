namespace Intarsia.ProductSpace.Writing;

/// <summary>Number formats as C# element types. Written out here, not taken from the compiler's table, so that a wrong row there is found.</summary>
internal static class NumberText
{
    public static string ElementType(NumberFormat format) => format switch
    {
        NumberFormat.Float32 or NumberFormat.TensorFloat32 => "float",
        NumberFormat.Float16 => "Half",
        NumberFormat.BFloat16 => "BFloat16",
        NumberFormat.Int8 or (>= NumberFormat.SignPlanes1 and <= NumberFormat.SignPlanes7) => "sbyte",
        NumberFormat.UInt8 or NumberFormat.Int4 or NumberFormat.UInt4 or (>= NumberFormat.Planes1 and <= NumberFormat.Planes8) => "byte",
        NumberFormat.Int16 or NumberFormat.Int12 or NumberFormat.SignPlanes8 => "short",
        NumberFormat.UInt16 or NumberFormat.UInt12 => "ushort",
        NumberFormat.Int64 => "long",
        _ => "int",
    };
}
