using Intarsia.Compiler.Planning;
using Intarsia.Compiler.Planning.Gpu;
using Intarsia.Compiler.Specs;
using Intarsia.Compiler.Tiles;
using Intarsia.Verification;
using Xunit;

namespace Intarsia.Gpu.Tests;

/// <summary>Unsigned weights of eight and four bits with an X of bytes: on the tensor cores of bytes where rows share no digits, as either factor, and on multiply-adds where every row gathers for itself.</summary>
[Trait("Category", "Gpu")]
public class UnsignedWeightTests
{
    [Theory]
    [InlineData("gemm_dense_u8-s8-s32_rN_dN_cN", 80, 112, 48)]
    [InlineData("gemm_dense_u8-u8-s32_rN_d64_cN_tt", 32, 64, 48)]
    [InlineData("gemm_dense_u8r-s8t-f32_rN_d192_cN_tt__dequantise-bias", 128, 192, 32)]
    [InlineData("gemm_dense_u8g64-u8-f32_rN_dN_cN__dequantise", 64, 192, 48)]
    [InlineData("gemm_dense_u8g16-s8k-f32_rN_d96_cN_tt__dequantise-gelu", 48, 96, 32)]
    [InlineData("gemm_dense_u8span-u8-s32_rN_dN_cN_tt", 48, 64, 32)]
    [InlineData("gemm_dense_u8span-s8-s32_rN_dN_cN", 48, 64, 32)]
    [InlineData("gemm_dense_u4-u8-s32_rN_dN_cN", 64, 96, 48)]
    [InlineData("gemm_dense_u4g32-s8k-f32_rN_d96_cN_tt__dequantise", 48, 96, 32)]
    [InlineData("gemm_dense_u8-s8-s32_rN_dN_c4", 64, 256, 4)]
    [InlineData("gemm_dense_u4g64-u8-f32_rN_d256_c3_tt__dequantise", 48, 256, 3)]
    [InlineData("spmm_csr_u8-s8-s32_rN_dN_cN", 48, 64, 32)]
    [InlineData("spmm_nm2of4_u8-u8-s32_rN_dN_cN_tt", 48, 64, 32)]
    [InlineData("spmm_nm2of4_u4r-s8t-f32_rN_dN_cN_tt__dequantise", 48, 64, 32)]
    [InlineData("spmm_srbcrs4_u8-s8-s32_rN_dN_cN_tr", 48, 64, 32)]
    [InlineData("spmm_srbcrs8_u8g32-u8-f32_rN_dN_cN__dequantise", 48, 64, 32)]
    [InlineData("spmm_srbcrs8_u4g32-s8-f32_rN_dN_cN__dequantise", 48, 64, 32)]
    public void Kernel_OnEveryDevice_MeetsTheReference(string name, int rows, int depth, int columns)
    {
        KernelSpec spec = KernelName.Parse(name);
        int served = 0;
        foreach ((Device device, bool aligned) in new[] { (Device.Sm80, false), (Device.Sm80, true), (Device.Sm90A, true), (Device.Portable, false) })
        {
            if (!DevicePlanner.Supports(spec, device)) continue;
            served++;
            GpuDraw draw = GpuDraw.Of(name, device, aligned, aligned || spec.Rows.IsConstant ? rows : rows - 1, depth, columns);
            ReferenceOperands operands = draw.Operands();
            string? mismatch = SpecReference.Execute(draw.Spec, operands).FirstMismatch<double>(PlanInterpreter.Run(draw.Spec, device, aligned, operands));
            Assert.True(mismatch is null, $"{draw} in the interpreter: {mismatch}");
            string? fault = device == Device.Portable ? null : EmulatedKernelTests.Fault(draw);
            Assert.True(fault is null, $"{draw}: {fault}");
        }
        Assert.InRange(served, 3, 4);
    }

    [Theory]
    [InlineData("gemm_dense_u8-u8-s32_rN_d1024_cN_tt", ContractVia.Mma, ContractVia.WarpGroupMma)]
    [InlineData("gemm_dense_u8-s8-s32_rN_d1024_cN_tt", ContractVia.Mma, ContractVia.WarpGroupMma)]
    public void Kernel_OfExtremes_IsExactOnTensorCores(string name, ContractVia via, ContractVia warpGroups)
    {
        KernelSpec spec = KernelName.Parse(name);
        const int Rows = 32, Columns = 32, Depth = 1024;
        var operands = new ReferenceOperands
        {
            Rows = Rows,
            Depth = Depth,
            Columns = Columns,
            Weights = [.. Enumerable.Repeat(255.0, Rows * Depth)],
            X = [.. Enumerable.Repeat(spec.X.Format == NumberFormat.UInt8 ? 255.0 : -128, Depth * Columns)],
        };
        foreach ((Device device, Compiler.Backends.Ptx.PtxTarget target) in new[] { (Device.Sm80, Compiler.Backends.Ptx.PtxTarget.Sm80), (Device.Sm90A, Compiler.Backends.Ptx.PtxTarget.Sm90A) })
        {
            KernelPlan plan = DevicePlanner.Plan(spec, device, aligned: true);
            Assert.Contains(device == Device.Sm80 ? via : warpGroups, Units(plan));
            var scalars = new HashSet<string>();
            var memory = new PlanOperands(spec, plan, operands, gap: 32);
            Assert.True(EmulatedKernel.Run(EmulatedKernel.Lower(plan, target, scalars), plan, memory, scalars).IsClean);
            Assert.Null(SpecReference.Execute(spec, operands).FirstMismatch<double>(memory.ReadY()));
        }
    }

    private static IEnumerable<ContractVia> Units(KernelPlan plan) => Contracts(plan.Program.Body).Select(contract => contract.Via);

    private static IEnumerable<Statement.Contract> Contracts(IEnumerable<Statement> body) => body.SelectMany(statement => statement switch
    {
        Statement.Contract contract => [contract],
        Statement.For loop => Contracts(loop.Body),
        Statement.Block block => Contracts(block.Body),
        _ => Enumerable.Empty<Statement.Contract>(),
    });
}
