using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Intarsia.Kernels;

/// <summary>The bytes of arrays that are copied to a device, each in one piece.</summary>
internal static class DeviceBytes
{
    /// <summary>The bytes of an array.</summary>
    /// <param name="array">The array.</param>
    /// <param name="name">The expression that gives it, a member of the form.</param>
    /// <exception cref="NotSupportedException">They are more than a span holds.</exception>
    public static ReadOnlySpan<byte> Of<T>(ReadOnlySpan<T> array, [CallerArgumentExpression(nameof(array))] string name = "")
        where T : unmanaged
    {
        Require(array.Length, Unsafe.SizeOf<T>(), name);
        return MemoryMarshal.AsBytes(array);
    }

    /// <summary>Rejects an array that has more bytes than a span holds.</summary>
    /// <param name="elements">Its elements.</param>
    /// <param name="elementBytes">Bytes of each.</param>
    /// <param name="name">What it is called, or the expression that gives it.</param>
    /// <exception cref="NotSupportedException">It has more.</exception>
    public static void Require(long elements, int elementBytes, string name)
    {
        if (elements <= int.MaxValue / elementBytes) return;
        string member = name.EndsWith(".Span", StringComparison.Ordinal) ? name[..^".Span".Length] : name;
        throw new NotSupportedException($"The array {member[(member.LastIndexOf('.') + 1)..].TrimStart('_')} has {elements} elements of {elementBytes} bytes; expected at most {int.MaxValue / elementBytes}, which one copy to a device takes.");
    }
}
