using Intarsia.Compiler.Backends.Gpu;
using Intarsia.Compiler.Backends.Ilgpu;
using Intarsia.Compiler.Planning;
using Intarsia.Compiler.Planning.Gpu;
using Intarsia.Compiler.Specs;
using Intarsia.Compiler.Tiles;
using Intarsia.ProductSpace.Drawing;
using Xunit;
using Index = Intarsia.Compiler.Tiles.Index;

namespace Intarsia.Gpu.Tests.Portable;

/// <summary>A draw of the product space and its kernel in C#.</summary>
/// <param name="Name">The class that holds the kernel.</param>
/// <param name="Draw">The draw.</param>
/// <param name="Plan">Its plan.</param>
/// <param name="Scalars">Buffers of one element that reach the kernel as a value.</param>
/// <param name="Text">The kernel.</param>
internal sealed record PortableCase(string Name, GpuDraw Draw, KernelPlan Plan, IReadOnlySet<string> Scalars, PortableKernelText Text)
{
    /// <summary>Lowers the kernel of a draw; null where it has more arrays than a launch takes.</summary>
    public static PortableCase? Of(string name, GpuDraw draw)
    {
        KernelPlan plan = draw.Plan();
        var scalars = new HashSet<string>(plan.Program.Buffers.Where(buffer => buffer.Shape is [Index.Const { Value: 1 }]).Select(buffer => buffer.Name));
        return PortableBackend.Lower(plan, scalars) is { } text ? new PortableCase(name, draw, plan, scalars, text) : null;
    }

    /// <summary>Every draw of a seed that has a portable kernel, and part of it where many parts share the work.</summary>
    /// <param name="seed">The seed.</param>
    /// <param name="count">Draws looked at.</param>
    /// <param name="part">The part.</param>
    /// <param name="parts">Of how many.</param>
    public static IEnumerable<PortableCase> Draws(ulong seed, int count, int part = 0, int parts = 1)
    {
        var generator = new SpecGenerator(seed);
        return Enumerable.Range(0, count).Where(index => index % parts == part).Select(index => GpuDraw.At(generator, index, Device.Portable)).OfType<GpuDraw>()
            .Select((draw, index) => Of($"Kernel{index}", draw)).OfType<PortableCase>();
    }

    /// <summary>Every operation is among the cases, and every pattern; and so are integers that have no bytes on both sides, in every pattern and with sums of 64 bits.</summary>
    public static void AssertAll(PortableCase[] cases)
    {
        Assert.True(cases.Length > 50, $"{cases.Length} kernels are too few.");
        Assert.Equal(Enum.GetValues<Operation>(), cases.Select(kernel => kernel.Draw.Spec.Operation).Distinct().Order());
        Assert.Equal(Enum.GetValues<Pattern>(), cases.Where(kernel => kernel.Draw.Spec.IsContraction).Select(kernel => kernel.Draw.Spec.Weights.Pattern.Kind).Distinct().Order());
        KernelSpec[] wide = [.. cases.Select(kernel => kernel.Draw.Spec).Where(spec => spec.IsIntegerContraction && (NumberFormats.Get(spec.Weights.Format).Bits > 8 || NumberFormats.Get(spec.X.Format).Bits != 8))];
        Assert.Equal(Enum.GetValues<Pattern>(), wide.Select(spec => spec.Weights.Pattern.Kind).Distinct().Order());
        Assert.Contains(wide, spec => spec.Accumulator == Accumulator.Int64);
        Assert.Contains(wide, spec => NumberFormats.IsNibble(spec.X.Format));
    }

    /// <summary>The kernel in a class that launches it with arguments that are not known before the run.</summary>
    public string Source
    {
        get
        {
            string types = string.Join(", ", Text.Parameters.Select(TypeOf));
            string arguments = string.Concat(Text.Parameters.Select((parameter, i) => $", ({TypeOf(parameter)})arguments[{i}]"));
            return $$"""
                public static class {{Name}}
                {
                    public static void Launch(AcceleratorStream stream, Index3D grid, object[] arguments) =>
                        stream.Accelerator.LoadKernel<{{types}}>(Portable)(stream, new KernelConfig(grid, new Index3D({{Text.Threads}}, 1, 1)){{arguments}});

                {{Text.Source}}
                }

                """;
        }
    }

    /// <summary>The grid of a call.</summary>
    public (int X, int Y, int Z) Grid(IReadOnlyDictionary<string, long> sizes) => (Value(Text.GridX, sizes), Value(Text.GridY, sizes), Value(Text.GridZ, sizes));

    private static int Value(Index index, IReadOnlyDictionary<string, long> sizes) => checked((int)IndexEvaluator.Evaluate(index, sizes));

    /// <summary>The C# type of a parameter.</summary>
    public string TypeOf(GpuParameter parameter) => parameter switch
    {
        GpuParameter.Scalars => "KernelScalars",
        GpuParameter.Bound bound when Scalars.Contains(bound.Binding.Buffer) => ElementText.Register(bound.Element),
        GpuParameter.Bound bound => $"ArrayView<{ElementText.Memory(bound.Element)}>",
        _ => "int",
    };
}
