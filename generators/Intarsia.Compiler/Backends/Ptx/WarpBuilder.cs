using System.Globalization;
using Intarsia.Compiler.Tiles;

namespace Intarsia.Compiler.Backends.Ptx;

/// <summary>
/// Writes a warp program: hands out registers and labels, folds constant index arithmetic, and keeps the structured control (conditions, loops) that every lowering uses.
/// Indices are unsigned 32-bit numbers, addresses 64-bit ones (global) or 32-bit ones (shared).
/// </summary>
internal sealed class WarpBuilder
{
    /// <summary>What stands at the head of a loop that the assembler must not unroll.</summary>
    public const string NoUnroll = ".pragma \"nounroll\"";

    private readonly List<WarpOp> _body = [];
    private readonly int[] _registers = new int[5];
    private readonly List<PtxParameter> _parameters = [];
    private int _labels;
    private string? _version;

    /// <summary>The register that guards every instruction written now; empty for none.</summary>
    private string _guard = "";

    public Register New(RegisterKind kind) => new(kind, ++_registers[(int)kind]);

    public Register B32() => New(RegisterKind.B32);

    public Register F32() => New(RegisterKind.F32);

    public Register B64() => New(RegisterKind.B64);

    public Register[] B32(int count) => Enumerable.Range(0, count).Select(_ => B32()).ToArray();

    /// <summary>Instructions that follow need a later PTX version than the target's.</summary>
    public void Require(string? version) => _version = version;

    public WarpProgram Build(string entry, PtxTarget target, int threads, int sharedBytes) =>
        new(entry, _version is null ? target : target with { Version = _version }, _parameters.ToArray(), threads, sharedBytes, (int[])_registers.Clone(), _body.ToArray());

    public void Comment(string text) => _body.Add(new WarpOp.Comment(text));

    public string NewLabel(string name) => "$" + name + (++_labels).ToString(CultureInfo.InvariantCulture);

    public void Label(string label) => _body.Add(new WarpOp.Label(label));

    /// <summary>Writes an instruction; operands are registers, values, numbers or text.</summary>
    public void Emit(string opcode, params object[] operands) => _body.Add(new WarpOp.Instruction(opcode, string.Join(", ", operands.Select(Text)), _guard));

    /// <summary>Writes instructions that only the threads run whose predicate holds. For a few instructions without results; longer ones belong in <see cref="If"/>.</summary>
    public void Guarded(Register? predicate, Action body, bool negated = false)
    {
        if (predicate is not { } p)
        {
            body();
            return;
        }
        string outer = _guard;
        if (outer.Length > 0) throw new InvalidOperationException("Guards do not nest.");
        _guard = (negated ? "!" : "") + p;
        body();
        _guard = outer;
    }

    /// <summary>Writes what a guarded instruction needs before it, for every thread.</summary>
    public T WithoutGuard<T>(Func<T> body)
    {
        string outer = _guard;
        _guard = "";
        T result = body();
        _guard = outer;
        return result;
    }

    /// <summary>Declares a parameter and loads it.</summary>
    public Register Parameter(string name, PtxParameterKind kind)
    {
        _parameters.Add(new PtxParameter(name, kind));
        switch (kind)
        {
            case PtxParameterKind.Address:
                Register generic = B64(), address = B64();
                Emit("ld.param.u64", generic, $"[{name}]");
                Emit("cvta.to.global.u64", address, generic);
                return address;
            case PtxParameterKind.Size:
                Register size = B32();
                Emit("ld.param.u32", size, $"[{name}]");
                return size;
            case PtxParameterKind.Single:
                Register single = F32();
                Emit("ld.param.f32", single, $"[{name}]");
                return single;
            default:
                throw new ArgumentException($"Parameter '{name}' is a {kind}.", nameof(kind));
        }
    }

    /// <summary>Declares a tensor map as a parameter, under the name of its buffer, and gives its generic address.</summary>
    public Register TensorMap(TensorMapPlan map)
    {
        _parameters.Add(new PtxParameter(map.Buffer, PtxParameterKind.TensorMap) { Map = map });
        Register address = B64();
        Emit("mov.b64", address, map.Buffer);
        Register generic = B64();
        Emit("cvta.param.u64", generic, address);
        return generic;
    }

    public Register Special(string name)
    {
        Register register = B32();
        Emit("mov.u32", register, name);
        return register;
    }

    public Register Move(Value value)
    {
        Register register = B32();
        Emit("mov.u32", register, value);
        return register;
    }

    /// <summary>The value in a register of its own, to be changed in a loop.</summary>
    public Register Variable(Value value) => Move(value);

    public Register InRegister(Value value) => value.Register ?? Move(value);

    public Value Add(Value a, Value b) =>
        a.IsConstant && b.IsConstant ? a.Constant + b.Constant : a.Is(0) ? b : b.Is(0) ? a : Binary("add.u32", a, b, commutes: true);

    public Value Subtract(Value a, Value b) =>
        a.IsConstant && b.IsConstant ? a.Constant - b.Constant : b.Is(0) ? a : Binary("sub.u32", a, b);

    public Value Multiply(Value a, Value b)
    {
        if (a.IsConstant && b.IsConstant) return a.Constant * b.Constant;
        if (a.Is(0) || b.Is(0)) return 0;
        if (a.Is(1)) return b;
        if (b.Is(1)) return a;
        if (b.IsConstant && Shift(b.Constant) is { } shift) return Binary("shl.b32", a, shift);
        if (a.IsConstant && Shift(a.Constant) is { } left) return Binary("shl.b32", b, left);
        return Binary("mul.lo.u32", a, b, commutes: true);
    }

    public Value Divide(Value a, Value b)
    {
        if (a.IsConstant && b.IsConstant) return a.Constant / b.Constant;
        if (b.Is(1)) return a;
        if (b.IsConstant && Shift(b.Constant) is { } shift) return Binary("shr.u32", a, shift);
        return Binary("div.u32", a, b);
    }

    public Value Modulo(Value a, Value b)
    {
        if (a.IsConstant && b.IsConstant) return a.Constant % b.Constant;
        if (b.Is(1)) return 0;
        if (b.IsConstant && Shift(b.Constant) is not null) return Binary("and.b32", a, b.Constant - 1);
        return Binary("rem.u32", a, b);
    }

    public Value Min(Value a, Value b) => a.IsConstant && b.IsConstant ? Math.Min(a.Constant, b.Constant) : Binary("min.u32", a, b, commutes: true);

    public Value Max(Value a, Value b) => a.IsConstant && b.IsConstant ? Math.Max(a.Constant, b.Constant) : Binary("max.u32", a, b, commutes: true);

    public Value And(Value a, Value b) => a.IsConstant && b.IsConstant ? a.Constant & b.Constant : Binary("and.b32", a, b, commutes: true);

    public Value Or(Value a, Value b) => a.IsConstant && b.IsConstant ? a.Constant | b.Constant : a.Is(0) ? b : b.Is(0) ? a : Binary("or.b32", a, b, commutes: true);

    public Value Xor(Value a, Value b) => a.IsConstant && b.IsConstant ? a.Constant ^ b.Constant : a.Is(0) ? b : b.Is(0) ? a : Binary("xor.b32", a, b, commutes: true);

    public Value ShiftLeft(Value a, int bits) => bits == 0 ? a : a.IsConstant ? a.Constant << bits : Binary("shl.b32", a, bits);

    public Value ShiftRight(Value a, int bits) => bits == 0 ? a : a.IsConstant ? a.Constant >> bits : Binary("shr.u32", a, bits);

    /// <summary>base + offset bytes, 64 bits; the offset is unsigned.</summary>
    public Register Address(Register @base, Value byteOffset)
    {
        if (byteOffset.Is(0)) return @base;
        Register address = B64();
        if (byteOffset.IsConstant) Emit("add.u64", address, @base, byteOffset);
        else Emit("mad.wide.u32", address, byteOffset, 1, @base);
        return address;
    }

    /// <summary>base + count·stride bytes, 64 bits, where the product may need more than 32.</summary>
    public Register Address(Register @base, Value count, Value strideBytes)
    {
        if (count.IsConstant && strideBytes.IsConstant) return Address(@base, count.Constant * strideBytes.Constant);
        if (count.Is(0) || strideBytes.Is(0)) return @base;
        Register address = B64();
        // The instruction takes one constant at most, on the right.
        (Value left, Value right) = count.IsConstant ? (strideBytes, count) : (count, strideBytes);
        Emit("mad.wide.u32", address, left, right, @base);
        return address;
    }

    /// <summary>The address as generated code writes it.</summary>
    public static string At(Register address, long offset = 0) =>
        offset == 0 ? $"[{address}]" : offset > 0 ? $"[{address}+{offset.ToString(CultureInfo.InvariantCulture)}]" : $"[{address}{offset.ToString(CultureInfo.InvariantCulture)}]";

    /// <summary>A vector operand.</summary>
    public static string Vector(IEnumerable<Register> registers) => "{" + string.Join(", ", registers) + "}";

    /// <summary>A relation as <see cref="Compare"/> takes it.</summary>
    public static string Name(Relation relation) => relation switch
    {
        Relation.Equal => "eq",
        Relation.NotEqual => "ne",
        Relation.Less => "lt",
        Relation.LessOrEqual => "le",
        Relation.Greater => "gt",
        _ => "ge",
    };

    /// <summary>left relation right, unsigned; null when it is known to hold.</summary>
    public Register Compare(string relation, Value left, Value right, string type = "u32")
    {
        Register predicate = New(RegisterKind.Predicate);
        Emit($"setp.{relation}.{type}", predicate, InRegister(left), right);
        return predicate;
    }

    public Register Both(Register a, Register b)
    {
        Register predicate = New(RegisterKind.Predicate);
        Emit("and.pred", predicate, a, b);
        return predicate;
    }

    public void If(Register predicate, Action then)
    {
        string end = NewLabel("endif");
        Guarded(predicate, () => Emit("bra", end), negated: true);
        then();
        Label(end);
    }

    /// <summary>A loop that tests before its body: counts a variable up to a bound that all threads of a warp may differ in.</summary>
    /// <param name="name">What it counts, for the labels.</param>
    /// <param name="variable">The variable, at its first value.</param>
    /// <param name="end">Where it ends.</param>
    /// <param name="step">Its step.</param>
    /// <param name="body">Writes the body.</param>
    /// <param name="asWritten">The assembler must not unroll it: the body is, as far as the registers go.</param>
    public void For(string name, Register variable, Value end, Value step, Action body, bool asWritten = false)
    {
        string head = NewLabel(name), exit = NewLabel(name + "_end");
        Guarded(Compare("ge", variable, end), () => Emit("bra", exit));
        Label(head);
        if (asWritten) Emit(NoUnroll);
        body();
        Emit("add.u32", variable, variable, step);
        Guarded(Compare("lt", variable, end), () => Emit("bra", head));
        Label(exit);
    }

    public void Barrier() => Emit("bar.sync", 0);

    private Value Binary(string opcode, Value a, Value b, bool commutes = false)
    {
        if (commutes && a.IsConstant) (a, b) = (b, a);
        Register result = B32();
        Emit(opcode, result, InRegister(a), b);
        return result;
    }

    private static int? Shift(long value)
    {
        if (value <= 0 || (value & (value - 1)) != 0) return null;
        int shift = 0;
        while (1L << shift < value) shift++;
        return shift;
    }

    private static string Text(object operand) => operand switch
    {
        string text => text,
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => operand.ToString()!,
    };
}
