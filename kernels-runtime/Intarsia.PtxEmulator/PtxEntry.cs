using Intarsia.PtxEmulator.Decoding;

namespace Intarsia.PtxEmulator;

/// <summary>One kernel of a module. Immutable.</summary>
public sealed class PtxEntry
{
    internal PtxEntry(string name, IReadOnlyList<PtxParameter> parameters, KernelProgram program)
    {
        Name = name;
        Parameters = parameters;
        Program = program;
    }

    /// <summary>The name after <c>.entry</c>.</summary>
    public string Name { get; }

    /// <summary>The parameters in order.</summary>
    public IReadOnlyList<PtxParameter> Parameters { get; }

    /// <summary>Threads of a block at most, by <c>.maxntid</c> or <c>.reqntid</c>; null where the text does not say.</summary>
    public int? MaxThreads { get; internal init; }

    /// <summary>Whether the block must be exactly of <see cref="MaxThreads"/> threads (<c>.reqntid</c>).</summary>
    public bool ThreadsAreRequired { get; internal init; }

    /// <summary>Bytes of statically declared shared memory, with the padding that alignment needs.</summary>
    public int StaticSharedBytes => Program.Shared.StaticBytes;

    /// <summary>Registers that the text declares, predicates not counted. It is the number of names, not what an assembler would allocate.</summary>
    public int DeclaredRegisters { get; internal init; }

    /// <summary>Instructions in the text.</summary>
    public int InstructionCount => Program.Code.Length;

    internal KernelProgram Program { get; }

    /// <inheritdoc/>
    public override string ToString() => $"{Name}({string.Join(", ", Parameters.Select(parameter => $".{parameter.Type} {parameter.Name}"))})";
}
