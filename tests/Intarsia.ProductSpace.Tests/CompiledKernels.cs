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

    public CompiledKernels()
    {
        // Every cell once or twice; what has few cells, but many ways to be called (terms of a batch at strides or offsets, scales that are arguments, two packed operands), more often.
        Draws = [.. new SpecGenerator(99).Draw(0, SpecGenerator.DefaultCount / 2)
            .Where(draw => (draw.Index < SpecGenerator.DefaultCount / 5 || draw.Spec.Operation is Operation.BatchReduceGemm or Operation.Sddmm or Operation.Softmax or Operation.Rgms)
                && draw.SizeClass is SizeClass.LargeRagged or SizeClass.Small && !SpaceCompiler.NeedsUnsafe(draw))];
        using var stream = new MemoryStream();
        new SpaceCompiler().Compile("Compiled", Draws).Write(stream);
        Library = new KernelLibrary(Assembly.Load(stream.ToArray()));
    }

    public IReadOnlyList<DrawnKernel> Draws { get; }

    public KernelLibrary Library { get; }
}

/// <summary>Shares the compiled kernels between the test classes.</summary>
[CollectionDefinition(CompiledKernels.Collection)]
public sealed class CompiledKernelsCollection : ICollectionFixture<CompiledKernels>;
