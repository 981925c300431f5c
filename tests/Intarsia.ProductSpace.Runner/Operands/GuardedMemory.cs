using System.Runtime.InteropServices;

namespace Intarsia.ProductSpace.Operands;

/// <summary>
/// Bytes that end (or begin) exactly at an inaccessible page, so that a kernel that reads or writes past its operand ends the process; the free side is a
/// band of sentinel bytes, so that a write there is seen. Where pages cannot be protected there is a band on both sides.
/// </summary>
public sealed unsafe class GuardedMemory : IDisposable
{
    /// <summary>The sentinel: as a float a quiet NaN, as an integer far from any result.</summary>
    public const byte Sentinel = 0xFE;

    private const int Page = 4096, Band = 192;
    private const int ProtectNone = 0, ProtectReadWrite = 3, MapPrivateAnonymous = 0x22;

    private readonly byte* _region;
    private readonly nint _regionLength;
    private readonly byte* _open;
    private readonly int _openLength;
    private readonly int _offset;
    private readonly bool _mapped;

    /// <param name="length">Bytes of the operand.</param>
    /// <param name="alignment">Size of an element: the operand is aligned to it.</param>
    /// <param name="guardAfter">The inaccessible page follows the operand; else it stands before it.</param>
    public GuardedMemory(int length, int alignment, bool guardAfter = true)
    {
        Length = length;
        _openLength = (length + Band + Page - 1) / Page * Page;
        _mapped = OperatingSystem.IsLinux();
        if (_mapped)
        {
            _regionLength = _openLength + 2 * Page;
            _region = (byte*)Mmap(0, _regionLength, ProtectNone, MapPrivateAnonymous, -1, 0);
            if ((nint)_region == -1) throw new OutOfMemoryException($"Could not map {_regionLength} bytes: error {Marshal.GetLastPInvokeError()}.");
            _open = _region + Page;
            if (Mprotect((nint)_open, _openLength, ProtectReadWrite) != 0) throw new InvalidOperationException($"Could not open {_openLength} bytes: error {Marshal.GetLastPInvokeError()}.");
            _offset = guardAfter ? _openLength - length : 0;
        }
        else
        {
            _region = _open = (byte*)NativeMemory.AlignedAlloc((nuint)(_openLength += Band), 64);
            _offset = Band / alignment * alignment;
        }
        new Span<byte>(_open, _openLength).Fill(Sentinel);
    }

    /// <summary>Bytes of the operand.</summary>
    public int Length { get; }

    /// <summary>The operand.</summary>
    public Span<byte> Bytes => new(_open + _offset, Length);

    public byte* Pointer => _open + _offset;

    /// <summary>True while every byte around the operand is as it was.</summary>
    public bool BandsIntact => new ReadOnlySpan<byte>(_open, _offset).IndexOfAnyExcept(Sentinel) < 0
        && new ReadOnlySpan<byte>(_open + _offset + Length, _openLength - _offset - Length).IndexOfAnyExcept(Sentinel) < 0;

    public void Dispose()
    {
        if (_mapped) _ = Munmap((nint)_region, _regionLength);
        else NativeMemory.AlignedFree(_region);
    }

    [DllImport("libc", EntryPoint = "mmap", SetLastError = true)]
    private static extern nint Mmap(nint address, nint length, int protection, int flags, int file, nint offset);

    [DllImport("libc", EntryPoint = "mprotect", SetLastError = true)]
    private static extern int Mprotect(nint address, nint length, int protection);

    [DllImport("libc", EntryPoint = "munmap", SetLastError = true)]
    private static extern int Munmap(nint address, nint length);
}
