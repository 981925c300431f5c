namespace Intarsia;

/// <summary>Element types of the safetensors format, by the names that stand in its header.</summary>
public enum SafetensorsType
{
    /// <summary><c>BOOL</c>: one byte, 0 or 1.</summary>
    Boolean,

    /// <summary><c>U8</c>.</summary>
    UInt8,

    /// <summary><c>I8</c>.</summary>
    Int8,

    /// <summary><c>F8_E4M3</c>: stored, not decoded here.</summary>
    Float8E4M3,

    /// <summary><c>F8_E5M2</c>: stored, not decoded here.</summary>
    Float8E5M2,

    /// <summary><c>U16</c>.</summary>
    UInt16,

    /// <summary><c>I16</c>.</summary>
    Int16,

    /// <summary><c>F16</c>: IEEE 754 binary16.</summary>
    Float16,

    /// <summary><c>BF16</c>: the upper half of a binary32.</summary>
    BFloat16,

    /// <summary><c>U32</c>.</summary>
    UInt32,

    /// <summary><c>I32</c>.</summary>
    Int32,

    /// <summary><c>F32</c>: IEEE 754 binary32.</summary>
    Float32,

    /// <summary><c>U64</c>.</summary>
    UInt64,

    /// <summary><c>I64</c>.</summary>
    Int64,

    /// <summary><c>F64</c>: IEEE 754 binary64.</summary>
    Float64,
}

/// <summary>The facts of each element type: its name in a header and its size.</summary>
internal static class SafetensorsTypes
{
    // In the order of the enumeration.
    private static readonly (string Name, int Size)[] Rows =
    [
        ("BOOL", 1), ("U8", 1), ("I8", 1), ("F8_E4M3", 1), ("F8_E5M2", 1),
        ("U16", 2), ("I16", 2), ("F16", 2), ("BF16", 2),
        ("U32", 4), ("I32", 4), ("F32", 4),
        ("U64", 8), ("I64", 8), ("F64", 8),
    ];

    /// <summary>All names, for messages.</summary>
    internal static string Names => string.Join(", ", Rows.Select(row => row.Name));

    internal static string Name(SafetensorsType type) => Rows[(int)type].Name;

    internal static int Size(SafetensorsType type) => Rows[(int)type].Size;

    internal static bool TryParse(string name, out SafetensorsType type)
    {
        int index = Array.FindIndex(Rows, row => row.Name == name);
        type = index < 0 ? default : (SafetensorsType)index;
        return index >= 0;
    }
}
