using Intarsia.Compiler.Tiles;
using Index = Intarsia.Compiler.Tiles.Index;

namespace Intarsia.Compiler.Backends.Ilgpu;

/// <summary>What all methods of a kernel share: the program's declarations, the loops around a statement, the functions that are called.</summary>
internal sealed class KernelScope(TileProgram program, ISet<string> scalars)
{
    private readonly Dictionary<string, Statement.For> _loops = new(StringComparer.Ordinal);

    public KernelFunctions Functions { get; } = new();

    /// <summary>What the kernel may be given: the program's buffers in order, then its sizes.</summary>
    public IEnumerable<KernelParameter> Parameters =>
        program.Buffers.Where(buffer => buffer.Role != BufferRole.Scratch).Select(buffer => new KernelParameter(buffer.Name, buffer, IsScalar(buffer.Name))).Concat(program.Sizes.Select(size => new KernelParameter(size, null, true)));

    public MethodText NewMethod() => new(this);

    public BufferDecl Buffer(string name) => program.Buffers.Single(buffer => buffer.Name == name);

    public TileDecl Tile(string name) => program.Tiles.Single(tile => tile.Name == name);

    /// <summary>The buffer has one element, and reaches the kernel as a value.</summary>
    public bool IsScalar(string buffer) => scalars.Contains(buffer);

    public bool IsSize(string variable) => program.Sizes.Contains(variable);

    public void Enter(Statement.For loop) => _loops[loop.Variable] = loop;

    /// <summary>A tile's name without its shape: <c>v</c> for <c>v_64x64</c>.</summary>
    public static string ShortName(string tile)
    {
        int at = tile.LastIndexOf('_');
        return at > 0 && tile.Skip(at + 1).All(c => char.IsDigit(c) || c == 'x') ? tile.Substring(0, at) : tile;
    }

    /// <summary>Tiles that begin at <paramref name="at"/> end inside of an extent, because both are multiples of the loop's step.</summary>
    public bool IsInside(Index at, int length, Index extent) =>
        at is Index.Var variable && _loops.TryGetValue(variable.Name, out Statement.For? loop)
        && loop is { Begin: Index.Const { Value: 0 }, Step: Index.Const step } && step.Value == length && extent is Index.Const end && end.Value % length == 0;
}

/// <summary>A parameter of a method: a view of a buffer, the value of one element, or a size.</summary>
internal sealed record KernelParameter(string Name, BufferDecl? Buffer, bool IsValue)
{
    public string Declaration => $"{Type} {Name}";

    public string Type => Buffer is null ? "int" : IsValue ? ElementText.Register(Buffer.Element) : $"ArrayView<{ElementText.Memory(Buffer.Element)}>";
}
