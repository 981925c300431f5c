using System.CommandLine;
using BenchmarkDotNet.Running;
using Intarsia.Bench.Benchmarks;
using Intarsia.Bench.Measuring;

namespace Intarsia.Bench;

/// <summary><c>bdn</c>: the BenchmarkDotNet classes; further arguments go to BenchmarkDotNet.</summary>
internal static class BenchmarksCommand
{
    public static Command Create()
    {
        var rest = new Argument<string[]>("arguments") { Description = "Arguments of BenchmarkDotNet, after --, for example: bdn -- --filter '*Gemm*'", Arity = ArgumentArity.ZeroOrMore };
        var core = new Option<int>("--core") { Description = "Core to pin to", DefaultValueFactory = _ => Environment.ProcessorCount - 1 };
        var command = new Command("bdn", "Run the BenchmarkDotNet classes") { rest, core };
        command.SetAction(parsed =>
        {
            Machine.PreparePeerEnvironment();
            Environment.SetEnvironmentVariable(KernelThreads.Variable, "1");
            KernelThreads.MaxDegree = 1;
            Machine.PinTo(parsed.GetValue(core));
            string[] arguments = parsed.GetValue(rest) is { Length: > 0 } given ? given : ["--filter", "*"];
            return BenchmarkSwitcher.FromAssembly(typeof(GemmBenchmarks).Assembly).Run(arguments, BenchmarkConfig.Create()).Any(summary => summary.HasCriticalValidationErrors) ? 1 : 0;
        });
        return command;
    }
}
