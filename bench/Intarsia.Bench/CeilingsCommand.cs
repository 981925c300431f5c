using System.CommandLine;
using System.Globalization;
using Intarsia.Bench.Measuring;
using Intarsia.Bench.Peers;

namespace Intarsia.Bench;

/// <summary><c>ceilings</c>: what this machine can do at most.</summary>
internal static class CeilingsCommand
{
    public static Command Create()
    {
        var core = new Option<int>("--core") { Description = "Core to pin to", DefaultValueFactory = _ => Environment.ProcessorCount - 1 };
        var threads = PeersCommand.ThreadsOption();
        var command = new Command("ceilings", "Measure clock, arithmetic and bandwidth ceilings") { core, threads };
        command.SetAction(parsed =>
        {
            Machine.PinTo(parsed.GetValue(core), parsed.GetValue(threads));
            using var ceilings = new Ceilings(PeerSet.Load(null), parsed.GetValue(threads));
            Print(ceilings, seconds: 1);
        });
        return command;
    }

    public static void Print(Ceilings ceilings, double seconds)
    {
        foreach (Ceiling ceiling in Enum.GetValues<Ceiling>())
        {
            if (ceilings.Loop(ceiling) is not { } limit) continue;
            IReadOnlyList<Samples> samples = Interleaver.Measure([Ceilings.Clock, limit.Loop], seconds);
            double top = Ceilings.Evaluate(samples[1], samples[0], limit.Instructions);
            string issue = limit.Instructions == 0 ? "" : string.Create(CultureInfo.InvariantCulture,
                $", {samples[1].Median / limit.Loop.Work * limit.Instructions / samples[0].Median:F2} per clock");
            string unit = Ceilings.IsBandwidth(ceiling) ? "GB/s" : "GOP/s";
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {limit.Loop.Name,-14} {top / 1e9:F1} {unit}{issue} (clock {samples[0].Median / 1e9:F2} GHz)"));
        }
    }
}
