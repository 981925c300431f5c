using Intarsia.Compiler.Planning.Gpu;
using Intarsia.Compiler.Specs;
using Intarsia.Compiler.Tiles;

namespace Intarsia.Compiler.Rules;

/// <summary>
/// Whether instructions and copies divide a tile. On sm_80 a warp takes 16 rows of the first factor and twice 8 columns of the second at a time (PTX ISA, ldmatrix and mma.m16n8k*), and the block's threads copy
/// whole lines, 16 bytes each. On sm_90a a warp group takes 64 rows and a multiple of 8 columns (PTX ISA, wgmma), and copies are boxes of at most 256 lines in pieces of 1024 bytes.
/// </summary>
/// <param name="spec">The kernel.</param>
/// <param name="tile">The user's extents.</param>
/// <param name="shape">The tile with the planner's extents where the user gave none.</param>
/// <param name="contraction">The unit that contracts.</param>
/// <param name="device">The architecture.</param>
internal sealed class BlockFit(KernelSpec spec, BlockOverride tile, BlockShape shape, Contraction contraction, Device device)
{
    private const int GroupRows = 64, MaxBox = 256, BoxBytes = 1024;

    private readonly bool _lanesAreRows = spec.Y.Layout == MatrixLayout.TokenMajor;

    private bool HasGroups => device == Device.Sm90A;

    /// <summary>The extent of Y along the height of the tile, and along its width, as the user names them.</summary>
    private string HeightName => _lanesAreRows ? "Columns" : "Rows";

    private string WidthName => _lanesAreRows ? "Rows" : "Columns";

    /// <summary>Lines of X run across the depth: it is the first factor where rows are lanes.</summary>
    private bool XTurns => spec.X.Layout != MatrixLayout.TokenMajor;

    private bool FirstTurns => _lanesAreRows && XTurns;

    private bool SecondTurns => !_lanesAreRows && XTurns;

    /// <summary>The first extent that does not fit, or nothing: found, expected, and why.</summary>
    public IEnumerable<(string Extent, int Found, string Expected, string Why)> Misfits() => OfDepth().Concat(HasGroups ? OfWarpGroups() : OfWarps()).Take(1);

    private IEnumerable<(string Extent, int Found, string Expected, string Why)> OfWarps()
    {
        const string shapes = "tensor cores multiply tiles of 16x8, and two of them are read at a time";
        foreach ((string name, int extent) in Sides())
            if (extent % 16 != 0) yield return (name, extent, "a multiple of 16", shapes);
        if (shape.Warps.Count is not (1 or 2 or 4 or 8)) yield return ("Warps", shape.Warps.Count, "1, 2, 4 or 8", "they halve the tile again and again");
        if (shape.Height % (16 * shape.Warps.Rows) != 0 || shape.Width % (16 * shape.Warps.Columns) != 0)
            yield return ("Warps", shape.Warps.Count, $"a number that divides {Text(shape.Height / 16)}x{Text(shape.Width / 16)} tiles of 16x16", shapes);
        foreach ((string name, int extent, bool turns) in new[] { (HeightName, shape.Height, FirstTurns), (WidthName, shape.Width, SecondTurns) })
        {
            (int lines, int lineBytes) = turns ? (shape.Depth, extent * contraction.XBytes) : (extent, shape.Depth * contraction.XBytes);
            int chunks = lineBytes / 16, threads = shape.Warps.Threads;
            // A line is a power of two of chunks, or threads would not share lines evenly.
            if (chunks == 0 || threads % chunks != 0) yield return (name, extent, $"a power of two of {Text(16 / contraction.XBytes)} elements", $"the {Text(threads)} threads copy lines of {Text(lineBytes)} bytes, 16 bytes each");
            else if (lines % (threads / chunks) != 0) yield return (turns ? "Depth" : name, turns ? shape.Depth : extent, $"a multiple of {Text(threads / chunks)}", $"so many lines of {Text(lineBytes)} bytes are copied at a time by {Text(threads)} threads");
        }
    }

    private IEnumerable<(string Extent, int Found, string Expected, string Why)> OfWarpGroups()
    {
        if (tile.Warps is not (0 or 4 or 8)) yield return ("Warps", tile.Warps, "4 or 8", "four warps are a warp group, and shared memory feeds two");
        int down = shape.Warps.Rows / 4, across = shape.Warps.Columns;
        if (shape.Height != down * GroupRows) yield return (HeightName, shape.Height, $"{Text(GroupRows)} with 4 warps, {Text(GroupRows)} or {Text(2 * GroupRows)} with 8", "a warp group multiplies 64 rows at a time");
        // Where the depth runs across the lines, a copied box is 128 bytes wide, and a group begins with one.
        int unit = SecondTurns ? 128 / contraction.XBytes : 16;
        if (shape.Width % (unit * across) != 0 || shape.Width > MaxBox)
            yield return (WidthName, shape.Width, $"a multiple of {Text(unit * across)} up to {Text(MaxBox)}", SecondTurns ? "each warp group begins with a box of 128 bytes" : "a warp group multiplies by up to 256 columns, in steps of 16");
        int bytes = shape.Depth * contraction.XBytes;
        if (!SecondTurns && shape.Width * bytes % BoxBytes != 0) yield return (WidthName, shape.Width, $"a multiple of {Text(Math.Max(1, BoxBytes / bytes))}", $"lines of {Text(bytes)} bytes are swizzled in pieces of {Text(BoxBytes)}");
    }

    private IEnumerable<(string Extent, int Found, string Expected, string Why)> OfDepth()
    {
        int bytes = shape.Depth * contraction.XBytes, group = Contraction.Group(spec), unit = 32 / contraction.XBytes;
        if (bytes is not (32 or 64 or 128))
            yield return ("Depth", shape.Depth, $"{Text(unit)}, {Text(2 * unit)} or {Text(4 * unit)}", $"an instruction takes 32 bytes of each line, {Text(unit)} elements, and lines of 32, 64 or 128 bytes are swizzled");
        else if (group % shape.Depth != 0)
            yield return ("Depth", shape.Depth, $"a divisor of {Text(group)}", $"a step must not cross the border of a scale group of {Text(group)}");
    }

    private (string Name, int Extent)[] Sides() => [(HeightName, shape.Height), (WidthName, shape.Width)];

    private static string Text(int value) => KernelRules.Text(value);
}
