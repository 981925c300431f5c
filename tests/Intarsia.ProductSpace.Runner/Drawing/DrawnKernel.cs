using Intarsia.Compiler.Specs;

namespace Intarsia.ProductSpace.Drawing;

/// <summary>One point of the product space with everything a run needs: what is declared, how it is written down, and the sizes of the call.</summary>
/// <param name="Index">Position within the run; with the seed it determines everything else.</param>
/// <param name="OperandSeed">Seed of the operands' values.</param>
/// <param name="Spec">What is declared.</param>
/// <param name="Style">How the declaration is written.</param>
/// <param name="Sizes">The sizes of the call.</param>
/// <param name="SizeClass">Why the sizes are what they are.</param>
public sealed record DrawnKernel(int Index, ulong OperandSeed, KernelSpec Spec, SignatureStyle Style, CallSizes Sizes, SizeClass SizeClass)
{
    /// <summary>Name of the class that holds the kernel in the generated source.</summary>
    public string TypeName => FormattableString.Invariant($"K{Index:D6}");

    public override string ToString() => $"#{Index} {KernelName.Of(Spec)} {Style} {Sizes} [{SizeClass}]";
}

/// <summary>How the user would have written the same spec: nothing here changes what is computed.</summary>
public sealed record SignatureStyle
{
    /// <summary>The matrices that are <c>TensorSpan</c>s, and so carry their extents and strides; vectors stay spans.</summary>
    public TensorOperands Tensors { get; init; }

    /// <summary>Parameters have names that say nothing, and <c>[Operand]</c> attributes.</summary>
    public bool ExplicitRoles { get; init; }

    /// <summary>Which of the names that a role goes by.</summary>
    public int NameVariant { get; init; }

    /// <summary>0 keeps the usual order of parameters; else the seed of a shuffle.</summary>
    public ulong OrderSeed { get; init; }

    /// <summary>Accessibility of the method.</summary>
    public string Accessibility { get; init; } = "public";

    /// <summary>Keywords of the containing types, outermost first.</summary>
    public string[] Nesting { get; init; } = ["static class"];

    public override string ToString() =>
        string.Join('+', new[] { Tensors == TensorOperands.None ? "spans" : $"tensors({Tensors})", ExplicitRoles ? "roles" : "names", OrderSeed != 0 ? "shuffled" : "" }.Where(part => part.Length > 0));
}

/// <summary>Matrices passed as tensor spans.</summary>
[Flags]
public enum TensorOperands
{
    None = 0,
    Weights = 1,
    X = 2,
    Y = 4,
}

/// <summary>The sizes of one call. Strides are always those in force, whether an argument or not.</summary>
public sealed record CallSizes(int Rows, int Depth, int Columns)
{
    /// <summary>Nodes that a relational product gathers from.</summary>
    public int Sources { get; init; }

    public int WeightsStride { get; init; }
    public int XStride { get; init; }
    public int YStride { get; init; }
    public int BatchCount { get; init; }
    public int BatchWeightsStride { get; init; }
    public int BatchXStride { get; init; }

    public override string ToString() =>
        FormattableString.Invariant($"{Rows}x{Depth}x{Columns} ld {WeightsStride},{XStride},{YStride}") + (Sources > 0 ? FormattableString.Invariant($" from {Sources}") : "") + (BatchCount > 0 ? FormattableString.Invariant($" batch {BatchCount}") : "");
}

/// <summary>The families that sizes are drawn from.</summary>
public enum SizeClass
{
    /// <summary>At least two whole main tiles of the widest tier, and a ragged tail in both directions.</summary>
    LargeRagged,

    /// <summary>Every extent from 1 to 9.</summary>
    Small,

    /// <summary>At least one extent is 0.</summary>
    Empty,

    /// <summary>One column: a matrix-vector product.</summary>
    Vector,

    /// <summary>Multiples of the tile: no tail.</summary>
    Exact,

    /// <summary>Depth past every cache block, few rows and columns; integers that overflow 32 bits where wrapping is declared.</summary>
    Deep,
}
