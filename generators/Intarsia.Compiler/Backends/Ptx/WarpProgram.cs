namespace Intarsia.Compiler.Backends.Ptx;

/// <summary>
/// One GPU kernel as a program of warp instructions on virtual registers: what lowering makes of a tile program, and all that <see cref="PtxPrinter"/> sees.
/// </summary>
/// <param name="Entry">The name of the entry.</param>
/// <param name="Target">The target whose text this is.</param>
/// <param name="Parameters">Parameters of the entry, in the order of the launch.</param>
/// <param name="Threads">Threads of a block.</param>
/// <param name="SharedBytes">Dynamic shared memory of a block.</param>
/// <param name="Registers">Virtual registers of each kind, numbered from 1.</param>
/// <param name="Body">The instructions.</param>
internal sealed record WarpProgram(
    string Entry,
    PtxTarget Target,
    EquatableArray<PtxParameter> Parameters,
    int Threads,
    int SharedBytes,
    EquatableArray<int> Registers,
    EquatableArray<WarpOp> Body)
{
    /// <summary>Blocks that are to fit on a multiprocessor together: the assembler gives a thread no more registers than leave room for them; 0 leaves it to the assembler. <see cref="Occupancy"/> chooses it.</summary>
    public int MinBlocks { get; init; }

    /// <summary>Registers that live at once (<see cref="RegisterPressure.Of"/>), once they were counted; else 0.</summary>
    public int Live { get; init; }

    /// <summary>Registers that the assembler is expected to spend on loads that it moves ahead of their use, beside those that live at once in the order of the text.</summary>
    public int LoadsAhead { get; init; }
}

/// <summary>Register files of PTX.</summary>
internal enum RegisterKind { Predicate, B16, B32, F32, B64 }

/// <summary>A virtual register.</summary>
internal readonly record struct Register(RegisterKind Kind, int Number)
{
    private static readonly string[] Prefixes = ["%p", "%h", "%r", "%f", "%d"];

    /// <summary>The type a register file is declared with.</summary>
    public static readonly string[] Types = [".pred", ".b16", ".b32", ".f32", ".b64"];

    public static string Prefix(RegisterKind kind) => Prefixes[(int)kind];

    public override string ToString() => Prefixes[(int)Kind] + Number.ToString(System.Globalization.CultureInfo.InvariantCulture);
}

/// <summary>One line of a warp program.</summary>
internal abstract record WarpOp
{
    private WarpOp() { }

    /// <summary>Says why or what: a stage, a tile, a fragment.</summary>
    public sealed record Comment(string Text) : WarpOp;

    public sealed record Label(string Name) : WarpOp;

    /// <summary>An instruction; the guard is a predicate, with <c>!</c> where it is negated, or empty.</summary>
    public sealed record Instruction(string Opcode, string Operands, string Guard = "") : WarpOp;
}

/// <summary>A parameter of an entry.</summary>
public sealed record PtxParameter(string Name, PtxParameterKind Kind)
{
    /// <summary>What a tensor map has to say; null for other kinds.</summary>
    public TensorMapPlan? Map { get; init; }
}

/// <summary>What a parameter of an entry is.</summary>
public enum PtxParameterKind
{
    /// <summary>Address of a buffer, 64 bits.</summary>
    Address,

    /// <summary>An extent or a stride in elements, 32 bits.</summary>
    Size,

    /// <summary>A tensor map of 128 bytes.</summary>
    TensorMap,

    /// <summary>A binary32 value.</summary>
    Single,
}
