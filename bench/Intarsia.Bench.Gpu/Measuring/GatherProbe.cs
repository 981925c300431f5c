using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace Intarsia.Bench.Gpu.Measuring;

/// <summary>
/// A kernel that only reads: each warp reads lines of a table at the places a list names, eight at a time, and keeps the exclusive or of what it saw. With a table in the second-level cache and
/// random places it measures what gathering kernels can get at most; with a table beyond it, read in order, what streaming kernels can.
/// </summary>
internal sealed class GatherProbe
{
    public const int WarpsPerBlock = 8, Ahead = 8;

    private const int ChunkBytes = 32 * 16;

    private GatherProbe(int lineBytes, int lines, int[] places) => (LineBytes, Lines, Places) = (lineBytes, lines, places);

    /// <summary>Bytes of a line: a multiple of what a warp reads at a time, 512.</summary>
    public int LineBytes { get; }

    /// <summary>Lines of the table.</summary>
    public int Lines { get; }

    /// <summary>Which line each warp reads at each step: step·warps + warp.</summary>
    public int[] Places { get; }

    /// <summary>Steps of a warp; a multiple of <see cref="Ahead"/>.</summary>
    public int Steps { get; private init; }

    public int Warps => Places.Length / Steps;

    public int Blocks => Warps / WarpsPerBlock;

    public long BytesRead => (long)Places.Length * LineBytes;

    /// <summary>Random lines of a small table.</summary>
    public static GatherProbe Random(int lineBytes, int lines, int blocks, int steps)
    {
        var random = new Random(5);
        return new GatherProbe(Round(lineBytes), lines, [.. Enumerable.Range(0, blocks * WarpsPerBlock * steps).Select(_ => random.Next(lines))]) { Steps = steps };
    }

    /// <summary>Every line of a table once, neighbours at a time.</summary>
    public static GatherProbe Stream(int lineBytes, int blocks, int steps) =>
        new(Round(lineBytes), blocks * WarpsPerBlock * steps, [.. Enumerable.Range(0, blocks * WarpsPerBlock * steps)]) { Steps = steps };

    public string Ptx()
    {
        int chunks = LineBytes / ChunkBytes;
        var text = new StringBuilder();
        text.Append("// Each warp reads lines of ").Append(Number(LineBytes)).Append(" bytes, ").Append(Number(Ahead)).Append(" of them on their way at once.\n");
        text.Append(".version 7.8\n.target sm_80\n.address_size 64\n\n.visible .entry probe(\n    .param .u64 table,\n    .param .u64 places,\n    .param .u64 seen,\n    .param .u32 steps)\n");
        text.Append(".maxntid ").Append(Number(32 * WarpsPerBlock)).Append(", 1, 1\n{\n    .reg .pred %p<2>;\n    .reg .b32 %r<").Append(Number(16 + Ahead)).Append(">;\n    .reg .b32 %w<").Append(Number(4 * Ahead)).Append(">;\n    .reg .b64 %d<8>;\n");
        Line("ld.param.u64 %d1, [table]");
        Line("ld.param.u64 %d2, [places]");
        Line("ld.param.u64 %d3, [seen]");
        Line("ld.param.u32 %r1, [steps]");
        Line("mov.u32 %r2, %tid.x");
        Line("mov.u32 %r3, %ctaid.x");
        Line("mov.u32 %r4, %nctaid.x");
        Line($"mad.lo.s32 %r5, %r3, {Number(32 * WarpsPerBlock)}, %r2");
        text.Append("    // The warp's place in the list, and the distance to its next one.\n");
        Line("shr.u32 %r6, %r5, 5");
        Line("mul.wide.u32 %d4, %r6, 4");
        Line("add.s64 %d2, %d2, %d4");
        Line($"mul.lo.s32 %r7, %r4, {Number(4 * WarpsPerBlock)}");
        Line("cvt.u64.u32 %d5, %r7");
        text.Append("    // The lane's 16 bytes of a line.\n");
        Line("and.b32 %r8, %r2, 31");
        Line("mul.wide.u32 %d4, %r8, 16");
        Line("add.s64 %d1, %d1, %d4");
        for (int word = 0; word < 4; word++) Line($"mov.u32 %r{Number(9 + word)}, 0");
        text.Append("NEXT:\n");
        for (int line = 0; line < Ahead; line++)
        {
            Line($"ld.global.u32 %r{Number(16 + line)}, [%d2]");
            Line("add.s64 %d2, %d2, %d5");
        }
        for (int chunk = 0; chunk < chunks; chunk++)
        {
            text.Append("    // Chunk ").Append(Number(chunk)).Append(" of the lines.\n");
            // Loads first, then what waits for them. Words of line i stand in registers of their own.
            for (int line = 0; line < Ahead; line++)
            {
                Line($"mul.wide.u32 %d6, %r{Number(16 + line)}, {Number(LineBytes)}");
                Line("add.s64 %d7, %d1, %d6");
                Line($"ld.global.cg.v4.u32 {{{Words(line)}}}, [%d7+{Number(chunk * ChunkBytes)}]");
            }
            for (int line = 0; line < Ahead; line++)
                for (int word = 0; word < 4; word++) Line($"xor.b32 %r{Number(9 + word)}, %r{Number(9 + word)}, %w{Number(line * 4 + word)}");
        }
        Line($"sub.s32 %r1, %r1, {Number(Ahead)}");
        Line("setp.gt.s32 %p1, %r1, 0");
        text.Append("    @%p1 bra NEXT;\n");
        Line("mul.wide.u32 %d4, %r5, 16");
        Line("add.s64 %d3, %d3, %d4");
        Line("st.global.v4.u32 [%d3], {%r9, %r10, %r11, %r12}");
        Line("ret");
        return text.Append("}\n").ToString();

        void Line(string instruction) => text.Append("    ").Append(instruction).Append(";\n");
        static string Words(int line) => string.Join(", ", Enumerable.Range(line * 4, 4).Select(word => "%w" + Number(word)));
    }

    /// <summary>What the kernel must have seen in a table: four words of each thread.</summary>
    public uint[] Expected(ReadOnlySpan<uint> table)
    {
        uint[] seen = new uint[Warps * 32 * 4];
        for (int at = 0; at < Places.Length; at++)
        {
            ReadOnlySpan<uint> line = table.Slice(Places[at] * (LineBytes / 4), LineBytes / 4);
            Span<uint> warp = seen.AsSpan(at % Warps * 128, 128);
            for (int word = 0; word < line.Length; word++) warp[word % 128] ^= line[word];
        }
        return seen;
    }

    /// <summary>A table of numbers that no two lines share.</summary>
    public uint[] Table()
    {
        byte[] bytes = new byte[(long)Lines * LineBytes];
        new Random(9).NextBytes(bytes);
        return MemoryMarshal.Cast<byte, uint>(bytes).ToArray();
    }

    private static int Round(int bytes) => Math.Max(1, (bytes + ChunkBytes - 1) / ChunkBytes) * ChunkBytes;

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);
}
