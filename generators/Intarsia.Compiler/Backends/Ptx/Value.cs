using System.Globalization;

namespace Intarsia.Compiler.Backends.Ptx;

/// <summary>A 32-bit integer on its way through index arithmetic: a constant, folded as long as it can be, or a register.</summary>
internal readonly record struct Value
{
    private Value(Register? register, long constant) => (Register, Constant) = (register, constant);

    public Register? Register { get; }

    public long Constant { get; }

    public bool IsConstant => Register is null;

    public bool Is(long constant) => IsConstant && Constant == constant;

    public static implicit operator Value(Register register) => new(register, 0);

    public static implicit operator Value(long constant) => new(null, constant);

    public static implicit operator Value(int constant) => new(null, constant);

    public override string ToString() => Register is { } register ? register.ToString() : Constant.ToString(CultureInfo.InvariantCulture);
}
