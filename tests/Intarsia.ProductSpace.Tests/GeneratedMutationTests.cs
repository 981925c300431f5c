using System.Reflection;
using System.Text.RegularExpressions;
using Intarsia.Compiler.Planning;
using Intarsia.Compiler.Specs;
using Intarsia.Compiler.Tiles;
using Intarsia.ProductSpace.Drawing;
using Intarsia.ProductSpace.Operands;
using Intarsia.ProductSpace.Running;
using Xunit;

namespace Intarsia.ProductSpace.Tests;

/// <summary>
/// Changes the generated text in one place and sees the comparison fail: what the harness says of kernels, it says because it looked. Beside no other tests: a call that finds the pool of threads at work for another runs alone,
/// and what is wrong with its other parts would not show.
/// </summary>
[Collection(nameof(GeneratedMutationTests))]
[CollectionDefinition(nameof(GeneratedMutationTests), DisableParallelization = true)]
public sealed class GeneratedMutationTests
{
    private const int Kernels = 8;
    private const string LaterCall = "Intarsia.Tests.LaterCall";

    private static readonly DrawnKernel[] Draws =
    [
        .. new SpecGenerator(31).Draw(0, 2 * SpecGenerator.DefaultCount)
            .Where(draw => draw.SizeClass == SizeClass.LargeRagged && draw.Spec.Batch is null && (draw.Sizes.Depth > 1 || !draw.Spec.IsContraction) && draw.Spec.Y.Format is not (NumberFormat.Int8 or NumberFormat.UInt8)),
    ];

    private static readonly DrawnKernel[] s_small = [.. new SpecGenerator(31).Draw(0, 2 * SpecGenerator.DefaultCount).Where(draw => draw.SizeClass == SizeClass.Small && draw.Spec.Batch is null)];

    [Fact]
    public void Generated_Unchanged_IsRight() => Assert.Equal(0, Wrong(Draws.Take(Kernels), "", ""));

    [Fact]
    public void Generated_TailOneLaneShort_IsCaught() => Caught(draw => draw.Spec.Epilogue.Contains(Tpp.Bias), @"Mask\((left|valid)\)", "Mask($1 - 1)");

    [Fact]
    public void Generated_ScalesInReverse_IsCaught() => Caught(
        draw => draw.Spec.IsContraction && draw.Spec.Weights.Scale == Per.Row && draw.Spec.Epilogue.Contains(Tpp.Dequantise) && draw.Spec.Y.Layout == MatrixLayout.RowMajor,
        @"ref wscale, e0 \+ e\)", "ref wscale, e0 + en - 1 - e)");

    [Fact]
    public void Generated_FirstRowSkipped_IsCaught() => Caught(draw => draw.Spec.Epilogue.Contains(Tpp.Bias), @"for \(nint e = (0|eBegin); ", "for (nint e = $1 + 1; ");

    [Fact]
    public void Generated_TailOfALineLeftOut_IsCaught() => Caught(Reduces, @"if \(whole < jn\)", "if (whole < 0)");

    [Fact]
    public void Generated_FirstVectorsOfALineSkipped_IsCaught() => Caught(Reduces, @"for \(nint j = 0; j < (wide|whole); j \+= (\d+)\)", "for (nint j = $2; j < $1; j += $2)");

    [Fact]
    public void Generated_FirstSegmentOfAStreamSkipped_IsCaught() => Caught(draw => draw.Spec.Operation == Operation.Spmm, @"for \(nint t = s0; ", "for (nint t = s0 + 1; ");

    [Fact]
    public void Generated_LastEntryOfASampledRunLeftOut_IsCaught() => Caught(draw => draw.Spec.Operation == Operation.Sddmm, @"nint n = Math\.Min\(256, e1 - e0\);", "nint n = Math.Min(256, e1 - e0) - 1;");

    [Fact]
    public void Generated_LastPlaceOfAVectorLeftOut_IsCaught() => Caught(draw => draw.Spec.Sddmm is not null && draw.Spec.Pattern.ListsPlaces, @"(\.Scatter\(ref values, ref \w+), (\w+)\)", "$1, $2 - 1)");

    [Fact]
    public void Generated_PlacesOfTheFirstRowForAll_IsCaught() => Caught(draw => draw.Spec.Sddmm is not null && draw.Spec.Pattern is { ListsPlaces: true, VectorLength: > 1 }, @"i \* placesStride", "0 * placesStride");

    [Fact]
    public void Generated_TailOfADotProductLeftOut_IsCaught() => Caught(draw => draw.Spec.Operation == Operation.Sddmm, @"if \((left\d*) > 0\)", "if ($1 < 0)");

    [Fact]
    public void Generated_FirstRowOfARelationSkipped_IsCaught() => Caught(HasEdges, @"for \(nint g0 = ", "for (nint g0 = 1 + ");

    [Fact]
    public void Generated_WeightsOfTheFirstRelation_IsCaught() => Caught(draw => HasEdges(draw) && draw.Spec.Rgms!.Relations > 1, @"nint kb = relation \*", "nint kb = 0 *");

    [Fact]
    public void Generated_RelationsBeforeLost_IsCaught() => Caught(draw => HasEdges(draw) && draw.Spec.Rgms!.Relations > 1, @"\(Vector\d+\.LoadUnsafe\(ref cRow\d+(?:, \d+)?\) \+ ", "(");

    [Fact]
    public void Generated_FirstRowsOfATurnedAForAll_IsCaught() => Caught(draw => draw.Spec.TurnedFactors.A, @"ref Unsafe\.Add\(ref A, first\)", "ref A");

    [Fact]
    public void Generated_LastDepthOfATurnedBLeftOut_IsCaught() => Caught(draw => draw.Spec.TurnedFactors.B, @"(Relayout\.Copy\(ref X, \w+, ref B, \w+, \w+, )(\w+), true", "$1$2 - 1, true");

    [Fact]
    public void Generated_LastPartLeftOut_IsCaughtByThreads() => Caught(
        draw => draw.Spec.Rgms is null && !draw.Spec.Columns.IsConstant && !draw.Spec.Rows.IsConstant, @"(public void Run\(nint outerFirst[^)]*\)\s*\{)", "$1 if (outerFirst > 0) return;", ThreadFault);

    [Fact]
    public void Generated_LastOfEachPartLeftOut_IsCaughtByThreads() => Caught(
        draw => draw.Spec.Rgms is null && !draw.Spec.Columns.IsConstant && !draw.Spec.Rows.IsConstant && draw.Spec.IsContraction && draw.Spec.Operation != Operation.Sddmm, @"(public void Run\(nint outerFirst[^)]*\)\s*\{)", "$1 innerLast--;", ThreadFault);

    [Fact]
    public void Generated_SliceLeftOutOfTheTree_IsCaught() => Caught(IsSliced, @"for \(nint slice = 0; slice < (\d+); slice \+= 2\)", "for (nint slice = 2; slice < $1; slice += 2)");

    [Fact]
    public void Generated_SlicesThatEndTooSoon_AreCaught() => Caught(IsSliced, @"nint kLast = Math\.Min\(([^;]*)\);", "nint kLast = Math.Min($1) - 1;");

    [Fact]
    public void Generated_SlicesThatAreNotAdded_AreCaughtByThreads() => Caught(IsSliced, @"(\w+\.stage = 1;\s*)Threads\.Run\([^;]*;", "$1", ThreadFault);

    [Fact]
    public void Generated_SlicesOfTheFirstThreadAlone_AreCaughtByThreads() => Caught(IsSliced, @"(public void Run\(nint outerFirst[^)]*\)\s*\{)", "$1 if (stage == 0 && outerFirst > 0) return;", ThreadFault);

    /// <summary>A call that packs nothing finds its only panel where the call before it has left it, if nobody has spoiled that.</summary>
    [Fact]
    public void Generated_PanelThatALaterCallDoesNotPack_IsCaught() => Caught(
        draw => draw.Sizes is { Rows: > 0, Depth: > 0, Columns: > 0 } && draw.Spec.Operation == Operation.Gemm && Packs(draw, Tier.Scalar) && Packs(draw, Tier.Avx2) && Packs(draw, Tier.Avx512Native), @"(Relayout\.\w+\(ref b, [^;]*;)", $"if (System.AppContext.GetData(\"{LaterCall}\") is null) $1", LaterFault, s_small);

    private static bool IsSliced(DrawnKernel draw) => draw.Spec.Tiles.Any(tile => tile.Slices > 1) && !(draw.Spec.Rows.IsConstant && draw.Spec.Depth.IsConstant && draw.Spec.Columns.IsConstant);

    private static bool Packs(DrawnKernel draw, Tier tier) => TilePlanner.Plans(draw.Spec, tier).All(choice => choice.Plan.Program.Buffers.Any(buffer => buffer is { Role: BufferRole.Scratch, Name: "b" }));

    /// <summary>Of a second call, which its text can tell from the first.</summary>
    private static string? LaterFault(DrawnKernel kernel, Action<OperandBag> call)
    {
        AppContext.SetData(LaterCall, null);
        Assert.Null(Fault(kernel, call));
        AppContext.SetData(LaterCall, true);
        return Fault(kernel, call);
    }

    private static string? ThreadFault(DrawnKernel kernel, Action<OperandBag> call) => ThreadCheck.Run(kernel, OperandFactory.Draw(kernel), [7], call);

    private static string? Fault(DrawnKernel kernel, Action<OperandBag> call) => KernelCheck.Run(kernel, OperandFactory.Draw(kernel), call);

    /// <summary>A relational product in which most nodes have edges of several relations.</summary>
    private static bool HasEdges(DrawnKernel draw) => draw.Spec.Rgms is { } relational && OperandFactory.Draw(draw).Edges.Count(edge => edge != 0) > 2 * relational.Relations * draw.Sizes.Columns;

    private static bool Reduces(DrawnKernel draw) => !draw.Spec.IsContraction && draw.Spec.Operation != Operation.Elementwise;

    // A change can land where a kernel does not go (another width, a segment that is empty), so most and not all must be wrong.
    private static void Caught(Func<DrawnKernel, bool> where, string pattern, string replacement, Func<DrawnKernel, Action<OperandBag>, string?>? fault = null, DrawnKernel[]? among = null)
    {
        DrawnKernel[] kernels = [.. (among ?? Draws).Where(where).Take(Kernels)];
        int wrong = Wrong(kernels, pattern, replacement, fault);
        Assert.True(kernels.Length >= 4 && 2 * wrong >= kernels.Length, $"{wrong} of {kernels.Length} kernels were found wrong");
    }

    private static int Wrong(IEnumerable<DrawnKernel> draws, string pattern, string replacement, Func<DrawnKernel, Action<OperandBag>, string?>? fault = null)
    {
        DrawnKernel[] kernels = [.. draws];
        int changes = 0;
        var compiler = new SpaceCompiler
        {
            Mutate = (path, text) => pattern.Length == 0 || !path.EndsWith(".g.cs", StringComparison.Ordinal) ? text : Regex.Replace(text, pattern, match =>
            {
                changes++;
                return match.Result(replacement);
            }),
        };
        using var stream = new MemoryStream();
        compiler.Compile("Mutated", kernels).Write(stream);
        Assert.True(pattern.Length == 0 || changes > 0, $"'{pattern}' stands nowhere in the generated text");
        var library = new KernelLibrary(Assembly.Load(stream.ToArray()));
        return kernels.Count(kernel => (fault ?? Fault)(kernel, library.Find(kernel).Call) is not null);
    }
}
