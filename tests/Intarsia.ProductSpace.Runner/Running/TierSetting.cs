using System.Runtime.Intrinsics.X86;
using Intarsia.ProductSpace.Arm;

namespace Intarsia.ProductSpace.Running;

/// <summary>One setting of the runtime's switches under which a tier is the best there is.</summary>
/// <param name="Name">Short name.</param>
/// <param name="Expected">The tier a kernel must report.</param>
/// <param name="Environment">Variables that the child process gets.</param>
public sealed record TierSetting(string Name, Tier Expected, IReadOnlyDictionary<string, string> Environment)
{
    private const string NoAvx512 = "DOTNET_EnableAVX512", NoVnni = "DOTNET_EnableAVXVNNI", NoAvx2 = "DOTNET_EnableAVX2", NoIntrinsics = "DOTNET_EnableHWIntrinsic";

    /// <summary>Machine code has no switch of the runtime but one of <see cref="AppContext"/>; a child reads this variable and sets that.</summary>
    public const string NoNative = "INTARSIA_SPACE_NATIVE";

    /// <summary>The names of every setting there is, on any machine.</summary>
    public static IReadOnlyList<string> Names { get; } =
    [
        .. new CpuFeatures[] { new(true, true, true, true, false, true), new(false, false, false, false, true, false) }.SelectMany(Executable).Select(setting => setting.Name).Distinct(),
    ];

    /// <summary>Kernels run on Arm's instructions by their definitions, whatever the machine is: slowly, so that only runs that name these settings have them.</summary>
    public static IReadOnlyList<TierSetting> Defined { get; } =
    [
        new("arm", Tier.AdvSimdDp, new Dictionary<string, string> { [ArmMachine.Variable] = "dp" }),
        new("arm-nodp", Tier.AdvSimd, new Dictionary<string, string> { [ArmMachine.Variable] = "nodp" }),
    ];

    /// <summary>Whether this is one of <see cref="Defined"/>, which have kernels of their own.</summary>
    public bool IsDefined => Environment.ContainsKey(ArmMachine.Variable);

    /// <summary>The settings that can run on this machine, the widest first. What a machine cannot do is left out, and its best tier stands under the setting that has it.</summary>
    public static IReadOnlyList<TierSetting> Executable(CpuFeatures cpu)
    {
        var settings = new List<TierSetting>();
        if (!cpu.IsX86)
        {
            settings.Add(new("default", cpu.HasDp ? Tier.AdvSimdDp : Tier.AdvSimd, Off()));
            settings.Add(new("nohw", Tier.Scalar, Off(NoIntrinsics)));
            return settings;
        }
        if (cpu is { HasAvx512: true, HasNative: true }) settings.Add(new("all", Tier.Avx512Native, Off()));
        if (cpu is { HasAvx512: true, HasAvxVnni: true }) settings.Add(new(cpu.HasNative ? "nonative" : "all", Tier.Avx512Vnni, Off(NoNative)));
        if (cpu.HasAvx512) settings.Add(new("novnni", Tier.Avx512, Off(NoNative, NoVnni)));
        if (cpu is { HasAvx2: true, HasAvxVnni: true }) settings.Add(new("noavx512", Tier.Avx2Vnni, Off(NoAvx512)));
        if (cpu.HasAvx2) settings.Add(new("noavx512-novnni", Tier.Avx2, Off(NoAvx512, NoVnni)));
        settings.Add(new("noavx2", Tier.Vector128, Off(NoAvx2)));
        settings.Add(new("nohw", Tier.Scalar, Off(NoIntrinsics)));
        return settings;
    }

    private static Dictionary<string, string> Off(params string[] switches) => switches.ToDictionary(name => name, _ => "0");
}

/// <summary>What the processor has, read with CPUID: not what the runtime was told to use.</summary>
public sealed record CpuFeatures(bool IsX86, bool HasAvx2, bool HasAvx512, bool HasAvxVnni, bool HasDp, bool HasNative)
{
    /// <summary>The features of this machine.</summary>
    public static CpuFeatures Detect()
    {
        if (!X86Base.IsSupported)
            return new(false, false, false, false, System.Runtime.Intrinsics.Arm.Dp.IsSupported, false);
        (int maxLeaf, _, _, _) = X86Base.CpuId(0, 0);
        (_, _, int ecx1, _) = X86Base.CpuId(1, 0);
        int ebx7 = 0, ecx7 = 0, eax71 = 0;
        if (maxLeaf >= 7)
        {
            (_, ebx7, ecx7, _) = X86Base.CpuId(7, 0);
            (eax71, _, _, _) = X86Base.CpuId(7, 1);
        }
        bool avx2 = Bit(ebx7, 5) && Bit(ecx1, 12);
        // F, DQ, CD, BW and VL.
        bool avx512 = avx2 && Bit(ebx7, 16) && Bit(ebx7, 17) && Bit(ebx7, 28) && Bit(ebx7, 30) && Bit(ebx7, 31);
        // AVX512_VNNI, AVX512_VBMI and AVX512_BF16, on the one system that machine code is written for.
        bool native = avx512 && OperatingSystem.IsLinux() && Environment.Is64BitProcess && Bit(ecx7, 11) && Bit(ecx7, 1) && Bit(eax71, 5);
        return new(true, avx2, avx512, avx2 && Bit(eax71, 4), false, native);
    }

    private static bool Bit(int value, int bit) => (value >> bit & 1) != 0;
}
