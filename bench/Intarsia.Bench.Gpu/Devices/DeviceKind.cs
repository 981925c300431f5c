using System.Globalization;
using Intarsia.Compiler.Planning.Gpu;

namespace Intarsia.Bench.Gpu.Devices;

/// <summary>What decides which kernels a device gets, and at which sizes they are checked.</summary>
/// <param name="Capability">The compute capability.</param>
/// <param name="IsEmulated">The emulator plays it.</param>
internal sealed record DeviceKind((int Major, int Minor) Capability, bool IsEmulated)
{
    /// <summary>What kernels may be planned for; the text for sm_90a runs on capability 9.0 exactly.</summary>
    public Device[] Targets => Capability == (9, 0) ? [Device.Sm80, Device.Sm90A] : [Device.Sm80];

    /// <summary>The two that have texts of their own.</summary>
    public static DeviceKind[] Emulated => [new((8, 0), true), new((9, 0), true)];

    /// <summary>The capability, as a worker is told it.</summary>
    public string Version => string.Create(CultureInfo.InvariantCulture, $"{Capability.Major}.{Capability.Minor}");
}
