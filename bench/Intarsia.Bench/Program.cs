using System.CommandLine;
using Intarsia.Bench;

var root = new RootCommand("Benchmarks of Intarsia's generated kernels") { PeersCommand.Create(), CeilingsCommand.Create() };
return root.Parse(args).Invoke();
