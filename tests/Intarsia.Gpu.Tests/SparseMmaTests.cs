using Intarsia.Compiler.Backends.Ptx;
using Intarsia.Compiler.Planning;
using Intarsia.Compiler.Planning.Gpu;
using Intarsia.Compiler.Specs;
using Intarsia.ProductSpace.Drawing;
using Intarsia.ProductSpace.Operands;
using Intarsia.PtxEmulator;
using Intarsia.Verification;
using Xunit;

namespace Intarsia.Gpu.Tests;

/// <summary>
/// Kernels on sparse tensor cores: draws of the product space with patterns that keep at most two of four, in the tile interpreter (which refuses three of four) and as PTX in the emulator (which
/// reads the metadata as the ISA has it), against the reference.
/// </summary>
[Trait("Category", "Gpu")]
public class SparseMmaTests
{
    private const int Parts = 8, PerPart = 12;

    private static readonly PatternSpec[] Patterns = [.. new[] { (2, 4), (2, 4), (1, 4), (1, 2), (2, 8), (1, 16) }.Select(p => new PatternSpec(Pattern.NM, p.Item1, p.Item2))];

    public static TheoryData<int> Runs() => [.. Enumerable.Range(0, Parts)];

    [Theory]
    [MemberData(nameof(Runs))]
    public void Kernel_OfEveryContainedPattern_MeetsTheReference(int part)
    {
        var faults = new List<string>();
        foreach (GpuDraw draw in Draws(part).Take(PerPart))
        {
            ReferenceOperands logical = draw.Operands();
            KernelPlan plan = draw.Plan();
            ReferenceResult expected = SpecReference.Execute(draw.Spec, logical);
            if (expected.FirstMismatch<double>(PlanInterpreter.Run(draw.Spec, Device.Sm80, draw.Aligned, logical)) is { } planned) faults.Add($"{draw}, interpreted\n  {planned}");

            var scalars = new HashSet<string>();
            PtxKernel kernel = EmulatedKernel.Lower(plan, PtxTarget.Sm80, scalars);
            var operands = new PlanOperands(draw.Spec, plan, logical, draw.Gap);
            LaunchReport report = EmulatedKernel.Run(kernel, plan, operands, scalars);
            if (!report.IsClean) faults.Add($"{draw}\n  {string.Join("\n  ", report.Findings.Take(3))}");
            if (expected.FirstMismatch<double>(operands.ReadY()) is { } computed) faults.Add($"{draw}, emulated\n  {computed}");
        }

        Assert.True(faults.Count == 0, string.Join('\n', faults));
    }

    [Theory]
    [InlineData("spmm_nm2of4_s8-s8-s32_rN_dN_cN", true)]
    [InlineData("spmm_nm1of2_f16-f16-f32_rN_dN_cN_tt", true)]
    [InlineData("spmm_nm2of32_s4r-bf16-bf16_rN_dN_cN", true)]
    [InlineData("spmm_nm3of4_s8-s8-s32_rN_dN_cN", false)]
    [InlineData("spmm_nm2of2_s8-s8-s32_rN_dN_cN", false)]
    [InlineData("spmm_nm4of8_s8-s8-s32_rN_dN_cN", false)]
    [InlineData("spmm_nm2of4_f32-f32-f32_rN_dN_cN", false)]
    [InlineData("spmm_nm2of4_f16-bf16-f32_rN_dN_cN", false)]
    [InlineData("spmm_nm2of4_s8rz-s8-f32_rN_dN_cN__dequantise", false)]
    [InlineData("spmm_nm2of4_s8g64-s8-f32_rN_dN_cN__dequantise", true)]
    [InlineData("spmm_nm2of4_s8g32-s8-f32_rN_dN_cN__dequantise", false)]
    public void Plan_OnlyWhatTheInstructionsTake_IsForSparseTensorCores(string spec, bool expected)
    {
        Assert.Equal(expected, IsSparse(KernelName.Parse(spec), Device.Sm80));
        Assert.False(IsSparse(KernelName.Parse(spec), Device.Portable));
    }

    private static bool IsSparse(KernelSpec spec, Device device) =>
        DevicePlanner.Supports(spec, device) && DevicePlanner.Plan(spec, device, aligned: true).Bindings.Any(binding => binding is Binding.Prepared { Kind: PreparedKind.SparseMma, Part: PreparedPart.Metadata });

    /// <summary>Two steps of the depth and more, several blocks, lines that end in the middle of everything; and every other draw aligned.</summary>
    private static IEnumerable<GpuDraw> Draws(int part)
    {
        var generator = new SpecGenerator(24);
        for (int index = part; ; index += Parts)
        {
            DrawnKernel kernel = generator.Draw(index);
            if (kernel.Spec.Operation != Operation.Spmm || kernel.Spec.Weights.Pattern.Kind != Pattern.NM) continue;
            var random = new Random(index);
            bool aligned = random.Next(2) == 0;
            int Size(int least, int most) => random.Next(least, most) is var size && aligned ? (size + 15) / 16 * 16 : size;
            (int rows, int depth, int columns) = (Size(1, 160), Size(0, 400), Size(1, 160));
            Extent Fix(Extent extent, int size) => extent.IsConstant && size > 0 ? new Extent(size) : new Extent(0);
            WeightSpec weights = kernel.Spec.Weights with { Pattern = Patterns[random.Next(Patterns.Length)], ScaleGroup = kernel.Spec.Weights.Scale == Per.Group ? 64 << random.Next(2) : 0 };
            KernelSpec spec = kernel.Spec with { Weights = weights, Tiles = default, Rows = Fix(kernel.Spec.Rows, rows), Depth = Fix(kernel.Spec.Depth, depth), Columns = Fix(kernel.Spec.Columns, columns) };
            if (!IsSparse(spec, Device.Sm80)) continue;
            yield return new GpuDraw(kernel with { Spec = spec, Sizes = kernel.Sizes with { Rows = rows, Depth = depth, Columns = columns } }, Device.Sm80, aligned);
        }
    }
}
