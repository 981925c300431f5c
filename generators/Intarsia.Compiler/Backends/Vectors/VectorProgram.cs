namespace Intarsia.Compiler.Backends.Vectors;

/// <summary>
/// One block of a tile program at the level of a processor: registers of three kinds, loads and stores, broadcasts, one operation a line, structured control flow. What a tile becomes, which
/// address a row has and in which order a contraction runs is decided; which register holds what is not. Printers, encoders and interpreters read it and look at nothing else.
/// </summary>
/// <param name="Name">The name of the block.</param>
/// <param name="Bits">Bits of a vector.</param>
/// <param name="Parameters">64-bit numbers that are set at entry, in the order in which a caller gives them: addresses first.</param>
/// <param name="Body">The operations.</param>
public sealed record VectorProgram(string Name, int Bits, EquatableArray<VectorParameter> Parameters, EquatableArray<VectorOp> Body)
{
    /// <summary>The program in readable text.</summary>
    public override string ToString() => VectorPrinter.Print(this);
}

/// <summary>A parameter and the register that holds it.</summary>
public sealed record VectorParameter(string Name, Scalar Register);

/// <summary>A register of a 64-bit number: an address, a count, a stride in bytes.</summary>
public sealed record Scalar(int Number)
{
    public override string ToString() => "s" + VectorPrinter.Number(Number);
}

/// <summary>A vector register.</summary>
public sealed record Vector(int Number)
{
    public override string ToString() => "v" + VectorPrinter.Number(Number);
}

/// <summary>A register with one bit for every lane of 32 bits.</summary>
public sealed record LaneMask(int Number)
{
    public override string ToString() => "m" + VectorPrinter.Number(Number);
}

/// <summary>A scalar register, or, where that is null, a constant.</summary>
public sealed record ScalarOperand(Scalar? Register, long Value)
{
    public static implicit operator ScalarOperand(Scalar register) => new(register, 0);

    public static implicit operator ScalarOperand(long value) => new(null, value);

    public override string ToString() => Register?.ToString() ?? VectorPrinter.Number(Value);
}

/// <summary>An address in bytes: base + index·scale + displacement; scale is 1, 2, 4 or 8.</summary>
public sealed record Address(Scalar Base, Scalar? Index = null, int Scale = 1, long Displacement = 0)
{
    /// <summary>The address some bytes further on.</summary>
    public Address Plus(long bytes) => this with { Displacement = Displacement + bytes };

    public override string ToString() => VectorPrinter.Print(this);
}

/// <summary>Operations on scalars.</summary>
public enum ScalarOperation { Move, Add, Subtract, Multiply, Min, Max, FloorDivide }

/// <summary>A signed comparison of two scalars.</summary>
public sealed record ScalarCondition(ScalarOperand Left, Tiles.Relation Relation, ScalarOperand Right);

/// <summary>One operation of a <see cref="VectorProgram"/>.</summary>
public abstract record VectorOp
{
    private VectorOp() { }

    /// <summary>to = left op right; <see cref="ScalarOperation.Move"/> takes the left alone. Division is of non-negative numbers by a power of two.</summary>
    public sealed record Compute(Scalar To, ScalarOperation Operation, ScalarOperand Left, ScalarOperand Right) : VectorOp;

    public sealed record If(ScalarCondition Condition, EquatableArray<VectorOp> Then, EquatableArray<VectorOp> Else) : VectorOp;

    /// <summary>Runs the body, and again while the condition holds behind it: at least once.</summary>
    public sealed record Loop(EquatableArray<VectorOp> Body, ScalarCondition While) : VectorOp
    {
        /// <summary>The loop takes most of the time: its head is worth a place at the start of a cache line.</summary>
        public bool IsHot { get; init; }
    }

    /// <summary>Sets the first <paramref name="Count"/> lanes of a mask: none where it is negative, all where there are no more.</summary>
    public sealed record FirstLanes(LaneMask To, Scalar Count) : VectorOp;

    /// <summary>Reads a signed integer of 32 bits.</summary>
    public sealed record ReadInt32(Scalar To, Address From) : VectorOp;

    /// <summary>Reads a vector; lanes outside the mask are neither read nor kept: they become zero.</summary>
    public sealed record Load(Vector To, Address From, LaneMask? Mask = null) : VectorOp;

    /// <summary>Reads <paramref name="LaneBytes"/> bytes into every lane of that size.</summary>
    public sealed record Broadcast(Vector To, Address From, int LaneBytes) : VectorOp;

    /// <summary>Writes a vector; nothing outside the mask is touched.</summary>
    public sealed record Store(Address To, Vector From, LaneMask? Mask = null) : VectorOp;

    /// <summary>Every lane of 32 bits becomes <paramref name="Value"/>.</summary>
    public sealed record Constant(Vector To, int Value) : VectorOp;

    /// <summary>Brings what lies at an address near; computes nothing, and the address may be any.</summary>
    public sealed record Prefetch(Address At) : VectorOp
    {
        /// <summary>It will be written, not read.</summary>
        public bool ForWriting { get; init; }
    }

    /// <summary>to = instruction(from…); an accumulating instruction reads <paramref name="To"/> before.</summary>
    public sealed record Apply(VectorInstruction Instruction, Vector To, EquatableArray<Vector> From) : VectorOp
    {
        /// <summary>The constant of an instruction that has one (<see cref="VectorInstruction.HasImmediate"/>).</summary>
        public int Immediate { get; init; }
    }
}
