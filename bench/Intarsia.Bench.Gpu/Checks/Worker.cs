using System.Diagnostics;
using System.Globalization;
using Intarsia.Bench.Gpu.Devices;

namespace Intarsia.Bench.Gpu.Checks;

/// <summary>The other side of <see cref="Isolation"/>: this program, started once more, answers for one item after another.</summary>
internal static class Worker
{
    /// <summary>Answers for items of a list.</summary>
    /// <param name="first">The first of them.</param>
    /// <param name="step">How far apart they are.</param>
    /// <param name="count">How long the list is.</param>
    /// <param name="gpu">The device; where a fault has lost it, nothing further is begun.</param>
    /// <param name="answer">Whether an item went well, and what there is to say. An exception says that it did not.</param>
    public static int Run(int first, int step, int count, GpuDevice gpu, Func<int, (bool IsRight, string Text)> answer)
    {
        // What others write to the console is not for who started this.
        using var output = new StreamWriter(Console.OpenStandardOutput()) { AutoFlush = true };
        Console.SetOut(Console.Error);
        output.WriteLine(Answer.Ready);
        for (int number = first; number < count; number += step)
        {
            output.WriteLine(Of(number).Line);
            if (!gpu.IsLost) continue;
            output.WriteLine(Answer.Stop);
            // No orderly end: the driver would wait for a kernel that does not end.
            Process.GetCurrentProcess().Kill();
        }
        return 0;

        Answer Of(int number)
        {
            try
            {
                (bool isRight, string text) = answer(number);
                return new Answer(number, isRight, text);
            }
            // Whatever it is, the items behind go on.
            catch (Exception e) when (e is not OutOfMemoryException)
            {
                return new Answer(number, false, $"{e.GetType().Name}: {e.Message}");
            }
        }
    }

    /// <summary>Starts this program again.</summary>
    public static ProcessStartInfo Start(IEnumerable<string> arguments)
    {
        string program = Environment.ProcessPath ?? throw new InvalidOperationException("The path of this program is not known.");
        // Not where `dotnet` runs a library.
        string[] before = Path.GetFileNameWithoutExtension(program) == "dotnet" ? [Environment.GetCommandLineArgs()[0]] : [];
        return new ProcessStartInfo(program, [.. before, .. arguments]);
    }

    /// <summary>The arguments that make a program a worker; the text of a filter only where there is one, since nothing else matches an empty one.</summary>
    public static IEnumerable<string> Arguments(string task, int first, int step, string filter) =>
    [
        "--task", task, "--first", first.ToString(CultureInfo.InvariantCulture), "--step", step.ToString(CultureInfo.InvariantCulture), .. filter.Length > 0 ? (string[])["--filter", filter] : [],
    ];
}
