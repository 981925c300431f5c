using Intarsia.Compiler.Tiles;

namespace Intarsia.Compiler.Backends.Ptx;

/// <summary>
/// The unary and binary TPPs in PTX. Functions are the same polynomials as on CPUs, of fused multiply-adds: hardware approximations of exp and tanh are too coarse for the bound that
/// kernels promise. Absolute error of the probability (the factor of x) of an activation is below 1.2e-7; NaN gives NaN.
/// </summary>
internal static class TppMath
{
    public static Register Map(WarpBuilder w, MapOp op, Register x, double argument, ElementType target)
    {
        var m = new SingleMath(w);
        if (op == MapOp.RoundSaturate) return RoundSaturate(w, x, target);
        if (op == MapOp.Copy) return x.Kind == RegisterKind.F32 && !Elements.IsFloat(target) ? Truncate(w, x) : x;
        if (x.Kind != RegisterKind.F32) return op switch
        {
            MapOp.Relu => m.Integer("max.s32", x, "0"),
            MapOp.Negate => m.Integer("sub.s32", m.IntegerConstant(0), x),
            _ => throw new NotSupportedException($"{op} of integers has no PTX."),
        };
        return op switch
        {
            MapOp.Negate => m.Unary("neg.f32", x),
            MapOp.Abs => m.Unary("abs.f32", x),
            MapOp.Square => m.Multiply(x, x),
            MapOp.Sqrt => m.Unary("sqrt.rn.f32", x),
            MapOp.Reciprocal => m.Divide(m.Constant(1), x),
            MapOp.ReciprocalSqrt => m.Divide(m.Constant(1), m.Unary("sqrt.rn.f32", x)),
            MapOp.Exp => m.Exp(x),
            MapOp.Sigmoid => m.Sigmoid(x),
            MapOp.Silu => m.Multiply(x, m.Sigmoid(x)),
            MapOp.Tanh => m.Tanh(x),
            MapOp.Gelu => m.Gelu(x),
            MapOp.GeluTanh => m.GeluTanh(x),
            MapOp.Relu => m.Relu(x),
            MapOp.Scale => m.Multiply(x, m.Constant((float)argument)),
            MapOp.Offset => m.Add(x, m.Constant((float)argument)),
            _ => throw new NotSupportedException($"{op} has no PTX."),
        };
    }

    public static Register Zip(WarpBuilder w, ZipOp op, Register left, Register right, bool single)
    {
        string opcode = (op, single) switch
        {
            (ZipOp.Add, true) => "add.rn.f32",
            (ZipOp.Subtract, true) => "sub.rn.f32",
            (ZipOp.Multiply, true) => "mul.rn.f32",
            (ZipOp.Divide, true) => "div.rn.f32",
            (ZipOp.Max, true) => "max.NaN.f32",
            (ZipOp.Min, true) => "min.NaN.f32",
            (ZipOp.Add, false) => "add.s32",
            (ZipOp.Subtract, false) => "sub.s32",
            (ZipOp.Multiply, false) => "mul.lo.s32",
            (ZipOp.Max, false) => "max.s32",
            (ZipOp.Min, false) => "min.s32",
            _ => throw new NotSupportedException($"{op} has no PTX."),
        };
        Register result = single ? w.F32() : w.B32();
        w.Emit(opcode, result, left, right);
        return result;
    }

    /// <summary>condition &gt; 0 ? left : right.</summary>
    public static Register Select(WarpBuilder w, Register condition, Register left, Register right)
    {
        bool isFloat = condition.Kind == RegisterKind.F32;
        Register predicate = w.New(RegisterKind.Predicate), result = w.New(left.Kind);
        w.Emit(isFloat ? "setp.gt.f32" : "setp.gt.s32", predicate, condition, isFloat ? Elements.Constant(0) : "0");
        w.Emit(left.Kind == RegisterKind.F32 ? "selp.f32" : "selp.b32", result, left, right, predicate);
        return result;
    }

    /// <summary>Rounds half to even and saturates; NaN gives 0, as cvt does.</summary>
    private static Register RoundSaturate(WarpBuilder w, Register x, ElementType target)
    {
        (int least, int most) = target switch
        {
            ElementType.S8 => (-128, 127),
            ElementType.U8 => (0, 255),
            ElementType.S16 => (-32768, 32767),
            _ => (int.MinValue, int.MaxValue),
        };
        Register rounded = w.B32();
        w.Emit("cvt.rni.s32.f32", rounded, x);
        if (least == int.MinValue) return rounded;
        Register low = w.B32(), high = w.B32();
        w.Emit("max.s32", low, rounded, least);
        w.Emit("min.s32", high, low, most);
        return high;
    }

    private static Register Truncate(WarpBuilder w, Register x)
    {
        Register result = w.B32();
        w.Emit("cvt.rzi.s32.f32", result, x);
        return result;
    }
}
