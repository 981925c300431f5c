using System.Text.RegularExpressions;
using Intarsia.Compiler.Backends.Ptx;
using Intarsia.Compiler.Planning;
using Intarsia.Compiler.Planning.Gpu;
using Intarsia.Compiler.Specs;
using Intarsia.PtxEmulator;
using Intarsia.Verification;
using Xunit;

namespace Intarsia.Gpu.Tests;

/// <summary>
/// Batch-reduce GEMM on GPUs: terms that end anywhere in a pipeline of three stages, one step or many to a term, more and fewer terms than stages, none at all; a stride apart or at offsets; β of
/// nothing, one and anything. The plan in the interpreter, the PTX in the emulator, the portable form in groups.
/// </summary>
[Trait("Category", "Gpu")]
public class BatchReduceTests
{
    private static readonly (NumberFormat A, NumberFormat B)[] s_formats =
    [
        (NumberFormat.Float16, NumberFormat.Float16), (NumberFormat.BFloat16, NumberFormat.BFloat16), (NumberFormat.TensorFloat32, NumberFormat.TensorFloat32), (NumberFormat.Float32, NumberFormat.Float32),
        (NumberFormat.Int8, NumberFormat.Int8), (NumberFormat.Int8, NumberFormat.UInt8), (NumberFormat.Float16, NumberFormat.Float32),
    ];

    public static TheoryData<int> Seeds() => [.. Enumerable.Range(0, 8)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Plan_InTheInterpreter_MeetsTheReference(int seed)
    {
        foreach (BatchDraw draw in Draws(new Random(seed), 14))
        {
            foreach (Device device in (Device[])[Device.Sm80, Device.Portable])
            {
                string? mismatch = SpecReference.Execute(draw.Spec, draw.Operands).FirstMismatch<double>(PlanInterpreter.Run(draw.Spec, device, draw.Aligned, draw.Operands));
                Assert.True(mismatch is null, $"{draw} on {device}: {mismatch}");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Kernel_InTheEmulator_MeetsTheReference(int seed)
    {
        foreach (BatchDraw draw in Draws(new Random(100 + seed), 14))
        {
            string? fault = Fault(draw);
            Assert.True(fault is null, $"{draw}: {fault}");
        }
    }

    /// <summary>A walk that takes each step for a term's last, or none, or that reads the next term's place for this one's, must show.</summary>
    [Theory]
    [InlineData(BatchAddressing.Stride, "selp.b64", "(%d\\d+), (%d\\d+), (%p\\d+);", "$2, $1, $3;")]
    [InlineData(BatchAddressing.Offsets, "ld.global.nc.u64", "\\[(%d\\d+)\\];", "[$1+8];")]
    public void Kernel_ThatWalksWrongly_IsCaught(BatchAddressing addressing, string instruction, string operands, string mistake)
    {
        var spec = new KernelSpec
        {
            Operation = Operation.BatchReduceGemm,
            Weights = new WeightSpec { Format = NumberFormat.Float16, Storage = WeightStorage.Span },
            X = new ActivationSpec { Format = NumberFormat.Float16 },
            Y = new OutputSpec { Format = NumberFormat.Float32 },
            Batch = new BatchSpec(addressing, HasBeta: false),
        };
        BatchDraw draw = BatchDraw.Of(new Random(3), spec, aligned: true, rows: 32, depth: 96, columns: 48, terms: 5);
        Assert.Null(Fault(draw));
        Assert.NotNull(Fault(draw, text =>
        {
            string changed = string.Join('\n', text.Split('\n').Select(line => line.Contains(instruction, StringComparison.Ordinal) ? Regex.Replace(line, operands, mistake) : line));
            Assert.NotEqual(text, changed);
            return changed;
        }));
    }

    private static string? Fault(BatchDraw draw, Func<string, string>? edit = null)
    {
        KernelPlan plan = DevicePlanner.Plan(draw.Spec, Device.Sm80, draw.Aligned);
        ISet<string> scalars = new HashSet<string> { "beta" };
        PtxKernel kernel = EmulatedKernel.Lower(plan, PtxTarget.Sm80, scalars);
        if (edit is not null) kernel = kernel with { Text = edit(kernel.Text) };
        var operands = new PlanOperands(draw.Spec, plan, draw.Operands, draw.Aligned ? 16 : 3);
        LaunchReport report = EmulatedKernel.Run(kernel, plan, operands, scalars);
        return report.IsClean ? SpecReference.Execute(draw.Spec, draw.Operands).FirstMismatch<double>(operands.ReadY()) : string.Join('\n', report.Findings.Take(3));
    }

    private static IEnumerable<BatchDraw> Draws(Random random, int count)
    {
        for (int i = 0; i < count; i++)
        {
            (NumberFormat a, NumberFormat b) = s_formats[i % s_formats.Length];
            yield return BatchDraw.Any(random, a, b);
        }
    }
}
