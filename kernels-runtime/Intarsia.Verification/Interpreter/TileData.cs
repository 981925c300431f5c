using Intarsia.Compiler.Tiles;

namespace Intarsia.Verification.Interpreter;

/// <summary>A tile at run time: its elements in row-major order, and whether it holds anything yet. Integers and reals are kept apart so that 64-bit integers stay exact.</summary>
internal sealed class TileData
{
    public TileData(TileDecl declaration)
    {
        Declaration = declaration;
        Shape = [.. declaration.Shape];
        Size = declaration.Size;
        if (declaration.Element.IsInteger()) Integers = new long[Size];
        else Reals = new double[Size];
    }

    public TileDecl Declaration { get; }

    public string Name => Declaration.Name;

    public ElementType Element => Declaration.Element;

    public int[] Shape { get; }

    public int Size { get; }

    public bool IsInteger => Integers is not null;

    /// <summary>The elements of an integer tile.</summary>
    public long[]? Integers { get; private set; }

    /// <summary>The elements of a float tile.</summary>
    public double[]? Reals { get; private set; }

    /// <summary>Which elements a value stands at, where the tile was expanded from values and places; null where each has one.</summary>
    public bool[]? IsPresent { get; set; }

    /// <summary>False until the first statement fills it, and again where its value is lost (the end of a block, the next iteration of a loop that does not carry it).</summary>
    public bool IsWritten { get; set; }

    /// <summary>The step at which it was last written.</summary>
    public long WrittenAt { get; set; }

    public double Real(int i) => Integers is null ? Reals![i] : Integers[i];

    /// <summary>A copy of the present elements for statements that read and write the same tile.</summary>
    public TileData Snapshot()
    {
        var copy = (TileData)MemberwiseClone();
        copy.Integers = (long[]?)Integers?.Clone();
        copy.Reals = (double[]?)Reals?.Clone();
        return copy;
    }

    /// <summary>The shape as text.</summary>
    public string ShapeText => "[" + string.Join(",", Shape) + "]";
}
