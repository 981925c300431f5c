using System.CommandLine;
using Intarsia.Bench.Cases;
using Intarsia.Bench.Measuring;

namespace Intarsia.Bench;

/// <summary><c>crossover</c>: from where on, or up to where, kernels beat the best dense product, as a picture.</summary>
internal static class CrossoverCommand
{
    public static Command Create()
    {
        var file = new Argument<string>("file") { Description = "A file that peers --json wrote" };
        var shape = new Option<string>("--shape") { Description = "The shape of the cases, over sparsity; *x4096x4096: over the number of tokens", DefaultValueFactory = _ => "768x128x3072" };
        var over = new Option<string?>("--over") { Description = $"What varies instead: {string.Join(", ", CrossoverAxis.Names)}" };
        over.AcceptOnlyFromAmong([.. CrossoverAxis.Names]);
        var svg = new Option<string>("--svg") { Description = "File for the picture", Required = true };
        var command = new Command("crossover", "Draw the speed of our kernels over the best dense product, over sparsity, tokens or what else varies") { file, shape, over, svg };
        command.SetAction(parsed => File.WriteAllText(parsed.GetValue(svg)!, CrossoverPlot.Draw(ResultWriter.Read(parsed.GetValue(file)!), parsed.GetValue(over) is { } name ? CrossoverAxis.Of(name) : CrossoverAxis.OfShape(parsed.GetValue(shape)!))));
        return command;
    }
}
