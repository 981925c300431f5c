using Intarsia.Compiler;
using Intarsia.Compiler.Tiles;
using Index = Intarsia.Compiler.Tiles.Index;

namespace Intarsia.Verification.Tests;

/// <summary>Writes tile programs down by hand, and runs them.</summary>
internal sealed class ProgramBuilder(string name)
{
    private readonly List<string> _sizes = [];
    private readonly List<BufferDecl> _buffers = [];
    private readonly List<TileDecl> _tiles = [];

    public ProgramBuilder Sizes(params string[] sizes)
    {
        _sizes.AddRange(sizes);
        return this;
    }

    public ProgramBuilder Input(string buffer, ElementType element, params Index[] shape) => Buffer(BufferRole.Input, buffer, element, shape);

    public ProgramBuilder Output(string buffer, ElementType element, params Index[] shape) => Buffer(BufferRole.Output, buffer, element, shape);

    public ProgramBuilder InOut(string buffer, ElementType element, params Index[] shape) => Buffer(BufferRole.InOut, buffer, element, shape);

    public ProgramBuilder Scratch(string buffer, ElementType element, params Index[] shape) => Buffer(BufferRole.Scratch, buffer, element, shape);

    public ProgramBuilder Tile(string tile, ElementType element, params int[] shape)
    {
        _tiles.Add(new TileDecl(tile, element, shape));
        return this;
    }

    /// <summary>A tile that outlives blocks.</summary>
    public ProgramBuilder ScratchTile(string tile, ElementType element, params int[] shape)
    {
        _tiles.Add(new TileDecl(tile, element, shape, TileLevel.Scratch));
        return this;
    }

    public TileProgram Build(params Statement[] body) =>
        new(name, "interpreter", _sizes.ToArray(), _buffers.ToArray(), _tiles.ToArray(), body, default);

    public ProgramBuilder Buffer(BufferRole role, string buffer, ElementType element, params Index[] shape)
    {
        _buffers.Add(new BufferDecl(buffer, element, shape, role));
        return this;
    }
}

/// <summary>Short forms for programs in tests.</summary>
internal static class Programs
{
    public static EquatableArray<Index> At(params Index[] at) => at;

    public static Statement.For For(string variable, Index begin, Index end, Index step, params Statement[] body) => new(variable, begin, end, step, body);

    public static Statement.Phase Phase(string name, params Statement[] body) => new(name, body);

    public static Statement.Block Block(string name, params Statement[] body) => new(name, body);

    public static void Run(this TileProgram program, params (string Name, object Value)[] arguments)
    {
        var sizes = new Dictionary<string, long>();
        var buffers = new Dictionary<string, Array>();
        foreach ((string argument, object value) in arguments)
        {
            if (value is Array array) buffers.Add(argument, array);
            else sizes.Add(argument, Convert.ToInt64(value, System.Globalization.CultureInfo.InvariantCulture));
        }
        TileInterpreter.Run(program, sizes, buffers);
    }

    /// <summary>Numbers in [−1, 1) with few significant bits, so that small sums are exact in binary32.</summary>
    public static float[] Floats(this Random random, int count) => [.. Enumerable.Range(0, count).Select(_ => random.Next(-64, 64) / 64f)];

    /// <summary>Numbers in [−1, 1) of full precision.</summary>
    public static float[] Reals(this Random random, int count) => [.. Enumerable.Range(0, count).Select(_ => random.NextSingle() * 2 - 1)];

    public static sbyte[] Bytes(this Random random, int count, int min = -128, int max = 127) => [.. Enumerable.Range(0, count).Select(_ => (sbyte)random.Next(min, max + 1))];

    public static double[] ToDoubles(this float[] values) => Array.ConvertAll(values, x => (double)x);

    public static double[] ToDoubles(this sbyte[] values) => Array.ConvertAll(values, x => (double)x);
}
