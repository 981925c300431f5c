using System.Globalization;
using Intarsia.ProductSpace.Drawing;

namespace Intarsia.ProductSpace.Running;

/// <summary>
/// The body of a child process: runs every draw of a range under the switches the process was started with. Speaks in lines: <c>&gt; index</c> before a draw,
/// <c>! index fault</c> after a wrong one, <c>= passed</c> at the end. What follows the last <c>&gt;</c> of a process that dies has killed it.
/// </summary>
public static class ChildRun
{
    /// <param name="arguments">seed, first, count, text that names must begin with, expected tier, numbers of threads, assemblies.</param>
    /// <param name="output">Where the lines go.</param>
    public static int Run(IReadOnlyList<string> arguments, TextWriter output)
    {
        if (Environment.GetEnvironmentVariable(TierSetting.NoNative) == "0") AppContext.SetSwitch("Intarsia.Native", false);
        ulong seed = ulong.Parse(arguments[0], CultureInfo.InvariantCulture);
        int first = int.Parse(arguments[1], CultureInfo.InvariantCulture), count = int.Parse(arguments[2], CultureInfo.InvariantCulture);
        Tier expected = Enum.Parse<Tier>(arguments[4]);
        KernelLibrary library = KernelLibrary.Load(Assemblies(arguments));
        int[] threads = [.. arguments[5].Split(',').Select(number => int.Parse(number, CultureInfo.InvariantCulture))];
        int passed = 0;
        foreach (DrawnKernel kernel in new SpecGenerator(seed) { KnowsPatterns = true }.Draw(first, count, only: arguments[3]))
        {
            output.WriteLine($"> {kernel.Index}");
            output.Flush();
            if (KernelFault.Find(kernel, library.Find(kernel), expected, threads) is { } fault) output.WriteLine($"! {kernel.Index} {fault.ReplaceLineEndings(" ")}");
            else passed++;
        }
        output.WriteLine($"= {passed}");
        return 0;
    }

    /// <summary>The assemblies that the arguments name.</summary>
    public static IEnumerable<string> Assemblies(IReadOnlyList<string> arguments) => arguments.Skip(6);
}
