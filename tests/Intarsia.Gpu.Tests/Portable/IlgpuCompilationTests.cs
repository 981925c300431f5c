#if !ILGPU_CONTRACT
using System.Reflection;
using ILGPU;
using ILGPU.Backends;
using ILGPU.Backends.EntryPoints;
using ILGPU.Backends.OpenCL;
using ILGPU.Backends.PTX;
using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;
using ILGPU.Runtime.OpenCL;
using Intarsia.Compiler.Planning.Gpu;
using Intarsia.ProductSpace.Drawing;
#endif
using Xunit;

namespace Intarsia.Gpu.Tests.Portable;

/// <summary>
/// Portable kernels through ILGPU's own compilers, which need no device: draws of every cell of the product space, and integers in all pairs of formats, become PTX for an old and a current NVIDIA device, and OpenCL C. The test double has no compiler, so that
/// these run where the tests are built against ILGPU itself (<c>-p:Ilgpu=true</c>).
/// </summary>
[Trait("Category", "Gpu")]
public class IlgpuCompilationTests
{
    [SkippableTheory]
    [InlineData("PTX 7.5")]
    [InlineData("PTX 8.0")]
    [InlineData("OpenCL")]
    public void Kernel_OfEveryCell_IsCompiled(string target)
    {
#if ILGPU_CONTRACT
        Skip.If(true, NotHere(target));
#else
        using Context context = Context.CreateDefault();
        using Backend backend = Compiler(context, target);
        PortableCase[] cases = [.. PortableCase.Draws(81, SpecGenerator.Round.Count)];
        PortableCase.AssertAll(cases);
        AssertCompiled(backend, [.. cases, .. IntegerDraw.Weights.SelectMany(PortableIntegerTests.Cases)]);
#endif
    }

    /// <summary>The compilers do refuse what a device does not have, so that passing them says something.</summary>
    [SkippableTheory]
    [InlineData("PTX 8.0")]
    [InlineData("OpenCL")]
    public void Kernel_OfObjects_IsRefused(string target)
    {
#if ILGPU_CONTRACT
        Skip.If(true, NotHere(target));
#else
        using Context context = Context.CreateDefault();
        using Backend backend = Compiler(context, target);
        Assembly assembly = PortableLibrary.Compile([("Wrong", "public static class Wrong { internal static void Portable(ArrayView<int> y) => y[0] = new object().GetHashCode(); }")], checkOverflow: false);
        Assert.ThrowsAny<Exception>(() => Compile(backend, assembly.GetType("Wrong")!));
#endif
    }

#if ILGPU_CONTRACT
    private static string NotHere(string target) => $"ILGPU's compiler to {target} is not here: the tests are built against the test double. Build and run them with -p:Ilgpu=true.";
#else
    private static Backend Compiler(Context context, string target) => target switch
    {
        "PTX 7.5" => new PTXBackend(context, CudaArchitecture.SM_75, CudaInstructionSet.ISA_63, null!),
        "PTX 8.0" => new PTXBackend(context, CudaArchitecture.SM_80, CudaInstructionSet.ISA_70, null!),
        // A device without 16-bit and 64-bit floats, 64-bit atomics and sub-groups.
        _ => new CLBackend(context, new CLCapabilityContext(false, false, false, true, false), CLDeviceVendor.Other, CLCVersion.CL20),
    };

    private static void AssertCompiled(Backend backend, PortableCase[] cases)
    {
        Assembly assembly = PortableLibrary.Compile(cases.Select(kernel => (kernel.Name, kernel.Source)), checkOverflow: false);
        var faults = new List<string>();
        foreach (PortableCase kernel in cases)
        {
            try
            {
                Compile(backend, assembly.GetType(kernel.Name)!);
            }
            catch (Exception refusal)
            {
                faults.Add($"{kernel.Draw}\n  {refusal.Message}\n  {refusal.InnerException?.Message}");
            }
        }
        Assert.True(faults.Count == 0, $"{faults.Count} of {cases.Length} kernels are refused\n{string.Join('\n', faults.Take(10))}");
    }

    private static void Compile(Backend backend, Type type)
    {
        MethodInfo method = type.GetMethod("Portable", BindingFlags.Static | BindingFlags.NonPublic)!;
        CompiledKernel compiled = backend.Compile(EntryPointDescription.FromExplicitlyGroupedKernel(method), KernelSpecialization.Empty);
        Assert.Contains(compiled.Name, compiled is PTXCompiledKernel ptx ? ptx.PTXAssembly : ((CLCompiledKernel)compiled).Source, StringComparison.Ordinal);
    }
#endif
}
