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
/// The product space on an emulated GPU: draws of every cell, planned, lowered to PTX, executed by the emulator and compared with the reference, bit for bit where the result is an
/// integer. The emulator must have nothing to report: no access outside a buffer, no race, no read of what nothing wrote.
/// </summary>
[Trait("Category", "Gpu")]
public class EmulatedKernelTests
{
    private const int Parts = 16;

    private const ulong Seed = 8080;

    /// <summary>Passes in which a pattern with a format is looked for.</summary>
    private const int MostPasses = 64;

    /// <summary>What is emulated for <see cref="Device.Sm80"/>: every cell of a round, and of each pattern and format of the weights that the round has no kernel of, the first kernel behind it.</summary>
    private static readonly Lazy<GpuDraw[]> s_draws = new(() =>
    {
        var generator = new SpecGenerator(Seed);
        GpuDraw?[] round = [.. Enumerable.Range(0, SpecGenerator.Round.Count).Select(index => At(generator, index))];
        var found = round.OfType<GpuDraw>().Select(KindOf).ToHashSet();
        IEnumerable<GpuDraw> behind = Enumerable.Range(round.Length, MostPasses * SpecGenerator.DefaultCount - round.Length).Where(index => !found.Contains(KindOf(generator.CellOf(index))))
            .Select(index => At(generator, index)).OfType<GpuDraw>().Where(draw => found.Add(KindOf(draw)));
        return [.. round.OfType<GpuDraw>(), .. behind];
    });

    public static TheoryData<Device, int> Runs()
    {
        var runs = new TheoryData<Device, int>();
        foreach (Device device in (Device[])[Device.Sm80, Device.Sm90A])
            for (int part = 0; part < Parts; part++) runs.Add(device, part);
        return runs;
    }

    [Theory]
    [MemberData(nameof(Runs))]
    public void Kernel_OfEveryCell_MeetsTheReference(Device device, int part)
    {
        var generator = new SpecGenerator(Seed);
        // Few are served by warp groups.
        GpuDraw[] draws = [.. (device == Device.Sm90A ? Enumerable.Range(0, 3 * SpecGenerator.DefaultCount).Select(index => GpuDraw.At(generator, index, device)).OfType<GpuDraw>().Where(draw => !draw.IsEmpty) : s_draws.Value).Where((_, place) => place % Parts == part)];
        string[] faults = [.. draws.Select(draw => Fault(draw) is { } fault ? $"{draw}\n  {fault}" : null).OfType<string>()];

        Assert.True(faults.Length == 0, $"{faults.Length} faults in {draws.Length} kernels\n{string.Join('\n', faults.Take(10))}");
        Assert.NotEmpty(draws);
    }

    /// <summary>Every operation and pattern with every format of the weights is among them, but for those that no tensor core and no multiply-add of PTX takes by a rule of the project.</summary>
    [Fact]
    public void Draws_HaveEveryPatternWithEveryFormatThatHasAKernel()
    {
        var kinds = s_draws.Value.Select(KindOf).ToHashSet();
        string[] wrong = [.. Cell.All.Select(KindOf).Distinct().Where(kind => kinds.Contains(kind) == HasNoText(kind)).Select(kind => $"{kind} {(kinds.Contains(kind) ? "has a kernel" : "is not emulated")}")];
        Assert.Empty(wrong);
    }

    private static GpuDraw? At(SpecGenerator generator, int index) => GpuDraw.At(generator, index, Device.Sm80) is { IsEmpty: false } draw ? draw : null;

    private static (Operation Operation, Pattern Pattern, NumberFormat? Weights) KindOf(Cell cell) => (cell.Operation, cell.Pattern, cell.Weights);

    private static (Operation Operation, Pattern Pattern, NumberFormat? Weights) KindOf(GpuDraw draw) => KindOf(Cell.Of(draw.Spec));

    /// <summary>Sampled products of integers are of bytes (TPP0904), planes are counted where weights are dense (TPP0327), and integers of 12 and 16 bits are multiplied where vectors of rows share what they gather (TPP0316).</summary>
    private static bool HasNoText((Operation Operation, Pattern Pattern, NumberFormat? Weights) kind) => kind.Weights is { } weights && kind.Operation switch
    {
        Operation.Sddmm => NumberFormats.IsInteger(weights) && weights is not (NumberFormat.Int8 or NumberFormat.UInt8),
        Operation.Gemm or Operation.Spmm => NumberFormats.IsBitPlanes(weights) ? kind.Pattern != Pattern.Dense
            : weights is NumberFormat.Int16 or NumberFormat.UInt16 or NumberFormat.Int12 or NumberFormat.UInt12 && kind.Pattern is not (Pattern.NM or Pattern.VectorRows or Pattern.Bsr or Pattern.Composite),
        _ => false,
    };

    /// <summary>A kernel is right, and is not with a mistake in its text.</summary>
    /// <param name="draw">The kernel and its operands.</param>
    /// <param name="right">What stands in the text.</param>
    /// <param name="wrong">What is put in its place.</param>
    internal static void AssertIsFoundOut(GpuDraw draw, string right, string wrong)
    {
        Assert.Null(Fault(draw));
        Assert.NotNull(Fault(draw, text =>
        {
            Assert.Contains(right, text, StringComparison.Ordinal);
            return text.Replace(right, wrong, StringComparison.Ordinal);
        }));
    }

    /// <param name="draw">The kernel and its operands.</param>
    /// <param name="edit">What is done to the text before it runs.</param>
    /// <param name="spoil">What is done to the operands before it runs.</param>
    internal static string? Fault(GpuDraw draw, Func<string, string>? edit = null, Action<PlanOperands>? spoil = null)
    {
        ReferenceOperands logical = draw.Operands();
        KernelPlan plan = draw.Plan();
        ISet<string> scalars = draw.Scalars(plan);
        PtxKernel kernel = EmulatedKernel.Lower(plan, draw.Device == Device.Sm90A ? PtxTarget.Sm90A : PtxTarget.Sm80, scalars);
        if (edit is not null) kernel = kernel with { Text = edit(kernel.Text) };
        var operands = new PlanOperands(draw.Spec, plan, logical, draw.Gap);
        spoil?.Invoke(operands);
        try
        {
            if (!EmulatedKernel.IsEmpty(kernel, operands) && EmulatedKernel.Run(kernel, plan, operands, scalars) is { IsClean: false } report) return string.Join("\n  ", report.Findings.Take(3));
            return SpecReference.Execute(draw.Spec, logical).FirstMismatch<double>(operands.ReadY()) ?? PlaneEnds.Fault(draw.Spec, operands, logical.Rows, logical.Columns, draw.Gap);
        }
        catch (Exception refusal) when (refusal is PtxParseException or NotSupportedException or ArgumentException or IntarsiaFormatException)
        {
            return refusal.Message;
        }
    }

    /// <summary>The plan in the interpreter, and its PTX, where the device has some, in the emulator.</summary>
    /// <returns>The text.</returns>
    internal static string? AssertMeetsReference(GpuDraw draw)
    {
        ReferenceOperands operands = draw.Operands();
        string? mismatch = SpecReference.Execute(draw.Spec, operands).FirstMismatch<double>(PlanInterpreter.Run(draw.Spec, draw.Device, draw.Aligned, operands));
        Assert.True(mismatch is null, $"{draw} in the interpreter: {mismatch}");
        if (draw.Device == Device.Portable) return null;
        string text = "";
        string? fault = Fault(draw, edit: written => text = written);
        Assert.True(fault is null, $"{draw}: {fault}");
        return text;
    }

    /// <summary>The first so many kernels for <see cref="Device.Sm80"/> among the draws of the product space that a test asks for, each in the emulator.</summary>
    /// <param name="seed">Of the draws.</param>
    /// <param name="count">As many as must be found.</param>
    /// <param name="cell">Asks before a kernel is drawn.</param>
    /// <param name="where">Asks of what was drawn.</param>
    internal static void AssertDrawsMeetReference(ulong seed, int count, Func<Cell, bool> cell, Func<GpuDraw, bool> where)
    {
        var generator = new SpecGenerator(seed);
        GpuDraw[] draws = [.. Enumerable.Range(0, 16 * SpecGenerator.DefaultCount).Where(index => cell(generator.CellOf(index)))
            .Select(index => GpuDraw.At(generator, index, Device.Sm80)).OfType<GpuDraw>().Where(draw => !draw.IsEmpty && where(draw)).Take(count)];
        string[] faults = [.. draws.Select(draw => Fault(draw) is { } fault ? $"{draw}\n  {fault}" : null).OfType<string>()];
        Assert.True(faults.Length == 0, string.Join('\n', faults.Take(10)));
        Assert.Equal(count, draws.Length);
    }
}
