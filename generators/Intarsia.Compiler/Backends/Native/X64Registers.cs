using Iced.Intel;

namespace Intarsia.Compiler.Backends.Native;

/// <summary>
/// The System V convention for x86-64: the argument comes in rdi; rbx, rbp and r12 to r15 belong to the caller. A function calls nothing, so that its stack needs no alignment.
/// rax and rdx are left out of the allocation: constants and what lives in memory pass through them.
/// </summary>
internal static class X64Registers
{
    public const Register First = Register.RAX, Second = Register.RDX, Argument = Register.RDI;

    /// <summary>Scalars by place, those that need not be saved first.</summary>
    public static Register[] Scalars { get; } =
    [
        Register.RCX, Register.RSI, Register.RDI, Register.R8, Register.R9, Register.R10, Register.R11,
        Register.RBX, Register.RBP, Register.R12, Register.R13, Register.R14, Register.R15,
    ];

    /// <summary>How many of <see cref="Scalars"/> need not be saved.</summary>
    public const int Unsaved = 7;

    /// <summary>k0 means no mask.</summary>
    public const int Masks = 7;

    public const int Vectors = 32;
}
