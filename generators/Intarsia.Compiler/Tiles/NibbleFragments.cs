namespace Intarsia.Compiler.Tiles;

/// <summary>
/// The order in which 4-bit weights stand in memory for tensor cores (PTX ISA, matrix fragments for mma.m16n8k16 and m16n8k32): each lane of a warp loads 16 bytes, and finds in every word elements that a
/// few instructions spread over registers as fragments want them. Planner and backend agree on it here; the order of preparation is <c>NibbleFragmentWeights</c>.
/// <para>
/// Lines go in eights, the depth in steps of 32 bytes once unpacked, of which lane 4g + t holds four bytes at 4t and four at 16 + 4t, of line g. Unpacked to bytes, a word is one step of eight lines: its
/// even nibbles are the first four bytes, its odd ones the second. Unpacked to 16-bit floats, it is two steps: nibbles 0 to 3 are the first elements of the pairs at 4t and 16 + 4t of the one and the other
/// step, nibbles 4 to 7 the second ones. Codes of a table are looked up four at a time, those of 16 neighbouring bits (PTX ISA, prmt), and stand in the order of what they become: halves of a step, element by element.
/// </para>
/// </summary>
internal static class NibbleFragments
{
    /// <summary>Words that a lane loads at a time.</summary>
    public const int WordsPerLoad = 4;

    private const int StepBytes = 32;

    /// <summary>Elements in four bytes of a fragment.</summary>
    public static int Run(ElementType element) => element == ElementType.S8 ? 4 : 2;

    /// <summary>Steps of a stage.</summary>
    public static int Steps(ElementType element, int depth) => depth * 4 / Run(element) / StepBytes;

    /// <summary>Words of a lane for eight lines of a stage.</summary>
    public static int WordsPerEight(ElementType element, int depth) => element == ElementType.S8 ? Steps(element, depth) : 1;

    /// <summary>Whether a stage of such a depth fills words.</summary>
    public static bool Fits(ElementType element, int depth) => element switch
    {
        ElementType.S8 => depth is 32 or 64,
        ElementType.F16 or ElementType.BF16 => depth == 32,
        _ => false,
    };

    /// <summary>The tile of a stage as it stands in memory: what lanes load at a time, then lanes, eights of lines, and the inside of words.</summary>
    public static int[] Shape(ElementType element, int lines, int depth, bool areCodes)
    {
        int steps = Steps(element, depth), eights = WordsPerLoad / WordsPerEight(element, depth), run = Run(element);
        int[] outside = [lines / 8 / eights, 8, 4, eights];
        return areCodes ? [.. outside, steps, 2, run] : element == ElementType.S8 ? [.. outside, steps, run, 2] : [.. outside, run, steps, 2];
    }

    /// <summary>The axes that bring it into the order of the weights: line, step, half of a step, lane, element.</summary>
    public static int[] Axes(ElementType element, bool areCodes) => areCodes ? [0, 3, 1, 4, 5, 2, 6] : element == ElementType.S8 ? [0, 3, 1, 4, 6, 2, 5] : [0, 3, 1, 5, 6, 2, 4];
}
