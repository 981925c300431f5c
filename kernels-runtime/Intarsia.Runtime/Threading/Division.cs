using System.ComponentModel;

namespace Intarsia.Kernels;

/// <summary>One dimension of a kernel's work that may be cut.</summary>
/// <param name="Extent">Elements.</param>
/// <param name="Grain">Elements that stay together: parts begin at multiples.</param>
/// <param name="Overhead">What a grain costs in each rectangle that meets it, in hundredths of its products with one grain of the other dimension.</param>
[EditorBrowsable(EditorBrowsableState.Never)]
public readonly record struct Division(nint Extent, nint Grain, int Overhead = 0)
{
    /// <summary>A dimension that a kernel does not have.</summary>
    public static Division None => new(1, 1);

    /// <summary>So much overhead is packing, which no thread is to do twice.</summary>
    internal bool IsPacked => Overhead >= 100;

    internal nint Grains => (Extent + Grain - 1) / Grain;
}

/// <summary>The rectangles that a call is cut into.</summary>
/// <param name="OuterShare">Elements of the outer dimension in one rectangle.</param>
/// <param name="InnerShare">Of the inner one.</param>
/// <param name="OuterParts">Rectangles along the outer dimension.</param>
/// <param name="InnerParts">Along the inner one.</param>
internal readonly record struct Rectangles(nint OuterShare, nint InnerShare, nint OuterParts, nint InnerParts)
{
    /// <summary>Rectangles for each thread, where cuts cost nothing: a thread that is held up leaves some of its share to others.</summary>
    private const int PerThread = 4;

    /// <summary>What a thread waits for the last one at the end, in rectangles.</summary>
    private const double Straggling = 0.1;

    public nint Count => OuterParts * InnerParts;

    /// <summary>
    /// The cut that ends first: so many rounds of the largest rectangle, with its overhead, on as many threads as there are.
    /// </summary>
    public static Rectangles Cut(nint degree, Division outer, Division inner)
    {
        nint most = PerThread * degree;
        var best = new Rectangles(outer.Extent, inner.Extent, 1, 1);
        double bestCost = double.MaxValue;
        nint outerGrains = outer.Grains, innerGrains = inner.Grains;
        nint mostInner = Math.Min(innerGrains, outer.IsPacked ? degree : most), mostOuter = Math.Min(outerGrains, inner.IsPacked ? degree : most);
        for (nint innerParts = 1; innerParts <= mostInner; innerParts++)
        {
            Try(innerParts, Math.Min(mostOuter, most / innerParts));
            Try(innerParts, Math.Min(mostOuter, Math.Max(1, degree / innerParts)));
        }
        return best;

        void Try(nint innerParts, nint outerParts)
        {
            if (outerParts < 1) return;
            nint outerShare = (outerGrains + outerParts - 1) / outerParts, innerShare = (innerGrains + innerParts - 1) / innerParts;
            nint across = (outerGrains + outerShare - 1) / outerShare, along = (innerGrains + innerShare - 1) / innerShare;
            double rectangle = (double)outerShare * innerShare + 0.01 * outer.Overhead * outerShare + 0.01 * inner.Overhead * innerShare;
            double cost = ((across * along + degree - 1) / degree + Straggling) * rectangle;
            if (cost >= bestCost) return;
            bestCost = cost;
            best = new Rectangles(outerShare * outer.Grain, innerShare * inner.Grain, across, along);
        }
    }
}
