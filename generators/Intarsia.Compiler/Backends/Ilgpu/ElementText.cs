using System.Globalization;
using Intarsia.Compiler.Specs;
using Intarsia.Compiler.Tiles;

namespace Intarsia.Compiler.Backends.Ilgpu;

/// <summary>
/// Elements in memory and in registers. ILGPU knows neither .NET's Half everywhere nor our BFloat16, so that 16-bit floats are taken apart and put together as the bits they are.
/// </summary>
internal static class ElementText
{
    /// <summary>Two elements to a byte, the even one in its low half.</summary>
    public static bool IsNibble(ElementType element) => element is ElementType.S4 or ElementType.U4;

    public static bool IsFloat(ElementType element) => element is ElementType.F32 or ElementType.F16 or ElementType.BF16;

    /// <summary>The type of an element in memory.</summary>
    public static string Memory(ElementType element) => element switch
    {
        ElementType.F32 => "float",
        ElementType.F16 or ElementType.BF16 => "ushort",
        ElementType.S64 => "long",
        ElementType.S32 => "int",
        ElementType.S16 => "short",
        ElementType.U16 => "ushort",
        ElementType.S8 => "sbyte",
        ElementType.U8 or ElementType.S4 or ElementType.U4 => "byte",
        _ => throw new NotSupportedException($"Elements of {element} are not read one by one."),
    };

    /// <summary>The type that holds an element while it is computed on: binary32 or 32-bit integers, and 64-bit ones for sums that are so declared.</summary>
    public static string Register(ElementType element) => IsFloat(element) ? "float" : element == ElementType.S64 ? "long" : "int";

    public static string Zero(ElementType element) => IsFloat(element) ? "0f" : "0";

    /// <summary>A number as an element of a type that is computed on.</summary>
    public static string Constant(ElementType element, double value) => !IsFloat(element) ? ((long)value).ToString(CultureInfo.InvariantCulture)
        : double.IsNegativeInfinity(value) ? "float.NegativeInfinity"
        : FloatText.Of((float)value) + "f";

    /// <summary>An element that was read, widened.</summary>
    public static string Widen(KernelFunctions functions, ElementType element, string value) => element switch
    {
        ElementType.F16 => functions.Call("FromHalf", value),
        ElementType.BF16 => functions.Call("FromBFloat16", value),
        _ => value,
    };

    /// <summary>A widened element, to be written: floats round to nearest even, integers already are in the range of the type.</summary>
    public static string Narrow(KernelFunctions functions, ElementType element, string value) => element switch
    {
        ElementType.F16 => functions.Call("ToHalf", value),
        ElementType.BF16 => functions.Call("ToBFloat16", value),
        ElementType.F32 or ElementType.S32 or ElementType.S64 => value,
        _ => $"({Memory(element)}){value}",
    };
}
