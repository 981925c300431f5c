using Intarsia.Compiler.Specs;
using Intarsia.Verification;

namespace Intarsia.Gpu.Tests;

/// <summary>What a result in planes has behind its tokens, where its elements do not reach: bits of the last words, which are 0, and words behind them, which a kernel leaves alone.</summary>
internal static class PlaneEnds
{
    private const int Word = 32;

    /// <summary>What stands in a result before the call.</summary>
    private const int Before = 99;

    /// <summary>The first mistake; null for none, and for other results.</summary>
    /// <param name="spec">The kernel.</param>
    /// <param name="operands">The operands after the call.</param>
    /// <param name="rows">Rows of the result.</param>
    /// <param name="columns">Its tokens.</param>
    /// <param name="gap">Words behind a token that has a leading dimension.</param>
    public static string? Fault(KernelSpec spec, PlanOperands operands, int rows, int columns, int gap)
    {
        if (spec.Y.Layout != MatrixLayout.BitPlanes) return null;
        int planes = NumberFormats.Get(spec.Y.Format).BitPlanes, line = (rows + Word - 1) / Word * planes, stride = line + (spec.Y.HasStride ? gap : 0);
        var words = (int[])operands.Buffers["Y"];
        for (int token = 0; token < columns; token++)
        {
            for (int plane = 0; plane < planes && rows % Word != 0; plane++)
                if ((uint)words[token * stride + line - planes + plane] >> rows % Word != 0) return FormattableString.Invariant($"Plane {plane} of token {token} has bits behind row {rows}.");
            for (int at = token * stride + line; at < Math.Min(words.Length, (token + 1) * stride); at++)
                if (words[at] != Before) return FormattableString.Invariant($"Word {at - token * stride} of token {token} is behind its {line}, and was written.");
        }
        return null;
    }
}
