using System.Reflection;
using System.Runtime.Loader;
using Intarsia.ProductSpace.Running;

namespace Intarsia.ProductSpace.Arm;

/// <summary>The harness and all that is ours once more, with the assemblies that stand in a folder in the place of those of this process: kernels, harness and references are handed the runtime of <see cref="ArmMachine"/>.</summary>
public sealed class ArmContext : AssemblyLoadContext
{
    private readonly string[] _folders;

    private ArmContext(string folder)
        : base("Arm", isCollectible: true) => _folders = [folder, Path.GetDirectoryName(typeof(ArmContext).Assembly.Location)!];

    /// <summary>Runs a child's body on it.</summary>
    /// <param name="arguments">As for <see cref="ChildRun"/>; the folder of the kernels is the machine's.</param>
    /// <param name="output">Where the lines go.</param>
    public static int Run(IReadOnlyList<string> arguments, TextWriter output)
    {
        var context = new ArmContext(Path.GetDirectoryName(Path.GetFullPath(ChildRun.Assemblies(arguments).First()))!);
        MethodInfo run = context.LoadFromAssemblyName(typeof(ChildRun).Assembly.GetName()).GetType(typeof(ChildRun).FullName!, throwOnError: true)!.GetMethod(nameof(ChildRun.Run))!;
        return (int)run.Invoke(null, BindingFlags.DoNotWrapExceptions, null, [arguments, output], null)!;
    }

    protected override Assembly? Load(AssemblyName assemblyName)
    {
        if (assemblyName.Name?.StartsWith("Intarsia.", StringComparison.Ordinal) != true) return null;
        string? path = _folders.Select(folder => Path.Combine(folder, assemblyName.Name + ".dll")).FirstOrDefault(File.Exists);
        return path is null ? null : LoadFromAssemblyPath(path);
    }
}
