using System.Globalization;
using Intarsia.Compiler.Backends.Simd;
using Intarsia.Compiler.Text;
using Intarsia.Compiler.Tiles;
using Index = Intarsia.Compiler.Tiles.Index;

namespace Intarsia.Compiler.Backends.Ilgpu;

/// <summary>A method that is being written: its text, and which of the kernel's parameters that turns out to need.</summary>
internal sealed class MethodText(KernelScope scope)
{
    private readonly HashSet<string> _used = new(StringComparer.Ordinal);

    public CodeWriter Code { get; } = new(indent: 1);

    public KernelScope Scope => scope;

    public IEnumerable<KernelParameter> Parameters => scope.Parameters.Where(parameter => _used.Contains(parameter.Name));

    /// <summary>Needs what another method needs, to call it. Returns the arguments.</summary>
    public IEnumerable<string> Pass(MethodText callee)
    {
        foreach (KernelParameter parameter in callee.Parameters) _used.Add(parameter.Name);
        return callee.Parameters.Select(parameter => parameter.Name);
    }

    /// <summary>Writes the body, behind lines of its own.</summary>
    public void WriteBody(CodeWriter code, IEnumerable<string>? first = null)
    {
        code.Line("{");
        foreach (string line in first ?? []) code.Line("    " + line);
        code.Raw(Code.ToString()).Line("}");
    }

    /// <summary>An index as C#, of type int.</summary>
    public string Text(Index index) => IndexText.Print(Resolve(index));

    /// <summary>An index as a factor of a product.</summary>
    public string Factor(Index index) => index is Index.Binary { Op: not (IndexOp.Min or IndexOp.Max) } ? $"({Text(index)})" : Text(index);

    /// <summary>The element of a buffer at a coordinate, as a place to read or write.</summary>
    public string Element(BufferDecl buffer, params string[] at)
    {
        _used.Add(buffer.Name);
        return scope.IsScalar(buffer.Name) ? buffer.Name : $"{buffer.Name}[{Offset(buffer, at)}]";
    }

    /// <summary>The element of a buffer at a coordinate, widened to 32 bits.</summary>
    public string Read(BufferDecl buffer, params string[] at)
    {
        if (!ElementText.IsNibble(buffer.Element)) return ElementText.Widen(scope.Functions, buffer.Element, Element(buffer, at));
        _used.Add(buffer.Name);
        return scope.Functions.Call(buffer.Element == ElementType.S4 ? "SignedNibble" : "Nibble", buffer.Name, Offset(buffer, at));
    }

    /// <summary>How a coordinate of a tile, which begins at <paramref name="at"/>, stands to an extent, as C#; null where the whole tile is known to lie inside.</summary>
    public string? Test(string coordinate, string relation, Index extent, Index at, int length) => scope.IsInside(at, length, extent) ? null : $"{coordinate} {relation} {Text(extent)}";

    /// <summary>A number as C#.</summary>
    public static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);

    private string Offset(BufferDecl buffer, string[] at)
    {
        string offset = string.Join(" + ", at.Select((coordinate, dimension) => Term(buffer, coordinate, dimension)).Where(term => term != "0"));
        return offset.Length == 0 ? "0" : offset;
    }

    /// <summary>One summand of an element's offset: of 64 bits, unless the whole buffer is known to be short enough.</summary>
    private string Term(BufferDecl buffer, string coordinate, int dimension)
    {
        Index stride = Stride(buffer, dimension);
        if (stride is Index.Const { Value: 1 }) return coordinate;
        if (stride is Index.Const step && int.TryParse(coordinate, NumberStyles.None, CultureInfo.InvariantCulture, out int constant)) return (step.Value * constant).ToString(CultureInfo.InvariantCulture);
        string factor = coordinate.Contains(' ') ? $"({coordinate})" : coordinate;
        return $"{(IsShort(buffer) ? "" : "(long)")}{factor} * {Factor(stride)}";
    }

    private static Index Stride(BufferDecl buffer, int dimension) =>
        buffer.Strides.Count > 0 ? buffer.Strides[dimension] : buffer.Shape.Skip(dimension + 1).Aggregate((Index)1, (product, extent) => product * extent);

    private static bool IsShort(BufferDecl buffer) =>
        buffer.Shape.All(extent => extent is Index.Const) && (buffer.Strides.Count == 0 || buffer.Strides.All(stride => stride is Index.Const))
        && buffer.Shape.Select((extent, dimension) => ((Index.Const)extent).Value * (double)((Index.Const)Stride(buffer, dimension)).Value).Max() <= int.MaxValue;

    /// <summary>Reads of buffers become C#; sizes are noted.</summary>
    private Index Resolve(Index index)
    {
        switch (index)
        {
            case Index.Var variable:
                if (scope.IsSize(variable.Name)) _used.Add(variable.Name);
                return index;
            case Index.Read read:
                return Element(scope.Buffer(read.Buffer), [.. read.At.Select(Text)]);
            case Index.Binary binary:
                return new Index.Binary(binary.Op, Resolve(binary.Left), Resolve(binary.Right));
            default:
                return index;
        }
    }
}
