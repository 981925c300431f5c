using System.ComponentModel;
using System.Runtime.InteropServices;

namespace Intarsia.Kernels;

/// <summary>For generated code of sampled products: where a packed matrix stores elements, and the values themselves, to be written in place.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class SampledOutput
{
    /// <summary>Begin and end of the entries of the first vector group; two numbers a group, and the number of entries with padding behind the last.</summary>
    public static ref int Bounds(PackedMatrix matrix) => ref MemoryMarshal.GetArrayDataReference(matrix.Entries.Bounds);

    /// <summary>The column of the first entry; −1 for padding.</summary>
    public static ref int Columns(PackedMatrix matrix) => ref MemoryMarshal.GetArrayDataReference(matrix.Entries.Columns);

    /// <summary>The slot of the first element, for patterns whose values lie in an order of their own: those of all entries for the first row of each vector group, then for the second, and so on.</summary>
    public static ref int Places(PackedMatrix matrix) => ref MemoryMarshal.GetArrayDataReference(matrix.Entries.Places);

    /// <summary>The value in the first slot of the canonical layout.</summary>
    /// <typeparam name="T">The element that the matrix' number format is stored as.</typeparam>
    public static ref T Values<T>(PackedMatrix matrix)
        where T : unmanaged => ref MemoryMarshal.GetReference(MemoryMarshal.Cast<byte, T>(matrix.ValueBytes));

    /// <summary>Says that values have been written: forms that kernels have prepared from the old ones are dropped.</summary>
    public static void Written(PackedMatrix matrix) => matrix.ValuesWritten(scale: null);

    /// <summary>The same of 8-bit values with one scale, which is theirs from now on.</summary>
    public static void Written(PackedMatrix matrix, float scale) => matrix.ValuesWritten(scale);
}
