using System.Reflection;
using System.Runtime.Loader;
using Intarsia.ProductSpace.Drawing;
using Intarsia.ProductSpace.Operands;
using Intarsia.ProductSpace.Writing;

namespace Intarsia.ProductSpace.Running;

/// <summary>A compiled kernel as the harness calls it.</summary>
/// <param name="Call">The adaptor.</param>
/// <param name="Info">Reads the companion.</param>
public sealed record LoadedKernel(Action<OperandBag> Call, Func<KernelInfo> Info);

/// <summary>Finds the adaptors in generated assemblies.</summary>
public sealed class KernelLibrary(params IEnumerable<Assembly> assemblies)
{
    private const BindingFlags Static = BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic;

    private readonly Assembly[] _assemblies = [.. assemblies];

    /// <summary>Loads assemblies beside the harness: into the context that it was loaded into, with the runtime that it has there.</summary>
    public static KernelLibrary Load(params IEnumerable<string> paths)
    {
        AssemblyLoadContext here = AssemblyLoadContext.GetLoadContext(typeof(KernelLibrary).Assembly)!;
        return new(paths.Where(File.Exists).Select(path => here.LoadFromAssemblyPath(Path.GetFullPath(path))));
    }

    /// <exception cref="InvalidOperationException">No assembly has the kernel.</exception>
    public LoadedKernel Find(DrawnKernel kernel)
    {
        string name = DeclarationWriter.AdaptorType(kernel);
        Type type = _assemblies.Select(assembly => assembly.GetType(name)).FirstOrDefault(found => found is not null)
            ?? throw new InvalidOperationException($"No assembly has the type {name}.");
        MethodInfo call = type.GetMethod(DeclarationWriter.Adaptor, Static)!;
        MethodInfo info = type.GetProperty(DeclarationWriter.Info, Static)!.GetMethod!;
        return new LoadedKernel(call.CreateDelegate<Action<OperandBag>>(), info.CreateDelegate<Func<KernelInfo>>());
    }
}
