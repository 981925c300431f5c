namespace Intarsia.Compiler.Backends.Vectors;

/// <summary>Extensions of instruction sets beyond the base of a tier. The names are those of <c>NativeFeatures</c> in the runtime.</summary>
[Flags]
public enum CpuFeatures
{
    None = 0,
    Avx512Vnni = 1,
    Avx512Bf16 = 2,
    Avx512Vpopcntdq = 4,
    Avx512Vbmi = 8,
}

/// <summary>
/// A row of the instruction table: what an instruction computes, on lanes of how many bits, and what a processor needs to have it. The definition says in a line what a lane of the result gets; which bytes
/// an instruction has is the encoder's business. AMX would be rows on tile registers, a fourth kind of register beside these.
/// </summary>
/// <param name="Name">The name, which is that of its definition.</param>
/// <param name="LaneBits">Bits of the lanes of the result.</param>
/// <param name="Sources">Vectors it reads.</param>
/// <param name="Accumulates">It adds to what stands in the result.</param>
/// <param name="Needs">Extensions.</param>
/// <param name="Definition">The result of one lane.</param>
public sealed record VectorInstruction(string Name, int LaneBits, int Sources, bool Accumulates, CpuFeatures Needs, string Definition)
{
    /// <summary>It takes a small constant besides, n in the definition.</summary>
    public bool HasImmediate { get; init; }

    public static readonly VectorInstruction Zero = new("zero", 32, 0, false, CpuFeatures.None, "0");

    public static readonly VectorInstruction AddInt32 = new("add.s32", 32, 2, false, CpuFeatures.None, "a + b, wrapping");

    public static readonly VectorInstruction SubtractInt32 = new("subtract.s32", 32, 2, false, CpuFeatures.None, "a - b, wrapping");

    public static readonly VectorInstruction AddSingle = new("add.f32", 32, 2, false, CpuFeatures.None, "a + b, rounded to nearest even");

    public static readonly VectorInstruction MultiplySingle = new("multiply.f32", 32, 2, false, CpuFeatures.None, "a * b, rounded to nearest even");

    /// <summary><c>vfmadd231ps</c>.</summary>
    public static readonly VectorInstruction MultiplyAddSingle = new("multiply.add.f32", 32, 2, true, CpuFeatures.None, "to + a * b, rounded once to nearest even");

    public static readonly VectorInstruction SingleFromInt32 = new("convert.f32.s32", 32, 1, false, CpuFeatures.None, "a, rounded to nearest even");

    /// <summary><c>vpdpbusd</c>.</summary>
    public static readonly VectorInstruction DotBytes = new("dot4.u8.s8", 32, 2, true, CpuFeatures.Avx512Vnni, "to + a0 b0 + a1 b1 + a2 b2 + a3 b3, a unsigned and b signed bytes, wrapping");

    /// <summary><c>vpdpwssd</c>.</summary>
    public static readonly VectorInstruction DotWords = new("dot2.s16", 32, 2, true, CpuFeatures.Avx512Vnni, "to + a0 b0 + a1 b1, a and b signed 16-bit integers, wrapping");

    /// <summary><c>vdpbf16ps</c>: subnormal elements count as zero, and so does a subnormal result; each product is added with one rounding to nearest even (Intel SDM vol. 2C).</summary>
    public static readonly VectorInstruction DotBFloat16 = new("dot2.bf16", 32, 2, true, CpuFeatures.Avx512Bf16, "(to + a1 b1) + a0 b0, a and b bfloat16");

    /// <summary><c>vpermb</c>.</summary>
    public static readonly VectorInstruction PermuteBytes = new("permute.b8", 8, 2, false, CpuFeatures.Avx512Vbmi, "byte a mod (bytes of a vector) of b");

    /// <summary><c>vpunpcklbw</c>.</summary>
    public static readonly VectorInstruction UnpackLow8 = new("unpack.low.b8", 8, 2, false, CpuFeatures.None, "of each 128 bits a0 b0 a1 b1 … a7 b7");

    /// <summary><c>vpunpckhbw</c>.</summary>
    public static readonly VectorInstruction UnpackHigh8 = new("unpack.high.b8", 8, 2, false, CpuFeatures.None, "of each 128 bits a8 b8 a9 b9 … a15 b15");

    /// <summary><c>vpunpcklwd</c>.</summary>
    public static readonly VectorInstruction UnpackLow16 = new("unpack.low.b16", 16, 2, false, CpuFeatures.None, "of each 128 bits a0 b0 a1 b1 a2 b2 a3 b3");

    /// <summary><c>vpunpckhwd</c>.</summary>
    public static readonly VectorInstruction UnpackHigh16 = new("unpack.high.b16", 16, 2, false, CpuFeatures.None, "of each 128 bits a4 b4 a5 b5 a6 b6 a7 b7");

    /// <summary><c>vpunpckldq</c>.</summary>
    public static readonly VectorInstruction UnpackLow32 = new("unpack.low.b32", 32, 2, false, CpuFeatures.None, "of each 128 bits a0 b0 a1 b1");

    /// <summary><c>vpunpckhdq</c>.</summary>
    public static readonly VectorInstruction UnpackHigh32 = new("unpack.high.b32", 32, 2, false, CpuFeatures.None, "of each 128 bits a2 b2 a3 b3");

    /// <summary><c>vpunpcklqdq</c>.</summary>
    public static readonly VectorInstruction UnpackLow64 = new("unpack.low.b64", 64, 2, false, CpuFeatures.None, "of each 128 bits a0 b0");

    /// <summary><c>vpunpckhqdq</c>.</summary>
    public static readonly VectorInstruction UnpackHigh64 = new("unpack.high.b64", 64, 2, false, CpuFeatures.None, "of each 128 bits a1 b1");

    /// <summary><c>vpopcntq</c>.</summary>
    public static readonly VectorInstruction PopCount = new("popcount.u64", 64, 1, false, CpuFeatures.Avx512Vpopcntdq, "number of bits set in a");

    public static readonly VectorInstruction And = new("and", 64, 2, false, CpuFeatures.None, "a & b");

    /// <summary><c>vpternlogd</c>.</summary>
    public static readonly VectorInstruction MaskMerge = new("mask.merge", 32, 2, true, CpuFeatures.None, "to & a | b");

    /// <summary><c>vpsrld</c>.</summary>
    public static readonly VectorInstruction ShiftRight32 = new("shift.right.u32", 32, 1, false, CpuFeatures.None, "a >> n, unsigned") { HasImmediate = true };

    /// <summary><c>vpsrad</c>.</summary>
    public static readonly VectorInstruction ShiftRightInt32 = new("shift.right.s32", 32, 1, false, CpuFeatures.None, "a >> n, signed") { HasImmediate = true };

    public static readonly VectorInstruction AddInt64 = new("add.s64", 64, 2, false, CpuFeatures.None, "a + b, wrapping");
}
