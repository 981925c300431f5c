using Intarsia.Compiler.Backends.Ptx;
using Intarsia.Compiler.Planning;
using Intarsia.Compiler.Planning.Gpu;
using Intarsia.Compiler.Specs;
using Intarsia.Compiler.Tiles;
using Intarsia.ProductSpace.Drawing;
using Intarsia.PtxEmulator;
using Intarsia.Verification;
using Xunit;

namespace Intarsia.Gpu.Tests;

/// <summary>
/// Weights that are coefficients of bases (SmartDeal's W = Ce·B) times few columns: what is read of them are the bytes that are stored, and threads make weights of those in registers. Every X, layout and kind of scale, groups that end
/// anywhere; and beyond, where coefficients become weights before the call.
/// </summary>
[Trait("Category", "Gpu")]
public class RebuiltWeightTests
{
    private const string Rows = "gemm_dense_pot4br-f16-f16_rN_dN_c3_tt", Groups = "gemm_dense_pot4bg48-f32-f32_rN_dN_c2", Tensor = "gemm_dense_pot4bt-bf16-f32_rN_dN_c1";

    [Theory]
    [InlineData(Rows, 21, 300, 3)]
    [InlineData(Groups, 33, 1000, 2)]
    [InlineData(Tensor, 9, 100, 1)]
    [InlineData("gemm_dense_pot4bg24-f16-f32_rN_dN_c1_tt__bias", 40, 1700, 1)]
    [InlineData("gemm_dense_pot4bg72-f32-f32_rN_d1000_c16_tt", 21, 1000, 16)]
    [InlineData("gemm_dense_pot4br-f32-f32_r2100_d768_c1__relu", 2100, 768, 1)]
    [InlineData("gemm_dense_pot4bg48-bf16-bf16_rN_dN_c8", 40, 200, 8)]
    [InlineData("gemm_dense_pot4bt-tf32-f32_rN_dN_c5_tt", 21, 70, 5)]
    [InlineData("gemm_dense_pot4bg99-f32-f32_rN_d98_c4_tt", 21, 98, 4)]
    [InlineData("gemm_dense_pot4br-f16-f16_rN_dN_c16__residual", 40, 96, 16)]
    [InlineData("gemm_dense_pot4br-f32-f32_rN_d24_c1", 5, 24, 1)]
    [InlineData("gemm_dense_pot4bg24-f32-f32_rN_dN_c1", 5, 1, 1)]
    [InlineData("gemm_dense_pot4bg24-f32-f32_rN_dN_c1__bias", 5, 0, 1)]
    public void Kernel_RaggedAndAligned_MeetsTheReference(string name, int rows, int depth, int columns)
    {
        KernelSpec spec = KernelName.Parse(name);
        foreach (bool aligned in (bool[])[false, true])
        {
            // Lines of X and of Y.
            if (aligned) (rows, depth) = (Up(spec.Rows, rows), Up(spec.Depth, depth));
            if (aligned && ((spec.X.Layout == MatrixLayout.TokenMajor ? depth : columns) % 16 != 0 || (spec.Y.Layout == MatrixLayout.TokenMajor ? rows : columns) % 16 != 0)) continue;
            GpuDraw draw = GpuDraw.Of(name, Device.Sm80, aligned, rows, depth, columns);
            // The interpreter takes its time.
            if (rows < 1000) EmulatedKernelTests.AssertMeetsReference(draw);
            else Assert.Null(EmulatedKernelTests.Fault(draw));
        }
    }

    /// <summary>Draws of the product space whose weights are rebuilt: all epilogues, layouts and extents that it has for them.</summary>
    [Theory]
    [InlineData(51)]
    [InlineData(52)]
    [InlineData(53)]
    [InlineData(54)]
    public void Kernel_OfDrawnCoefficients_MeetsTheReference(ulong seed) =>
        EmulatedKernelTests.AssertDrawsMeetReference(seed, 6, cell => cell is { Operation: Operation.Gemm, Weights: NumberFormat.PowerOfTwoBasis }, draw => IsRebuilt(draw.Plan()));

    /// <summary>
    /// What comes from memory are the coefficients, each once and by one thread, and the bases: the bytes of the packed matrix, and a table. In whole steps those are all; else a row ends with what fills its last step.
    /// </summary>
    [Theory]
    [InlineData("gemm_dense_pot4br-f32-f32_rN_dN_c1_tt", 64, 768)]
    [InlineData("gemm_dense_pot4bt-f16-f16_rN_dN_c16", 32, 960)]
    [InlineData("gemm_dense_pot4bg24-f32-f32_rN_dN_c2_tt", 64, 1536)]
    [InlineData("gemm_dense_pot4bg96-bf16-f32_rN_dN_c8_tt", 64, 2304)]
    [InlineData("gemm_dense_pot4br-f32-f32_r4096_d768_c1_tt", 4096, 768)]
    public void Kernel_OfWholeSteps_ReadsTheBytesThatAreStored(string name, int rows, int depth)
    {
        const int TableBytes = 16 * 2;
        GpuDraw draw = GpuDraw.Of(name, Device.Sm80, aligned: false, rows, depth, KernelName.Parse(name).Columns.Constant);
        KernelPlan plan = draw.Plan();
        PtxKernel kernel = EmulatedKernel.Lower(plan, PtxTarget.Sm80, new HashSet<string>());
        LaunchReport report = EmulatedKernel.Run(kernel, plan, new PlanOperands(draw.Spec, plan, draw.Operands(), draw.Gap), new HashSet<string>(), new PtxMachineOptions { CountGlobalReads = true });
        Assert.True(report.IsClean);
        GlobalRead Of(string buffer) => report.GlobalReads.Single(read => read.Allocation == buffer);
        WeightSpec weights = draw.Spec.Weights;
        int bases = weights.Scale switch { Per.Tensor => 1, Per.Row => rows, _ => rows * (depth / weights.ScaleGroup) };
        Assert.Equal(((long)rows * depth / 2, (long)rows * depth / 2), (Of("W").Bytes, Of("W").Distinct));
        Assert.Equal((bases * BasisMatrix.Entries * sizeof(float), TableBytes), (Of("S").Distinct, Of("T").Distinct));
        Assert.Equal(["S", "T", "W", "X"], report.GlobalReads.Select(read => read.Allocation));
        // The prepared matrix has those bytes, and so has the packed one: nothing else is stored.
        PackedMatrix packed = PackedMatrix.Pack(new BasisMatrix(new sbyte[rows * depth], new float[bases * BasisMatrix.Entries], rows, depth, weights.Scale, weights.ScaleGroup), new WeightLayout(Pattern.Dense, NumberFormat.PowerOfTwoBasis) { Scale = weights.Scale, ScaleGroup = weights.ScaleGroup });
        Assert.Equal(Of("W").Distinct + Of("S").Distinct, packed.SizeInBytes);
    }

    /// <summary>X is read from shared memory without conflicts: lines of 96 bytes, every second four of which have neighbouring sixteen bytes changed.</summary>
    [Theory]
    [InlineData("gemm_dense_pot4br-f32-f32_rN_dN_c1_tt", 768)]
    [InlineData("gemm_dense_pot4bg48-f32-f32_rN_dN_c8_tt", 1536)]
    public void Products_HaveNoBankConflict(string name, int depth)
    {
        GpuDraw draw = GpuDraw.Of(name, Device.Sm80, aligned: true, 32, depth, KernelName.Parse(name).Columns.Constant);
        KernelPlan plan = draw.Plan();
        PtxKernel kernel = EmulatedKernel.Lower(plan, PtxTarget.Sm80, new HashSet<string>());
        LaunchReport report = EmulatedKernel.Run(kernel, plan, new PlanOperands(draw.Spec, plan, draw.Operands(), draw.Gap), new HashSet<string>());
        // The tail, where sums go from lanes to lines, is another matter.
        int tail = Array.FindIndex(kernel.Text.Split('\n'), line => line.Contains("accumulators to shared memory", StringComparison.Ordinal));
        SharedAccess[] reads = [.. report.SharedAccesses.Where(access => access.Line < tail && access.Instruction.Contains("ld.shared.v4.f32", StringComparison.Ordinal))];
        Assert.NotEmpty(reads);
        Assert.DoesNotContain(reads, read => read.Conflicts > 0);
    }

    [Theory]
    [InlineData(Rows)]
    [InlineData(Groups)]
    [InlineData(Tensor)]
    public void Plan_OfFewColumns_HasCoefficientsAndBases(string name)
    {
        foreach (bool aligned in (bool[])[false, true])
        {
            KernelPlan plan = DevicePlanner.Plan(KernelName.Parse(name), Device.Sm80, aligned);
            Assert.True(IsRebuilt(plan));
            Assert.Equal([PreparedPart.Basis, PreparedPart.HalfTable, PreparedPart.Values], plan.Bindings.OfType<Binding.Prepared>().Select(binding => binding.Part).OrderBy(part => part.ToString(), StringComparer.Ordinal));
            Assert.All(plan.Bindings.OfType<Binding.Prepared>(), binding => Assert.Equal(PreparedKind.Nibble, binding.Kind));
            Assert.Contains(plan.Program.Reasons, reason => reason.StartsWith("weights stay coefficients of four bits and bases", StringComparison.Ordinal));
            Assert.True(DevicePlanner.Supports(KernelName.Parse(name), Device.Portable));
        }
    }

    /// <summary>What is not rebuilt says why, and multiplies what was rebuilt before the call.</summary>
    [Theory]
    [InlineData("gemm_dense_pot4br-f32-f32_rN_dN_c17", Device.Sm80)]
    [InlineData("gemm_dense_pot4br-f16-f16_rN_dN_cN_tt", Device.Sm80)]
    [InlineData("gemm_dense_pot4bg27-f32-f32_rN_dN_c1", Device.Sm80)]
    [InlineData(Rows, Device.Portable)]
    public void Plan_OfWhatIsNotRebuilt_SaysWhy(string name, Device device)
    {
        KernelPlan plan = DevicePlanner.Plan(KernelName.Parse(name), device, aligned: true);
        Assert.False(IsRebuilt(plan));
        Assert.Equal(ElementType.F32, plan.Program.Buffers.Single(buffer => buffer.Name == "W").Element);
        Assert.Contains(plan.Program.Reasons, reason => reason.StartsWith("coefficients are made weights before the call: ", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(Rows, "0x77777777", "0x33333333")]
    [InlineData(Rows, "0x44444444", "0x22222222")]
    [InlineData(Rows, "0x3424", "0x2434")]
    [InlineData(Rows, "+32]", "+0]")]
    [InlineData(Groups, "+20]", "+24]")]
    [InlineData(Groups, "mul.rn.f32", "add.rn.f32")]
    [InlineData(Groups, ", 48;", ", 24;")]
    [InlineData(Tensor, "+8];", "+4];")]
    [InlineData(Groups, "add.u64", "sub.u64")]
    public void Kernel_ThatRebuildsWrongly_IsCaught(string name, string text, string mistake) => EmulatedKernelTests.AssertIsFoundOut(Small(name), text, mistake);

    /// <summary>A coefficient, an entry of a basis, or a number of the table that is another one.</summary>
    [Theory]
    [InlineData(Rows, "W")]
    [InlineData(Rows, "S")]
    [InlineData(Groups, "S")]
    [InlineData(Tensor, "S")]
    [InlineData(Tensor, "T")]
    public void Kernel_OfOtherWeights_IsCaught(string name, string buffer)
    {
        GpuDraw draw = Small(name);
        Assert.Null(EmulatedKernelTests.Fault(draw));
        Assert.NotNull(EmulatedKernelTests.Fault(draw, spoil: operands =>
        {
            switch (operands.Buffers[buffer])
            {
                case byte[] codes: codes[100] ^= 4; break;
                case Half[] table: table[3] = (Half)5; break;
                case float[] bases: bases[^1] = 3 * bases[^1] + 1; break;
            }
        }));
    }

    /// <summary>Coefficients are what is read of the weights, and what makes weights of them stands in the loop.</summary>
    private static bool IsRebuilt(KernelPlan plan) => plan.Program.Buffers.Single(buffer => buffer.Name == "W").Element == ElementType.U4 && plan.Program.Tiles.Any(tile => tile.Name == "basis");

    private static GpuDraw Small(string name) => GpuDraw.Of(name, Device.Sm80, aligned: false, 17, 1700, KernelName.Parse(name).Columns.Constant);

    private static int Up(Extent extent, int size) => extent.IsConstant ? extent.Constant : (size + 15) / 16 * 16;
}
