using System.CommandLine;
using Intarsia.Bench.Cases;
using Intarsia.Bench.Measuring;

namespace Intarsia.Bench;

/// <summary><c>roofline</c>: results kept as JSON, as a picture.</summary>
internal static class RooflineCommand
{
    public static Command Create()
    {
        var file = new Argument<string>("file") { Description = "A file that peers --json wrote" };
        var svg = new Option<string>("--svg") { Description = "File for the picture", Required = true };
        var command = new Command("roofline", "Draw the speeds of results under the ceilings of the same run") { file, svg };
        command.SetAction(parsed => File.WriteAllText(parsed.GetValue(svg)!, RooflinePlot.Draw(ResultWriter.Read(parsed.GetValue(file)!))));
        return command;
    }
}
