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
}

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

    /// <summary>The vendor's times, by library.</summary>
    public required Dictionary<string, double> PeerSeconds { get; init; }
}

[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals)]
[JsonSerializable(typeof(GpuReport))]
internal sealed partial class GpuReportContext : JsonSerializerContext;
