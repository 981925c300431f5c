using Intarsia.Compiler.Backends.Vectors;

namespace Intarsia.Compiler.Backends.Native;

/// <summary>A function as machine code: it takes the address of its arguments and returns nothing (docs/native.md).</summary>
/// <param name="Listing">Its bytes, instruction by instruction.</param>
/// <param name="Needs">What a processor must have for it beyond the base of its tier.</param>
public sealed record MachineCode(EquatableArray<CodeLine> Listing, CpuFeatures Needs)
{
    /// <summary>Number of bytes.</summary>
    public int Length => Listing.Sum(line => line.Bytes.Count);
}

/// <summary>One instruction: its bytes and its text, as a disassembler gives it.</summary>
public sealed record CodeLine(int Offset, EquatableArray<byte> Bytes, string Text);
