using System.Globalization;
using Intarsia.Bench.Measuring;
using Intarsia.Bench.Peers;

namespace Intarsia.Bench.Cases;

/// <summary>Where a result comes from. It stands in each row, because kept files are put together of several runs; rows of earlier versions have none.</summary>
/// <param name="Machine">The processor's name as the system reports it.</param>
/// <param name="Clock">Its clock in GHz at the beginning of the run.</param>
/// <param name="Date">The day of the run, year-month-day.</param>
/// <param name="Peers">Names and versions of the libraries that the run had.</param>
/// <param name="Command">The arguments of the runner, folders and files of which no other machine knows replaced.</param>
/// <param name="Runs">How often each case was measured.</param>
internal sealed record Provenance(string Machine, double Clock, string Date, IReadOnlyList<string> Peers, string Command, int Runs)
{
    /// <summary>Of a run that begins now.</summary>
    public static Provenance Now(PeerSet peers, IReadOnlyList<string> arguments, int runs) => new(
        Measuring.Machine.ProcessorName(),
        Math.Round(Interleaver.Measure([Ceilings.Clock], seconds: 0.1)[0].Median / 1e9, 2),
        DateTime.UtcNow.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
        [.. peers.Libraries.Where(library => library.Id != "ceilings").Select(library => library.Name)],
        CommandOf(arguments), runs);

    /// <summary>The arguments as one line, in which <c>--peers</c> has DIR and <c>--json</c> FILE behind it.</summary>
    public static string CommandOf(IReadOnlyList<string> arguments) => string.Join(' ', arguments.Select((argument, at) => (at == 0 ? "" : arguments[at - 1]) switch
    {
        "--peers" => "DIR",
        "--json" => "FILE",
        _ => argument.Contains(' ', StringComparison.Ordinal) ? $"\"{argument}\"" : argument,
    }));

    /// <summary>One line that says it all.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Machine}, {Clock:F2} GHz, {Date}, {string.Join(", ", Peers)}; {Runs} run{(Runs == 1 ? "" : "s")} of each case: {Command}");
}
