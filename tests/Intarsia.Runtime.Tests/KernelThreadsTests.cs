using Intarsia.Kernels;
using Xunit;

namespace Intarsia.Runtime.Tests;

/// <summary>How many threads a call gets, and how its work is cut.</summary>
[Collection("threads")]
public sealed class KernelThreadsTests
{
    [Theory]
    [InlineData(null, null, 6, 6)]
    [InlineData("3", null, 6, 3)]
    [InlineData("3", "4", 6, 3)]
    [InlineData(null, "4", 6, 4)]
    [InlineData("all", "4", 6, 4)]
    [InlineData("0", null, 6, 6)]
    [InlineData("1025", null, 6, 6)]
    [InlineData(null, null, 2000, 1024)]
    public void Initial_FromVariableThenSettingThenProcessors(string? variable, string? setting, int processors, int expected) =>
        Assert.Equal(expected, KernelThreads.Initial(variable, setting, processors));

    [Fact]
    public void Initial_SettingThatIsANumber_IsTaken() => Assert.Equal(5, KernelThreads.Initial(null, 5, 2));

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(1025)]
    public void Use_ImpossibleDegree_Throws(int degree)
    {
        Assert.Contains("1 to 1024", Assert.Throws<ArgumentOutOfRangeException>(() => KernelThreads.Use(degree).Dispose()).Message);
        Assert.Contains("1 to 1024", Assert.Throws<ArgumentOutOfRangeException>(() => KernelThreads.MaxDegree = degree).Message);
    }

    [Fact]
    public void MinimumWork_BelowOne_Throws() => Assert.Throws<ArgumentOutOfRangeException>(() => KernelThreads.MinimumWork = 0);

    [Fact]
    public void Use_Nested_RestoresWhatWasBefore()
    {
        const int large = 1 << 30;
        using (KernelThreads.Use(5))
        {
            Assert.Equal(5, Threads.For(large, 0));
            using (KernelThreads.Use(2)) Assert.Equal(2, Threads.For(large, 0));
            Assert.Equal(5, Threads.For(large, 0));
            Assert.Equal(3, Threads.For(large, 3));
        }
        Assert.Equal(KernelThreads.MaxDegree, Threads.For(large, 0));
    }

    [Fact]
    public void For_LittleWork_StaysAlone()
    {
        using (KernelThreads.Use(64))
        {
            Assert.Equal(1, Threads.For((nint)KernelThreads.MinimumWork - 1, 0));
            Assert.Equal(2, Threads.For((nint)KernelThreads.MinimumWork, 0));
            Assert.Equal(64, Threads.For(int.MaxValue, 0));
        }
    }

    [Theory]
    [InlineData(2, 128, 8, 12, 1, 10, 50, 8)]
    [InlineData(2, 128, 8, 12, 1, 100, 50, 8)]
    [InlineData(3, 8, 8, 1, 1, 0, 0, 1)] // nothing to cut
    [InlineData(2, 0, 8, 4, 1, 0, 0, 1)] // nothing to do
    [InlineData(7, 1000, 1, 1, 1, 0, 0, 28)]
    public void Cut_CoversEveryElementOnce(int degree, int outerExtent, int outerGrain, int innerExtent, int innerGrain, int outerOverhead, int innerOverhead, int most)
    {
        Division outer = new(outerExtent, outerGrain, outerOverhead), inner = new(innerExtent, innerGrain, innerOverhead);
        Rectangles cut = Rectangles.Cut(degree, outer, inner);
        Assert.InRange(cut.Count, 1, most);
        AssertCovers(cut.OuterParts, cut.OuterShare, outer);
        AssertCovers(cut.InnerParts, cut.InnerShare, inner);
    }

    [Fact]
    public void Cut_OfALinearLayer_LeavesTheTokensWhole()
    {
        // Sixteen panels of weights for 128 tokens: to cut the tokens would stream the weights once for each part.
        Rectangles cut = Rectangles.Cut(2, new Division(128, 8, 10), new Division(16, 1, 50));
        Assert.Equal((1, 0), (cut.OuterParts, cut.InnerParts % 2));
    }

    [Fact]
    public void Cut_WithPacking_PacksNothingTwiceOnOneThread()
    {
        Rectangles cut = Rectangles.Cut(2, new Division(128, 8, 110), new Division(16, 1, 50));
        Assert.InRange(cut.InnerParts, 1, 2);
    }

    [Fact]
    public void Cut_OfAnyDrawnDivision_CoversEveryElementOnce()
    {
        var random = new Random(11);
        for (int i = 0; i < 2000; i++)
        {
            int degree = random.Next(2, 40);
            Division outer = new(random.Next(1, 2000), random.Next(1, 70), random.Next(4) * 50), inner = new(random.Next(1, 300), random.Next(1, 4), random.Next(4) * 50);
            Rectangles cut = Rectangles.Cut(degree, outer, inner);
            Assert.InRange(cut.Count, 1, 4 * degree);
            AssertCovers(cut.OuterParts, cut.OuterShare, outer);
            AssertCovers(cut.InnerParts, cut.InnerShare, inner);

            // Where there is enough to cut, every thread gets something.
            if (outer.Grains >= degree || inner.Grains >= degree) Assert.True(cut.Count >= degree / 2, $"{cut.Count} rectangles for {degree} threads of {outer} by {inner}");
        }
    }

    private static void AssertCovers(nint parts, nint share, Division division)
    {
        Assert.True(share % division.Grain == 0 || parts == 1, $"{share} is no multiple of {division.Grain}");
        Assert.True(parts * share >= division.Extent && (parts - 1) * share < Math.Max(division.Extent, 1), $"{parts} parts of {share} against {division.Extent}");
    }
}
