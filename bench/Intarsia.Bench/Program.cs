using System.CommandLine;
using Intarsia.Bench;
using Intarsia.Bench.Generation;

var root = new RootCommand("Benchmarks of Intarsia's generated kernels")
{
    PeersCommand.Create(), TableCommand.Create(), RooflineCommand.Create(), CrossoverCommand.Create(), CeilingsCommand.Create(), BenchmarksCommand.Create(), GenerationCost.Create(),
};
return root.Parse(args).Invoke();
