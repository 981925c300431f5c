using System.Numerics;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
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
    private const int Parts = 4, PerPart = 12;

    private static readonly PatternSpec[] Patterns = [.. new[] { (2, 4), (2, 4), (1, 4), (1, 2), (2, 8), (1, 16) }.Select(p => new PatternSpec(Pattern.NM, p.Item1, p.Item2))];

    public static TheoryData<Device, int> Runs()
    {
        var runs = new TheoryData<Device, int>();
        foreach (Device device in (Device[])[Device.Sm80, Device.Sm90A])
            for (int part = 0; part < Parts; part++) runs.Add(device, part);
        return runs;
    }

    [Theory]
    [MemberData(nameof(Runs))]
    public void Kernel_OfEveryContainedPattern_MeetsTheReference(Device device, int part)
    {
        var faults = new List<string>();
        foreach (GpuDraw draw in Draws(device, part).Take(PerPart))
        {
            ReferenceOperands logical = draw.Operands();
            KernelPlan plan = draw.Plan();
            ReferenceResult expected = SpecReference.Execute(draw.Spec, logical);
            if (expected.FirstMismatch<double>(PlanInterpreter.Run(draw.Spec, device, draw.Aligned, logical)) is { } planned) faults.Add($"{draw}, interpreted\n  {planned}");

            var scalars = new HashSet<string>();
            PtxKernel kernel = EmulatedKernel.Lower(plan, device == Device.Sm90A ? PtxTarget.Sm90A : PtxTarget.Sm80, scalars);
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
        // Warp groups transpose no bytes.
        Assert.Equal(expected && !spec.EndsWith("-s32_rN_dN_cN", StringComparison.Ordinal) && !spec.Contains("-s8-", StringComparison.Ordinal), IsSparse(KernelName.Parse(spec), Device.Sm90A));
    }

    /// <summary>What the tests above rest on: places that are not those of the weights do not get by.</summary>
    [Theory]
    [InlineData("spmm_nm2of4_f16-f16-f32_rN_dN_cN_tt", Device.Sm80)]
    [InlineData("spmm_nm2of4_f16-f16-f32_rN_dN_cN_tt", Device.Sm90A)]
    [InlineData("spmm_nm2of4_s8-s8-s32_rN_dN_cN_tt", Device.Sm80)]
    [InlineData("spmm_nm2of4_s8-s8-s32_rN_dN_cN_tt", Device.Sm90A)]
    public void Kernel_WithWrongPlaces_IsFoundOut(string kernel, Device device)
    {
        GpuDraw draw = GpuDraw.Of(kernel, device, aligned: true, 80, 272, 48);
        string? With(Func<uint, uint> mistake) => EmulatedKernelTests.Fault(draw, spoil: operands =>
        {
            Span<uint> words = MemoryMarshal.Cast<byte, uint>(((byte[])operands.Buffers["M"]).AsSpan());
            foreach (ref uint word in words) word = mistake(word);
        });

        Assert.Null(With(word => word));
        // The two places of every four exchanged; those of one pair of four; rows or depths for one another; places off by one.
        Assert.NotNull(With(word => (word & 0x33333333) << 2 | (word & 0xCCCCCCCC) >> 2));
        Assert.NotNull(With(word => word & ~0xFu | (word & 3) << 2 | (word & 0xC) >> 2));
        Assert.NotNull(With(word => BitOperations.RotateLeft(word, 16)));
        Assert.NotNull(With(word => BitOperations.RotateLeft(word, 4)));
        // Lanes, which stand for other rows and depths.
        Assert.NotNull(EmulatedKernelTests.Fault(draw, spoil: operands => Array.Reverse((byte[])operands.Buffers["M"])));
    }

    /// <summary>Which lanes of each four hold the places of an instruction.</summary>
    [Theory]
    [InlineData(Device.Sm80, "mma\\.sp.*, 1;")]
    [InlineData(Device.Sm90A, "wgmma\\.mma_async\\.sp.*, 1, 1, 1, 1, 0, 0;")]
    public void Kernel_WithTheWrongSelector_IsFoundOut(Device device, string instruction)
    {
        GpuDraw draw = GpuDraw.Of("spmm_nm2of4_f16-f16-f32_rN_dN_cN_tt", device, aligned: true, 80, 272, 48);

        Assert.NotNull(EmulatedKernelTests.Fault(draw, ptx =>
        {
            Assert.Matches(instruction, ptx);
            return Regex.Replace(ptx, instruction, found => device == Device.Sm80 ? found.Value[..^3] + " 0;" : found.Value.Replace(", 1, 1, 1, 1, 0, 0;", ", 0, 1, 1, 1, 0, 0;", StringComparison.Ordinal));
        }));
    }

    /// <summary>The registers of the places are read until the products are done: a stage must not load its own over those of the last.</summary>
    [Fact]
    public void Kernel_ThatLoadsPlacesWhileTheLastAreRead_IsFoundOut()
    {
        GpuDraw draw = GpuDraw.Of("spmm_nm2of4_f16-f16-f32_rN_dN_cN_tt", Device.Sm90A, aligned: true, 80, 272, 48);

        string? fault = EmulatedKernelTests.Fault(draw, ptx =>
        {
            Assert.Contains("wgmma.wait_group.sync.aligned 0;", ptx, StringComparison.Ordinal);
            return ptx.Replace("wgmma.wait_group.sync.aligned 0;", "wgmma.wait_group.sync.aligned 1;", StringComparison.Ordinal);
        });
        Assert.Contains("is used while an asynchronous multiplication", fault, StringComparison.Ordinal);
    }

    /// <summary>Each tile, rows and columns that divide by none of its extents, and more stages than the ring has.</summary>
    [Theory]
    [InlineData("spmm_nm2of4_f16-f16-f32_rN_dN_cN_tt", "128x256", 144, 600, 272)]
    [InlineData("spmm_nm2of4_f16-f16-f32_rN_dN_cN", "128x256", 144, 600, 272)]
    [InlineData("spmm_nm1of4_bf16-bf16-bf16_rN_dN_cN_rt__bias-relu", "128x256", 144, 456, 272)]
    [InlineData("spmm_nm2of4_s8-u8-s32_rN_dN_cN_tr", "128x256", 144, 1168, 272)]
    [InlineData("spmm_nm2of8_s8r-s8k-f32_rN_dN_cN_tt__dequantise-bias-silu", "128x256", 144, 656, 272)]
    [InlineData("spmm_nm2of4_s8g128-s8-f32_rN_dN_cN_tt__dequantise", "128x128", 144, 1168, 144)]
    [InlineData("spmm_nm2of4_s8g64-u8-f32_rN_dN_cN_tr__dequantise", "128x128", 144, 656, 144)]
    [InlineData("spmm_nm2of4_s4g64-f16-f32_rN_dN_cN", "128x128", 144, 640, 144)]
    [InlineData("spmm_nm2of4_f16-f16-f32_r64_d136_c16384", "64x128", 64, 136, 16384)]
    [InlineData("spmm_nm2of4_bf16-bf16-f32_r200_d600_c72_tr", "64x64", 200, 600, 72)]
    [InlineData("spmm_nm2of4_f16-f16-f32_rN_dN_cN_tt__bias", "128x256", 16, 0, 16)]
    public void Kernel_OfWarpGroups_MeetsTheReference(string kernel, string tile, int rows, int depth, int columns)
    {
        GpuDraw draw = GpuDraw.Of(kernel, Device.Sm90A, aligned: true, rows, depth, columns);

        Assert.StartsWith(tile, draw.Plan().Tile, StringComparison.Ordinal);
        Assert.Null(EmulatedKernelTests.Fault(draw));
    }

    private static bool IsSparse(KernelSpec spec, Device device) =>
        DevicePlanner.Supports(spec, device) && DevicePlanner.Plan(spec, device, aligned: true).Bindings.Any(binding => binding is Binding.Prepared { Kind: PreparedKind.SparseMma, Part: PreparedPart.Metadata });

    /// <summary>Two steps of the depth and more, several blocks, lines that end in the middle of everything; and every other draw aligned.</summary>
    private static IEnumerable<GpuDraw> Draws(Device device, int part)
    {
        var generator = new SpecGenerator(24);
        for (int index = part; ; index += Parts)
        {
            DrawnKernel kernel = generator.Draw(index);
            if (kernel.Spec.Operation != Operation.Spmm || kernel.Spec.Weights.Pattern.Kind != Pattern.NM) continue;
            var random = new Random(index);
            bool aligned = device == Device.Sm90A || random.Next(2) == 0;
            int Size(int least, int most) => random.Next(least, most) is var size && aligned ? (size + 15) / 16 * 16 : size;
            (int rows, int depth, int columns) = (Size(1, 160), Size(0, 400), Size(1, 160));
            Extent Fix(Extent extent, int size) => extent.IsConstant && size > 0 ? new Extent(size) : new Extent(0);
            WeightSpec weights = kernel.Spec.Weights with { Pattern = Patterns[random.Next(Patterns.Length)], ScaleGroup = kernel.Spec.Weights.Scale == Per.Group ? 64 << random.Next(2) : 0 };
            KernelSpec spec = kernel.Spec with { Weights = weights, Tiles = default, Rows = Fix(kernel.Spec.Rows, rows), Depth = Fix(kernel.Spec.Depth, depth), Columns = Fix(kernel.Spec.Columns, columns) };
            if (!IsSparse(spec, device)) continue;
            yield return new GpuDraw(kernel with { Spec = spec, Sizes = kernel.Sizes with { Rows = rows, Depth = depth, Columns = columns } }, device, aligned);
        }
    }
}
