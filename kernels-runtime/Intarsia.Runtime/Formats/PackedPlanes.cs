using System.Numerics;

namespace Intarsia;

/// <summary>
/// Activations that lie in planes of bits, as <see cref="MatrixLayout.BitPlanes"/> has them: tokens × ⌈elements / 32⌉ × planes words of 32 bits. Bit i of word w·planes + p of a token is bit p of the code of its element 32·w + i.
/// The code of an element of <see cref="NumberFormat.Planes1"/> … <see cref="NumberFormat.Planes8"/> is itself; of <see cref="NumberFormat.SignPlanes1"/> … <see cref="NumberFormat.SignPlanes8"/> half of what it is above the least of its format.
/// Kernels write and read such operands; this is for the first layer and the last, and for looking at what lies between.
/// </summary>
/// <remarks>The planes of APNN-TC (Feng et al., SC'21, section 4), with those of 32 elements beside each other.</remarks>
public static class PackedPlanes
{
    /// <summary>Elements whose bits share a word.</summary>
    public const int WordBits = 32;

    /// <summary>Words of a token: ⌈<paramref name="elements"/> / 32⌉ · planes. The least leading dimension of such an operand.</summary>
    /// <param name="format">A format of planes times powers of two.</param>
    /// <param name="elements">Elements of a token, 0 or more.</param>
    /// <exception cref="ArgumentException">The format is another one.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The elements are negative.</exception>
    public static int LineLength(NumberFormat format, int elements)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(elements);
        int planes = IntegerFormats.BitPlanesOf(format);
        if (planes == 0) throw new ArgumentException($"{format} has no planes; expected Planes1 to Planes8 or SignPlanes1 to SignPlanes8.", nameof(format));
        return (int)(((long)elements + WordBits - 1) / WordBits) * planes;
    }

    /// <summary>Words of an operand.</summary>
    /// <param name="format">A format of planes times powers of two.</param>
    /// <param name="tokens">Tokens, 0 or more.</param>
    /// <param name="elements">Elements of a token, 0 or more.</param>
    /// <param name="stride">Words from one token to the next; 0 where they lie without gaps.</param>
    /// <exception cref="ArgumentException">The format has no planes, or the stride is shorter than a token.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An extent is negative, or there are more words than a span has.</exception>
    public static int Length(NumberFormat format, int tokens, int elements, int stride = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(tokens);
        int line = LineLength(format, elements);
        if (stride == 0) stride = line;
        if (stride < line) throw new ArgumentException($"Tokens are {stride} words apart; expected at least the {line} of {elements} elements of {format}.", nameof(stride));
        if (tokens == 0 || line == 0) return 0;
        long length = (tokens - 1L) * stride + line;
        return length <= int.MaxValue ? (int)length : throw new ArgumentOutOfRangeException(nameof(tokens), tokens, $"{tokens} tokens of {stride} words are more than a span has.");
    }

    /// <summary>Packs tokens × elements integers. Bits behind the last element of a token become 0; words between tokens stay as they are.</summary>
    /// <param name="format">A format of planes times powers of two, which holds every value.</param>
    /// <param name="values">tokens × elements, without gaps.</param>
    /// <param name="tokens">Tokens.</param>
    /// <param name="elements">Elements of a token.</param>
    /// <param name="planes">The words; at least <see cref="Length"/>.</param>
    /// <param name="stride">Words from one token to the next; 0 where they lie without gaps.</param>
    /// <exception cref="ArgumentException">A span is too short, or the format does not hold a value: the message says which.</exception>
    public static void Pack<T>(NumberFormat format, ReadOnlySpan<T> values, int tokens, int elements, Span<uint> planes, int stride = 0)
        where T : unmanaged, IBinaryInteger<T>
    {
        (int count, int line) = Check(format, values.Length, tokens, elements, planes.Length, ref stride);
        (int least, int times) = Affine(format);
        int largest = (1 << count) - 1;
        for (int token = 0; token < tokens && line > 0; token++)
        {
            Span<uint> words = planes.Slice(token * stride, line);
            words.Clear();
            for (int i = 0; i < elements; i++)
            {
                long value = long.CreateSaturating(values[token * elements + i]), above = value - least;
                if (above % times != 0 || above < 0 || above / times > largest) throw new ArgumentException($"Element {i} of token {token} is {value}; expected a number of {format}: {IntegerFormats.Expected(format)}.", nameof(values));
                for (int plane = 0; plane < count; plane++) words[i / WordBits * count + plane] |= (uint)(above / times >> plane & 1) << i % WordBits;
            }
        }
    }

    /// <summary>Unpacks tokens × elements integers.</summary>
    /// <param name="format">The format of the planes.</param>
    /// <param name="planes">The words; at least <see cref="Length"/>.</param>
    /// <param name="tokens">Tokens.</param>
    /// <param name="elements">Elements of a token.</param>
    /// <param name="values">tokens × elements, without gaps; of a type that holds the format.</param>
    /// <param name="stride">Words from one token to the next; 0 where they lie without gaps.</param>
    /// <exception cref="ArgumentException">A span is too short.</exception>
    /// <exception cref="OverflowException">The type does not hold a number.</exception>
    public static void Unpack<T>(NumberFormat format, ReadOnlySpan<uint> planes, int tokens, int elements, Span<T> values, int stride = 0)
        where T : unmanaged, IBinaryInteger<T>
    {
        (int count, _) = Check(format, values.Length, tokens, elements, planes.Length, ref stride);
        (int least, int times) = Affine(format);
        for (int token = 0; token < tokens; token++)
        {
            for (int i = 0; i < elements; i++)
            {
                int code = 0;
                for (int plane = 0; plane < count; plane++) code |= (int)(planes[token * stride + i / WordBits * count + plane] >> i % WordBits & 1) << plane;
                values[token * elements + i] = T.CreateChecked(times * code + least);
            }
        }
    }

    /// <summary>The number whose code is 0, and what a code counts.</summary>
    private static (int Least, int Times) Affine(NumberFormat format) =>
        IntegerFormats.HasSignPlanes(format) ? (1 - (1 << IntegerFormats.BitPlanesOf(format)), 2) : (0, 1);

    private static (int Planes, int Line) Check(NumberFormat format, int values, int tokens, int elements, int words, ref int stride)
    {
        int length = Length(format, tokens, elements, stride), line = LineLength(format, elements);
        if (stride == 0) stride = line;
        if (words < length) throw new ArgumentException($"There are {words} words; expected at least {length} ({tokens} tokens of {line}, {stride} apart).", nameof(words));
        if (values < (long)tokens * elements) throw new ArgumentException($"There are {values} values; expected at least {(long)tokens * elements} ({tokens} tokens of {elements}).", nameof(values));
        return (IntegerFormats.BitPlanesOf(format), line);
    }
}
