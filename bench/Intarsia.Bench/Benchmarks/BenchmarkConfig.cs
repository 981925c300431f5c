using System.Globalization;
using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Exporters;
using BenchmarkDotNet.Parameters;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using Intarsia.Bench.Measuring;
using Intarsia.Bench.Peers;

namespace Intarsia.Bench.Benchmarks;

/// <summary>A benchmark class that knows how many operations one call of its methods does.</summary>
public interface IMeasuredWork
{
    /// <summary>Operations of one call, a multiply-add counting as two; depends on the parameters only.</summary>
    double Operations { get; }
}

/// <summary>Speed and fraction of the ceiling beside the time, allocations always; in process, so that every benchmark runs on the pinned core.</summary>
internal static class BenchmarkConfig
{
    public static IConfig Create()
    {
        double ceiling = MeasureCeiling();
        return ManualConfig.CreateEmpty()
            .AddJob(Job.ShortRun.WithToolchain(InProcessEmitToolchain.Instance))
            .AddLogger(ConsoleLogger.Default)
            .AddExporter(MarkdownExporter.GitHub)
            .AddColumnProvider(DefaultColumnProviders.Instance)
            .AddColumn(new WorkColumn("GFLOP/s", "Operations per nanosecond", rate => rate.ToString("F1", CultureInfo.InvariantCulture)))
            .AddColumn(new WorkColumn("Ceiling", "Fraction of the binary32 multiply-add ceiling measured before the run", rate => (rate / ceiling).ToString("P1", CultureInfo.InvariantCulture)))
            .AddDiagnoser(MemoryDiagnoser.Default);
    }

    private static double MeasureCeiling()
    {
        using var ceilings = new Ceilings(PeerSet.Load(null));
        if (ceilings.Loop(Ceiling.Fma) is not { } limit) return double.NaN;
        IReadOnlyList<Samples> samples = Interleaver.Measure([Ceilings.Clock, limit.Loop], 0.5);
        return Ceilings.Evaluate(samples[1], samples[0], limit.Instructions) / 1e9;
    }

    private sealed class WorkColumn(string name, string legend, Func<double, string> format) : IColumn
    {
        public string Id => nameof(WorkColumn) + name;

        public string ColumnName => name;

        public string Legend => legend;

        public bool AlwaysShow => true;

        public ColumnCategory Category => ColumnCategory.Custom;

        public int PriorityInCategory => 0;

        public bool IsNumeric => true;

        public UnitType UnitType => UnitType.Dimensionless;

        public bool IsAvailable(Summary summary) => true;

        public bool IsDefault(Summary summary, BenchmarkCase benchmarkCase) => false;

        public string GetValue(Summary summary, BenchmarkCase benchmarkCase) => GetValue(summary, benchmarkCase, SummaryStyle.Default);

        public string GetValue(Summary summary, BenchmarkCase benchmarkCase, SummaryStyle style)
        {
            if (summary[benchmarkCase]?.ResultStatistics is not { } statistics) return "-";
            if (Activator.CreateInstance(benchmarkCase.Descriptor.Type) is not IMeasuredWork work) return "-";
            foreach (ParameterInstance parameter in benchmarkCase.Parameters.Items) benchmarkCase.Descriptor.Type.GetProperty(parameter.Name)?.SetValue(work, parameter.Value);
            return format(work.Operations / statistics.Mean);
        }
    }
}
