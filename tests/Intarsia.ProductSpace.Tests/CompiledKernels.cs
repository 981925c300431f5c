using System.Reflection;
using Intarsia.Compiler.Specs;
using Intarsia.ProductSpace.Drawing;
using Intarsia.ProductSpace.Running;
using Xunit;

namespace Intarsia.ProductSpace.Tests;

/// <summary>A few draws of every cell, compiled once and loaded into this process for the tests that call kernels in special ways.</summary>
public sealed class CompiledKernels
{
    public const string Collection = "compiled kernels";

    private static readonly Lazy<(DrawnKernel[] Draws, KernelLibrary Library)> s_compiled = new(Compile);

    // Two thirds of the cells, and of the others, which are the last patterns and operations in their order, a fourth; what has few cells, but many ways to be called (terms of a batch at
    // strides or offsets, scales that are arguments, two packed operands), or few draws, more often.
    private static bool IsTaken(DrawnKernel draw) => draw.Index < 2 * SpecGenerator.Round.Count / 3 || draw.Index < SpecGenerator.Round.Count && draw.Index % 4 == 0
        || draw.Spec.Operation is Operation.BatchReduceGemm or Operation.Sddmm or Operation.Rgms || !draw.Spec.IsContraction;

    public IReadOnlyList<DrawnKernel> Draws => s_compiled.Value.Draws;

    public KernelLibrary Library => s_compiled.Value.Library;

    private static (DrawnKernel[] Draws, KernelLibrary Library) Compile()
    {
        DrawnKernel[] draws = [.. new SpecGenerator(99).Draw(0, SpecGenerator.DefaultCount).Where(draw => IsTaken(draw) && draw.SizeClass is SizeClass.LargeRagged or SizeClass.Small && !SpaceCompiler.NeedsUnsafe(draw))];
        using var stream = new MemoryStream();
        new SpaceCompiler().Compile("Compiled", draws).Write(stream);
        return (draws, new KernelLibrary(Assembly.Load(stream.ToArray())));
    }
}

/// <summary>Shares the compiled kernels between the test classes.</summary>
[CollectionDefinition(CompiledKernels.Collection)]
public sealed class CompiledKernelsCollection : ICollectionFixture<CompiledKernels>;
