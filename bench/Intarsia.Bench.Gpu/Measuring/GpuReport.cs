using System.Text.Json.Serialization;

namespace Intarsia.Bench.Gpu.Measuring;

/// <summary>A run, as it is kept.</summary>
internal sealed record GpuReport
{
    public required string Device { get; init; }

    /// <summary>The vendor's libraries with versions, or why there are none.</summary>
    public required string Vendor { get; init; }

    /// <summary>Ceilings measured in this run: bytes a second; operations a second of dense products.</summary>
    public required Dictionary<string, double> Ceilings { get; init; }

    public required List<GpuResult> Results { get; init; }

    // With setters, so that reports that were kept before there were any are read as having none.

    /// <summary>Cases without a result, because their kernel was wrong, failed or did not end.</summary>
    public List<GpuFault> Faults { get; set; } = [];

    /// <summary>Cases that were not measured: the time was up, or the device has no kernel for them.</summary>
    public List<GpuFault> LeftOut { get; set; } = [];

    /// <summary>This one and what came of further cases; ceilings and libraries are what was last said of them.</summary>
    public GpuReport With(GpuReport further) => this with
    {
        Vendor = further.Vendor.Length > 0 ? further.Vendor : Vendor,
        Ceilings = new(Ceilings.Concat(further.Ceilings).GroupBy(ceiling => ceiling.Key, StringComparer.Ordinal).ToDictionary(same => same.Key, same => same.Last().Value, StringComparer.Ordinal), StringComparer.Ordinal),
        Results = [.. Results, .. further.Results],
        Faults = [.. Faults, .. further.Faults],
        LeftOut = [.. LeftOut, .. further.LeftOut],
    };
}

/// <summary>A case that has no result.</summary>
/// <param name="Case">The case.</param>
/// <param name="Reason">Why.</param>
internal sealed record GpuFault(string Case, string Reason);

/// <summary>One case. Times are in seconds of one launch.</summary>
internal sealed record GpuResult
{
    public required string Family { get; init; }

    public required string Case { get; init; }

    public required string Kernel { get; init; }

    public required int Rows { get; init; }

    public required int Depth { get; init; }

    public required int Columns { get; init; }

    public required double Sparsity { get; init; }

    public required string Target { get; init; }

    public required string Tile { get; init; }

    public required double Seconds { get; init; }

    /// <summary>Operations on stored weights, 10¹² a second; 0 where there are no weights.</summary>
    public required double TeraOperations { get; init; }

    /// <summary>Bytes of every operand, once, 10⁹ a second.</summary>
    public required double GigabytesPerSecond { get; init; }

    /// <summary>What bounds the case.</summary>
    public required string Ceiling { get; init; }

    /// <summary>The share of that ceiling that was reached.</summary>
    public required double CeilingFraction { get; init; }

    /// <summary>The vendor's times, by library; what it did otherwise than asked is behind its name, in brackets.</summary>
    public required Dictionary<string, double> PeerSeconds { get; init; }
}

[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals)]
[JsonSerializable(typeof(GpuReport))]
internal sealed partial class GpuReportContext : JsonSerializerContext;
