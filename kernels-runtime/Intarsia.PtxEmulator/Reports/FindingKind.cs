namespace Intarsia.PtxEmulator;

/// <summary>What a <see cref="Finding"/> is about.</summary>
public enum FindingKind
{
    /// <summary>An access outside every allocation, or outside the block's shared memory.</summary>
    OutOfBounds,

    /// <summary>An address that is not a multiple of the size of the access.</summary>
    Misaligned,

    /// <summary>Shared memory is read that nothing has written.</summary>
    UninitialisedShared,

    /// <summary>A register is read that nothing has written.</summary>
    UninitialisedRegister,

    /// <summary>Two warps access the same bytes of shared memory, at least one writes, and nothing orders them.</summary>
    Race,

    /// <summary>An instruction that a whole warp has to execute together is executed by some of its lanes.</summary>
    NotConverged,

    /// <summary>Warps wait for what nobody will do.</summary>
    Deadlock,

    /// <summary>The result of an asynchronous copy or multiplication is used, or its operand overwritten, before it is known to be complete; or a proxy fence is missing.</summary>
    AsyncMisuse,

    /// <summary>A barrier object that is not initialised or is used against its rules.</summary>
    BarrierMisuse,

    /// <summary>The kernel executed <c>trap</c>.</summary>
    Trap,

    /// <summary>A wrong operand of an instruction at run time: a selector, descriptor or size that the instruction does not have.</summary>
    InvalidOperand,
}
