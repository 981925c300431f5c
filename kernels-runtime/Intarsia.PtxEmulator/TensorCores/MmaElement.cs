namespace Intarsia.PtxEmulator.TensorCores;

/// <summary>Element types of the matrices of a tensor-core instruction (PTX ISA 9.1, 9.7.14.2).</summary>
internal enum MmaElement
{
    /// <summary>Binary16.</summary>
    F16,

    /// <summary>bfloat16: the upper half of a binary32.</summary>
    BF16,

    /// <summary>TensorFloat-32: a binary32 whose lower 13 bits are not looked at.</summary>
    TF32,

    /// <summary>Binary32; accumulators only.</summary>
    F32,

    /// <summary>Signed byte.</summary>
    S8,

    /// <summary>Unsigned byte.</summary>
    U8,

    /// <summary>Signed four bits, two's complement.</summary>
    S4,

    /// <summary>Unsigned four bits.</summary>
    U4,

    /// <summary>One bit.</summary>
    B1,

    /// <summary>Signed 32-bit integer; accumulators only.</summary>
    S32,
}

/// <summary>What takes the place of the product for one-bit elements: a logical operation, whose set bits are counted.</summary>
internal enum BitOp
{
    /// <summary>An ordinary product.</summary>
    None,

    /// <summary><c>.and.popc</c></summary>
    AndPopc,

    /// <summary><c>.xor.popc</c></summary>
    XorPopc,
}

/// <summary>Extents of one instruction: A is M×K, B is K×N, C and D are M×N. For sparse A, K counts the columns before compression.</summary>
internal readonly record struct MmaShape(int M, int N, int K)
{
    /// <summary>As in PTX: <c>m16n8k32</c>.</summary>
    public override string ToString() => $"m{M}n{N}k{K}";
}

/// <summary>Facts of the element types.</summary>
internal static class MmaElements
{
    /// <summary>Bits that one element takes in a register or in shared memory (a tf32 takes 32).</summary>
    public static int Bits(this MmaElement element) => element switch
    {
        MmaElement.F16 or MmaElement.BF16 => 16,
        MmaElement.S8 or MmaElement.U8 => 8,
        MmaElement.S4 or MmaElement.U4 => 4,
        MmaElement.B1 => 1,
        _ => 32,
    };

    /// <summary>Elements in one 32-bit register.</summary>
    public static int PerRegister(this MmaElement element) => 32 / element.Bits();

    /// <summary>Whether products are of floating-point numbers.</summary>
    public static bool IsFloat(this MmaElement element) => element is MmaElement.F16 or MmaElement.BF16 or MmaElement.TF32 or MmaElement.F32;

    /// <summary>The element type that a PTX qualifier (without its dot) names, or null.</summary>
    public static MmaElement? Parse(string qualifier) => qualifier switch
    {
        "f16" => MmaElement.F16,
        "bf16" => MmaElement.BF16,
        "tf32" => MmaElement.TF32,
        "f32" => MmaElement.F32,
        "s8" => MmaElement.S8,
        "u8" => MmaElement.U8,
        "s4" => MmaElement.S4,
        "u4" => MmaElement.U4,
        "b1" => MmaElement.B1,
        "s32" => MmaElement.S32,
        _ => null,
    };
}
