using Intarsia.Compiler.Tiles;

namespace Intarsia.Compiler.Backends.Ptx;

/// <summary>
/// Codes of four bits as what a table of sixteen numbers gives. The table stands in registers, four for each byte of an element: a byte permutation (prmt) takes four bytes at a time out of eight, which the low three bits of four
/// codes name, once of the lower eight entries and once of the upper; a third takes of each the one that the top bit wants. Eight codes are five instructions, and six for each byte of what they become.
/// </summary>
/// <param name="context">The block.</param>
/// <param name="lookup">The statement that looks codes up; its table is of bytes or of 16-bit floats.</param>
internal sealed class TableDecoder(BlockContext context, Statement.Gather lookup)
{
    private readonly BufferDecl _buffer = context.Buffer(lookup.Buffer);

    /// <summary>Four registers for each byte of an element that is not always zero, the lowest byte first.</summary>
    private readonly List<Register[]> _planes = [];

    /// <summary>Codes as permutations want them.</summary>
    /// <param name="Entry">The low three bits of each.</param>
    /// <param name="Half">What takes each byte from one word of bytes or, where the top bit is set, from another.</param>
    public readonly record struct Codes(Register Entry, Register Half);

    private WarpBuilder W => context.W;

    private bool IsByte => _buffer.Element == ElementType.S8;

    /// <summary>The lookup behind a factor in the body of a loop; null where the factor is no table's.</summary>
    public static Statement.Gather? Find(Statement.For loop, string tile) => loop.Body.OfType<Statement.Gather>().SingleOrDefault(gather => gather.IsLookup && gather.Tile == tile);

    /// <summary>Loads the table, once for a thread.</summary>
    public void Load()
    {
        W.Comment($"the table of {lookup.Coordinates}, in registers");
        Register[] words = W.B32(IsByte ? 4 : 8);
        for (int at = 0; at < words.Length; at += 4) W.Emit("ld.global.nc.v4.u32", WarpBuilder.Vector(words.Skip(at).Take(4)), WarpBuilder.At(context.Base(lookup.Buffer), 4 * at));
        if (IsByte) _planes.Add(words);
        else _planes.AddRange((_buffer.LowBytesAreZero ? (string[])["0x7531"] : ["0x6420", "0x7531"]).Select(plane => Enumerable.Range(0, 4).Select(i => Permute(words[2 * i], words[2 * i + 1], plane)).ToArray()));
    }

    /// <summary>Eight codes of a word.</summary>
    public Codes Split(Register word)
    {
        Register half = W.B32();
        W.Emit("lop3.b32", half, W.InRegister(W.ShiftRight(word, 1)), "0x44444444", "0x32103210", "0xea");
        return new Codes(Masked(word), half);
    }

    /// <summary>The upper four of eight codes, in the place of the lower ones.</summary>
    public Codes Upper(Codes codes) => new(W.InRegister(W.ShiftRight(codes.Entry, 16)), W.InRegister(W.ShiftRight(codes.Half, 16)));

    /// <summary>Eight codes as the bytes of two words.</summary>
    public Register[] Bytes(Register word)
    {
        Codes codes = Split(word);
        return [Plane(_planes[0], codes), Plane(_planes[0], Upper(codes))];
    }

    /// <summary>The lower four of eight codes as two words of two 16-bit floats each.</summary>
    public Register[] Halves(Codes codes)
    {
        Register[] planes = _planes.Select(plane => Plane(plane, codes)).ToArray();
        // With one plane the upper bytes are its own, above zeros.
        return planes.Length == 1 ? [Permute(planes[0], 0, "0x1404"), Permute(planes[0], 0, "0x3424")] : [Permute(planes[0], planes[1], "0x5140"), Permute(planes[0], planes[1], "0x7362")];
    }

    /// <summary>Eight codes as binary32 numbers.</summary>
    public Register[] Singles(Register word)
    {
        Codes codes = Split(word);
        return ((Register[])[.. Halves(codes), .. Halves(Upper(codes))]).SelectMany(pair => Unpacking.Halves(W, pair)).ToArray();
    }

    /// <summary>The lower four of eight codes as binary32 numbers.</summary>
    public Register[] LowerSingles(Codes codes) => Halves(codes).SelectMany(pair => Unpacking.Halves(W, pair)).ToArray();

    private Register Plane(Register[] table, Codes codes) =>
        Permute(Permute(table[0], table[1], codes.Entry), Permute(table[2], table[3], codes.Entry), codes.Half);

    private Register Masked(Register word)
    {
        Register entries = W.B32();
        W.Emit("and.b32", entries, word, "0x77777777");
        return entries;
    }

    private Register Permute(Register a, object b, object selector)
    {
        Register result = W.B32();
        W.Emit("prmt.b32", result, a, b, selector);
        return result;
    }
}
