using System.Runtime.InteropServices;

namespace Intarsia.Kernels;

/// <summary>Where machine code gets its memory from; tests refuse in its place.</summary>
internal interface ICodePages
{
    /// <summary>
    /// Memory with the given contents that can be executed and not written. No address of it has ever been writable and executable at the same time. It is never given back: code of an assembly
    /// lives as long as the process.
    /// </summary>
    /// <param name="code">The contents.</param>
    /// <param name="address">The first byte, on a page of its own; 0 where it was refused.</param>
    /// <returns>Why it was refused; null where it was not.</returns>
    string? Map(ReadOnlySpan<byte> code, out nint address);
}

/// <summary>The calls of the C library that pages are made with; tests look on, or refuse. Errors are in <see cref="Marshal.GetLastPInvokeError"/>.</summary>
internal interface ILinuxMemory
{
    /// <summary>Anonymous private pages (mmap).</summary>
    /// <returns>Their address; −1 where there are none.</returns>
    nint Map(nuint length, PageAccess access);

    /// <summary>Changes what may be done with pages (mprotect).</summary>
    /// <returns>0, or −1 where it was refused.</returns>
    int Protect(nint address, nuint length, PageAccess access);

    /// <summary>Gives pages back (munmap).</summary>
    void Unmap(nint address, nuint length);
}

/// <summary>What may be done with pages: PROT_READ, PROT_WRITE and PROT_EXEC of Linux.</summary>
[Flags]
internal enum PageAccess
{
    None = 0,
    Read = 1,
    Write = 2,
    Execute = 4,
}

/// <summary>The C library itself.</summary>
internal sealed class LinuxMemory : ILinuxMemory
{
    private const int Private = 2, Anonymous = 0x20;

    /// <inheritdoc/>
    public nint Map(nuint length, PageAccess access) => MapPages(0, length, (int)access, Private | Anonymous, -1, 0);

    /// <inheritdoc/>
    public int Protect(nint address, nuint length, PageAccess access) => ProtectPages(address, length, (int)access);

    /// <inheritdoc/>
    public void Unmap(nint address, nuint length) => _ = UnmapPages(address, length);

    [DllImport("libc", EntryPoint = "mmap", SetLastError = true)]
    private static extern nint MapPages(nint address, nuint length, int protection, int flags, int file, nint offset);

    [DllImport("libc", EntryPoint = "mprotect", SetLastError = true)]
    private static extern int ProtectPages(nint address, nuint length, int protection);

    [DllImport("libc", EntryPoint = "munmap")]
    private static extern int UnmapPages(nint address, nuint length);
}

/// <summary>Anonymous private pages of Linux: mapped for writing, filled, then made executable and read-only.</summary>
internal sealed unsafe class LinuxCodePages(ILinuxMemory memory) : ICodePages
{
    public LinuxCodePages()
        : this(new LinuxMemory())
    {
    }

    /// <inheritdoc/>
    public string? Map(ReadOnlySpan<byte> code, out nint address)
    {
        address = 0;
        try
        {
            return MapExecutable(code, ref address);
        }
        catch (Exception exception) when (exception is DllNotFoundException or EntryPointNotFoundException)
        {
            return $"the C library has no mmap or mprotect ({exception.Message})";
        }
    }

    private string? MapExecutable(ReadOnlySpan<byte> code, ref nint address)
    {
        nuint length = ((nuint)code.Length + (nuint)Environment.SystemPageSize - 1) / (nuint)Environment.SystemPageSize * (nuint)Environment.SystemPageSize;
        nint pages = memory.Map(length, PageAccess.Read | PageAccess.Write);
        if (pages == -1) return $"mmap of {length} bytes failed with errno {Marshal.GetLastPInvokeError()}";
        code.CopyTo(new Span<byte>((void*)pages, code.Length));
        if (memory.Protect(pages, length, PageAccess.Read | PageAccess.Execute) != 0)
        {
            string refused = $"mprotect of {length} bytes as read-execute failed with errno {Marshal.GetLastPInvokeError()}";
            memory.Unmap(pages, length);
            return refused;
        }
        address = pages;
        return null;
    }
}
