using System.CommandLine;
using Intarsia.Bench.Cases;
using Intarsia.Bench.Measuring;

namespace Intarsia.Bench;

/// <summary><c>crossover</c>: from which sparsity on kernels beat the best dense product, as a picture.</summary>
internal static class CrossoverCommand
{
    public static Command Create()
    {
        var file = new Argument<string>("file") { Description = "A file that peers --json wrote" };
        var shape = new Option<string>("--shape") { Description = "The shape of the cases", DefaultValueFactory = _ => "768x128x3072" };
        var svg = new Option<string>("--svg") { Description = "File for the picture", Required = true };
        var command = new Command("crossover", "Draw how the speed of sparse kernels over the best dense product rises with sparsity") { file, shape, svg };
        command.SetAction(parsed => File.WriteAllText(parsed.GetValue(svg)!, CrossoverPlot.Draw(ResultWriter.Read(parsed.GetValue(file)!), parsed.GetValue(shape)!)));
        return command;
    }
}
