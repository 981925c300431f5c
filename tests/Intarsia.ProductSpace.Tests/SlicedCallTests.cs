using System.Reflection;
using Intarsia.Compiler.Planning;
using Intarsia.Compiler.Specs;
using Intarsia.ProductSpace.Drawing;
using Intarsia.ProductSpace.Operands;
using Intarsia.ProductSpace.Running;
using Xunit;

namespace Intarsia.ProductSpace.Tests;

/// <summary>Compiled kernels whose depth the planner cuts into slices (split-K): right, of the same bits for every number of threads, and without an allocation once they are warm.</summary>
[Collection(nameof(GeneratedMutationTests))]
public sealed class SlicedCallTests : IClassFixture<SlicedCallTests.Kernels>
{
    private readonly Kernels _kernels;

    public SlicedCallTests(Kernels kernels) => _kernels = kernels;

    public static TheoryData<int> Indices() => [.. Enumerable.Range(0, Kernels.Specs.Length)];

    [Theory]
    [MemberData(nameof(Indices))]
    public void Call_InSlices_GivesTheSameBitsWithAnyDegree(int index)
    {
        DrawnKernel draw = _kernels.Draws[index];
        // Tiles of narrow vectors are so many that threads share those instead.
        Assert.Contains(TilePlanner.Plans(draw.Spec, Tier.Avx512Native), choice => choice.Plan.Stages.Count == 2);
        Action<OperandBag> call = _kernels.Library.Find(draw).Call;
        Intarsia.Verification.ReferenceOperands operands = OperandFactory.Draw(draw);

        Assert.Null(KernelCheck.Run(draw, operands, call));
        Assert.Null(ThreadCheck.Run(draw, operands, [2, 3, 7], call));
    }

    [Theory]
    [MemberData(nameof(Indices))]
    public void Call_InSlices_AllocatesNothing(int index)
    {
        DrawnKernel draw = _kernels.Draws[index];
        KernelThreads.MinimumWork = 1;
        using OperandBag bag = BagBuilder.Build(draw, OperandFactory.Draw(draw));
        Action<OperandBag> call = _kernels.Library.Find(draw).Call;
        Allocation spread = Allocation.Of(bag, call, degree: 3), alone = Allocation.Of(bag, call, degree: 1);
        Assert.True((spread.Bytes, alone.Bytes) == (0, 0), $"{draw}: {spread.Bytes} bytes on three threads, {alone.Bytes} on one");
        Assert.True(spread.IsHelped || Environment.ProcessorCount == 1, $"{draw}: the pool hardly ever helped");
    }

    /// <summary>Shapes that the planner cuts: floats and integers, both layouts, X that is packed by slices and X that is read where it lies, machine code, a plan for few columns, and chains.</summary>
    public sealed class Kernels
    {
        internal static readonly string[] Specs =
        [
            "gemm_dense_f32-f32-f32_r16_d65536_c16_tt__bias-gelu",
            "gemm_dense_f32-f32-f32_r16_d16500_c70__residual",
            "gemm_dense_f32-f32-f32_r64_d16384_c1",
            "gemm_dense_f16-f16-f16_r40_d16384_c30_tr",
            "gemm_dense_s8r-u8k-f32_r64_d16386_c16_tt__dequantise-bias-silu",
            "gemm_dense_s8t-s8t-u8_r20_d20000_c40__dequantise-relu-requantise",
            "gemm_dense_s8-s8-s32_r60_d16390_cN_wrap_tt",
            "gemm_dense_s16-s16-s64_r16_d16384_c40_wide",
        ];

        public Kernels()
        {
            using var stream = new MemoryStream();
            new SpaceCompiler().Compile("Sliced", Draws).Write(stream);
            Library = new KernelLibrary(Assembly.Load(stream.ToArray()));
        }

        internal DrawnKernel[] Draws { get; } = [.. Specs.Select((name, index) =>
        {
            KernelSpec spec = KernelName.Parse(name);
            var style = new SignatureStyle();
            var sizes = new CallSizes(spec.Rows.Constant, spec.Depth.Constant, spec.Columns.IsConstant ? spec.Columns.Constant : 5);
            return new DrawnKernel(900_000 + index, (ulong)index, spec, style, SizeDraw.WithStrides(spec, style, sizes, new SeededRandom(1)), SizeClass.Deep);
        })];

        internal KernelLibrary Library { get; }
    }
}
