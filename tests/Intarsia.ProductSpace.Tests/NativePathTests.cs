using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;
using Intarsia.Compiler.Specs;
using Intarsia.Kernels;
using Intarsia.ProductSpace.Drawing;
using Intarsia.ProductSpace.Operands;
using Intarsia.ProductSpace.Running;
using Xunit;

namespace Intarsia.ProductSpace.Tests;

/// <summary>
/// A kernel that has a form in machine code, loaded where that is allowed, switched off and refused: its result is right, its companion says which form runs and why, and its pages are never writable and executable at once.
/// Beside no other tests: what allows and refuses is the whole process's.
/// </summary>
[Collection(nameof(GeneratedMutationTests))]
public sealed class NativePathTests : IDisposable
{
    private static readonly DrawnKernel s_draw = Draw();

    private static readonly Lazy<byte[]> s_image = new(() =>
    {
        using var stream = new MemoryStream();
        new SpaceCompiler().Compile("NativePath", [s_draw]).Write(stream);
        return stream.ToArray();
    });

    private static readonly bool s_can = NativeCpu.Obstacle() is null && NativeCpu.Features.HasFlag(NativeFeatures.Avx512Vnni);

    public void Dispose()
    {
        NativeModule.Pages = new LinuxCodePages();
        AppContext.SetSwitch(NativeCpu.Switch, true);
    }

    [SkippableFact]
    public void Kernel_MappingAllowed_RunsMachineCode()
    {
        Skip.IfNot(s_can, "No machine code runs here.");
        KernelInfo info = Run(Load());
        Assert.Equal(Tier.Avx512Native, info.Tier);
        Assert.Matches("^used: Avx512Vnni, [0-9,]+ bytes mapped read-execute$", info.NativeCode);
    }

    [Fact]
    public void Kernel_SwitchedOff_RunsWithoutMachineCodeAndSaysWhy()
    {
        AppContext.SetSwitch(NativeCpu.Switch, false);
        KernelInfo info = Run(Load());
        Assert.NotEqual(Tier.Avx512Native, info.Tier);
        Assert.Equal("not used: switched off by the AppContext switch Intarsia.Native", info.NativeCode);
    }

    [SkippableFact]
    public void Kernel_MappingRefused_RunsWithoutMachineCodeAndSaysWhy()
    {
        Skip.IfNot(s_can, "No machine code would run here.");
        NativeModule.Pages = new Refusal();
        KernelInfo info = Run(Load());
        Assert.NotEqual(Tier.Avx512Native, info.Tier);
        Assert.Equal("not used: mprotect of 4096 bytes as read-execute failed with errno 13", info.NativeCode);
    }

    /// <summary>The system's own list of the process's pages, read over and over while the code is mapped and while it runs on several threads.</summary>
    [SkippableFact]
    public void Kernel_WhileItIsMappedAndRuns_HasNoPagesToWriteAndExecute()
    {
        Skip.IfNot(s_can, "No machine code runs here.");
        var pages = new Watched();
        NativeModule.Pages = pages;
        _ = s_image.Value;
        int reading = 0, running = 1;
        var writable = new List<string>();
        var reader = new Thread(() =>
        {
            while (Volatile.Read(ref running) != 0)
            {
                foreach (Mapping mapping in Mapping.All().Where(mapping => mapping.Access.StartsWith("rwx", StringComparison.Ordinal))) writable.Add(mapping.ToString());
                Interlocked.Increment(ref reading);
            }
        });
        reader.Start();
        SpinWait.SpinUntil(() => Volatile.Read(ref reading) > 0);

        LoadedKernel kernel = Load();
        do Assert.Null(ThreadCheck.Run(s_draw, OperandFactory.Draw(s_draw), [2], kernel.Call));
        while (Volatile.Read(ref reading) < 50);
        Volatile.Write(ref running, 0);
        reader.Join();

        (nint address, int length) = Assert.Single(pages.Mapped);
        Mapping[] own = [.. Mapping.All().Where(mapping => mapping.Overlaps(address, length))];
        Assert.All(own, mapping => Assert.Equal("r-xp", mapping.Access));
        Assert.NotEmpty(own);
        // The runtime keeps to the same rule for what it compiles unless it is told otherwise, so that no page at all may be both.
        if (Environment.GetEnvironmentVariable("DOTNET_EnableWriteXorExecute") != "0") Assert.Equal([], writable.Distinct());
        else Assert.DoesNotContain(writable, line => Mapping.Parse(line).Overlaps(address, length));
    }

    private static LoadedKernel Load() => new KernelLibrary(Assembly.Load(s_image.Value)).Find(s_draw);

    private static KernelInfo Run(LoadedKernel kernel)
    {
        Assert.Null(KernelCheck.Run(s_draw, OperandFactory.Draw(s_draw), kernel.Call));
        return kernel.Info();
    }

    private static DrawnKernel Draw()
    {
        KernelSpec spec = KernelName.Parse("gemm_dense_s8-u8-s32_r70_d96_cN_tt");
        var style = new SignatureStyle();
        return new DrawnKernel(910_000, 1, spec, style, SizeDraw.WithStrides(spec, style, new CallSizes(70, 96, 37), new SeededRandom(1)), SizeClass.LargeRagged);
    }

    private sealed class Refusal : ICodePages
    {
        public string? Map(ReadOnlySpan<byte> code, out nint address)
        {
            address = 0;
            return "mprotect of 4096 bytes as read-execute failed with errno 13";
        }
    }

    private sealed class Watched : ICodePages
    {
        private readonly LinuxCodePages _pages = new();

        public List<(nint Address, int Length)> Mapped { get; } = [];

        public string? Map(ReadOnlySpan<byte> code, out nint address)
        {
            string? refused = _pages.Map(code, out address);
            Mapped.Add((address, code.Length));
            return refused;
        }
    }

    /// <summary>A line of /proc/self/maps.</summary>
    private sealed record Mapping(ulong First, ulong Last, string Access, string Text)
    {
        public static IEnumerable<Mapping> All() => File.ReadLines("/proc/self/maps").Select(Parse);

        public static Mapping Parse(string line)
        {
            Match match = Regex.Match(line, "^([0-9a-f]+)-([0-9a-f]+) (....)");
            return new(ulong.Parse(match.Groups[1].Value, NumberStyles.HexNumber, CultureInfo.InvariantCulture), ulong.Parse(match.Groups[2].Value, NumberStyles.HexNumber, CultureInfo.InvariantCulture), match.Groups[3].Value, line);
        }

        public bool Overlaps(nint address, int length) => First < (ulong)address + (ulong)length && (ulong)address < Last;

        public override string ToString() => Text;
    }
}
