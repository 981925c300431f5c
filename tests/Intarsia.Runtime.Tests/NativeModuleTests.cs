using System.Globalization;
using System.Runtime.InteropServices;
using Intarsia.Kernels;
using Xunit;

namespace Intarsia.Runtime.Tests;

/// <summary>Mapping machine code, and what happens where it is refused.</summary>
public sealed class NativeModuleTests
{
    /// <summary>Adds the first value to the 32-bit integer that the first address points at: mov rax, [rdi]; mov rdx, [rdi + 24]; add [rax], edx; ret.</summary>
    private static readonly byte[] AddFirst = [0x48, 0x8B, 0x07, 0x48, 0x8B, 0x57, 0x18, 0x01, 0x10, 0xC3];

    private static bool CanRun => OperatingSystem.IsLinux() && RuntimeInformation.ProcessArchitecture == Architecture.X64;

    [SkippableFact]
    public void Call_OfSecondFunction_GetsAddressesAndValues()
    {
        Skip.IfNot(CanRun, "The function is written for Linux on x64.");
        var module = new NativeModule([[0xC3], AddFirst], null, new LinuxCodePages());
        int sum = 40;
        byte other = 0;

        module.Call(1, ref MemoryMarshal.AsBytes(new Span<int>(ref sum))[0], ref other, ref other, [2, 99]);

        Assert.Equal(42, sum);
        Assert.True(module.Runs(NativeFeatures.None));
        Assert.StartsWith("used: ", module.Report(NativeFeatures.None), StringComparison.Ordinal);
    }

    /// <summary>Adds the first value to the 32-bit integer that the seventh address points at: mov rax, [rdi + 48]; mov rdx, [rdi + 56]; add [rax], edx; ret.</summary>
    [SkippableFact]
    public void Call_WithSevenOperands_PutsValuesBehindThem()
    {
        Skip.IfNot(CanRun, "The function is written for Linux on x64.");
        var module = new NativeModule([[0x48, 0x8B, 0x47, 0x30, 0x48, 0x8B, 0x57, 0x38, 0x01, 0x10, 0xC3]], null, new LinuxCodePages());
        int sum = 40;
        byte other = 0;

        module.Call(0, ref other, ref other, ref other, ref other, ref other, ref other, ref MemoryMarshal.AsBytes(new Span<int>(ref sum))[0], [2, 99]);

        Assert.Equal(42, sum);
    }

    [SkippableFact]
    public void Map_Pages_AreExecutableAndNotWritable()
    {
        Skip.IfNot(CanRun, "/proc is read.");
        Assert.Null(new LinuxCodePages().Map(AddFirst, out nint address));

        string line = File.ReadLines("/proc/self/maps").Single(line => Contains(line, address));

        Assert.Equal("r-xp", line.Split(' ')[1]);
    }

    /// <summary>From the first mapping on, no address may be written and executed at the same time.</summary>
    [SkippableFact]
    public void Map_EveryCallOfTheCLibrary_AsksForWritingOrExecuting()
    {
        Skip.IfNot(CanRun, "The function is written for Linux on x64.");
        var memory = new Watched();
        var module = new NativeModule([AddFirst], null, new LinuxCodePages(memory));
        int sum = 40;
        byte other = 0;

        module.Call(0, ref MemoryMarshal.AsBytes(new Span<int>(ref sum))[0], ref other, ref other, [2]);

        Assert.Equal(42, sum);
        Assert.Equal([PageAccess.Read | PageAccess.Write, PageAccess.Read | PageAccess.Execute], memory.Asked.Select(call => call.Access));
        (nint address, nuint length, _) = Assert.Single(memory.Asked.DistinctBy(call => (call.Address, call.Length)));
        Assert.Equal((nuint)Environment.SystemPageSize, length);
        Assert.All(File.ReadLines("/proc/self/maps").Where(line => Contains(line, address)), line => Assert.Equal("r-xp", line.Split(' ')[1]));
    }

    [SkippableTheory]
    [InlineData(12, 0, "not used: mmap of {0} bytes failed with errno 12", 0)]
    [InlineData(0, 13, "not used: mprotect of {0} bytes as read-execute failed with errno 13", 1)]
    public void Map_CallRefused_SaysWhichAndGivesThePagesBack(int mapError, int protectError, string report, int unmapped)
    {
        Skip.IfNot(CanRun, "Pages are those of Linux.");
        var memory = new Watched { MapError = mapError, ProtectError = protectError };
        var module = new NativeModule([AddFirst], null, new LinuxCodePages(memory));

        Assert.False(module.Runs(NativeFeatures.None));
        Assert.Equal(string.Format(CultureInfo.InvariantCulture, report, Environment.SystemPageSize), module.Report(NativeFeatures.None));
        Assert.Equal(unmapped, memory.Unmapped);
    }

    [Fact]
    public void Module_MappingRefused_DoesNotRunAndSaysWhy()
    {
        var module = new NativeModule([AddFirst], null, new Refusal());

        Assert.False(module.Runs(NativeFeatures.None));
        Assert.Equal("not used: mprotect failed with errno 13", module.Report(NativeFeatures.Avx512Vnni));
        byte nothing = 0;
        InvalidOperationException exception = Assert.Throws<InvalidOperationException>(() => module.Call(0, ref nothing, ref nothing, ref nothing, []));
        Assert.Contains("errno 13", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Module_WithObstacle_IsNotMapped()
    {
        var pages = new Refusal();
        var module = new NativeModule([AddFirst], "switched off", pages);

        Assert.Equal(0, pages.Asked);
        Assert.Equal("not used: switched off", module.Report(NativeFeatures.None));
    }

    [Fact]
    public void Report_MissingExtension_NamesIt()
    {
        const NativeFeatures Unheard = (NativeFeatures)(1 << 20);
        var module = new NativeModule([], null, new Granting());

        Assert.False(module.Runs(Unheard));
        Assert.Equal("not used: the processor lacks 1048576", module.Report(Unheard));
    }

    private static bool Contains(string line, nint address)
    {
        string[] ends = line.Split(' ')[0].Split('-');
        ulong at = (ulong)address;
        return ulong.Parse(ends[0], NumberStyles.HexNumber, CultureInfo.InvariantCulture) <= at && at < ulong.Parse(ends[1], NumberStyles.HexNumber, CultureInfo.InvariantCulture);
    }

    /// <summary>The C library, with what was asked of it; refuses where it has an error to refuse with.</summary>
    private sealed class Watched : ILinuxMemory
    {
        private readonly LinuxMemory _memory = new();

        public int MapError { get; init; }

        public int ProtectError { get; init; }

        public List<(nint Address, nuint Length, PageAccess Access)> Asked { get; } = [];

        public int Unmapped { get; private set; }

        public nint Map(nuint length, PageAccess access)
        {
            nint address = MapError == 0 ? _memory.Map(length, access) : -1;
            Asked.Add((address, length, access));
            if (MapError != 0) Marshal.SetLastPInvokeError(MapError);
            return address;
        }

        public int Protect(nint address, nuint length, PageAccess access)
        {
            Asked.Add((address, length, access));
            if (ProtectError == 0) return _memory.Protect(address, length, access);
            Marshal.SetLastPInvokeError(ProtectError);
            return -1;
        }

        public void Unmap(nint address, nuint length)
        {
            Unmapped++;
            _memory.Unmap(address, length);
        }
    }

    private sealed class Refusal : ICodePages
    {
        public int Asked { get; private set; }

        public string? Map(ReadOnlySpan<byte> code, out nint address)
        {
            Asked++;
            address = 0;
            return "mprotect failed with errno 13";
        }
    }

    private sealed class Granting : ICodePages
    {
        public string? Map(ReadOnlySpan<byte> code, out nint address)
        {
            address = 0;
            return null;
        }
    }
}
