using Intarsia.ProductSpace.Arm;
using Intarsia.ProductSpace.Running;

// The child of a run: one process per setting of the runtime's instruction-set switches.
if (args.Length > 0 && args[0] == "child")
    return Environment.GetEnvironmentVariable(ArmMachine.Variable) is null ? ChildRun.Run(args[1..], Console.Out) : ArmContext.Run(args[1..], Console.Out);

try
{
    SpaceOptions options = SpaceOptions.Parse(args);
    IReadOnlyList<BatchResult> results = new SpaceRun(options, Console.Out).RunAll();
    if (options.Results is { } file && File.Exists(file)) Console.WriteLine($"{ResultsFile.CountPassed(file)} draws have passed under every setting, by {file}");
    return results.All(result => result.Passed) ? 0 : 1;
}
catch (FormatException exception)
{
    Console.Error.WriteLine(exception.Message);
    return 2;
}
