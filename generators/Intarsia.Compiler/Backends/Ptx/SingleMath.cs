namespace Intarsia.Compiler.Backends.Ptx;

/// <summary>Functions of binary32 numbers as PTX: exponential, error function and what is made of them.</summary>
internal sealed class SingleMath(WarpBuilder w)
{
    /// <summary>The error function up to 1: a polynomial in 2x² − 1, highest power first.</summary>
    private static readonly float[] ErfNear = [-7.55237952e-08f, 1.23163959e-06f, -1.75369142e-05f, 0.000217511991f, -0.00228548561f, 0.0198524977f, -0.140536089f, 0.965468739f];

    /// <summary>−log(1 − erf(x)) from 1 to 4: a polynomial in (x − 2.5)/1.5.</summary>
    private static readonly float[] ErfFar =
        [2.211287e-06f, 2.5428875e-06f, -4.68955813e-05f, 0.000221681939f, -0.000876732226f, 0.00319476389f, -0.0109628526f, 0.036646303f, 2.12376091f, 8.02902111f, 7.80681527f];

    /// <summary>e^r on |r| ≤ ln 2 / 2, from the third power down (Cephes expf).</summary>
    private static readonly float[] ExpTail = [1.9875691500e-4f, 1.3981999507e-3f, 8.3334519073e-3f, 4.1665795894e-2f, 1.6666665459e-1f, 5.0000001201e-1f];

    public Register Constant(float value)
    {
        Register register = w.F32();
        w.Emit("mov.f32", register, Elements.Constant(value));
        return register;
    }

    public Register IntegerConstant(int value) => w.Move(value);

    public Register Integer(string opcode, Register a, object b)
    {
        Register result = w.B32();
        w.Emit(opcode, result, a, b);
        return result;
    }

    public Register Unary(string opcode, Register x)
    {
        Register result = w.F32();
        w.Emit(opcode, result, x);
        return result;
    }

    public Register Add(Register a, object b) => Binary("add.rn.f32", a, b);

    public Register Multiply(Register a, object b) => Binary("mul.rn.f32", a, b);

    public Register Divide(Register a, object b) => Binary("div.rn.f32", a, b);

    public Register MultiplyAdd(object a, object b, object c)
    {
        Register result = w.F32();
        w.Emit("fma.rn.f32", result, Text(a), Text(b), Text(c));
        return result;
    }

    public Register Relu(Register x) => Binary("max.NaN.f32", x, 0f);

    public Register Gelu(Register x)
    {
        Register half = Multiply(x, 0.5f);
        return MultiplyAdd(half, Erf(Multiply(x, 0.70710678f)), half);
    }

    /// <summary>x·sigmoid of twice the argument of the tanh: one exponential, no cancellation.</summary>
    public Register GeluTanh(Register x)
    {
        Register cubic = MultiplyAdd(Multiply(x, x), 2f * 0.7978845608f * 0.044715f, 2f * 0.7978845608f);
        return Multiply(x, Sigmoid(Multiply(x, cubic)));
    }

    public Register Sigmoid(Register x) => Divide(Constant(1), Add(Exp(Unary("neg.f32", x)), 1f));

    /// <summary>2·sigmoid(2x) − 1; near 0, where that would cancel, x − x³/3 + 2x⁵/15.</summary>
    public Register Tanh(Register x)
    {
        Register far = MultiplyAdd(Sigmoid(Multiply(x, 2f)), 2f, -1f);
        Register square = Multiply(x, x);
        Register near = MultiplyAdd(Multiply(MultiplyAdd(square, 2f / 15, -1f / 3), square), x, x);
        return SelectLess(Unary("abs.f32", x), 0.1f, near, far);
    }

    /// <summary>e^x, clamped to the normal range: below e^−87 it is e^−87, above e^88 it is e^88.</summary>
    public Register Exp(Register x)
    {
        Register clamped = Binary("max.NaN.f32", Binary("min.NaN.f32", x, 88f), -87f);
        Register n = Unary("cvt.rni.f32.f32", Multiply(clamped, 1.44269504f));
        // Cody and Waite: ln 2 in two parts, the first exact in n·c.
        Register r = MultiplyAdd(n, 2.12194440e-4f, MultiplyAdd(n, -0.693359375f, clamped));
        Register p = Add(MultiplyAdd(Polynomial(ExpTail, r), Multiply(r, r), r), 1f);
        Register exponent = w.B32(), scale = w.F32();
        w.Emit("cvt.rni.s32.f32", exponent, n);
        Register biased = Integer("add.s32", exponent, 127), bits = Integer("shl.b32", biased, 23);
        w.Emit("mov.b32", scale, bits);
        return Multiply(p, scale);
    }

    public Register Erf(Register x)
    {
        Register t = Binary("min.NaN.f32", Unary("abs.f32", x), 4f);
        Register near = Multiply(Polynomial(ErfNear, MultiplyAdd(Multiply(t, 2f), t, -1f)), t);
        Register log = Polynomial(ErfFar, Multiply(Add(t, -2.5f), 1f / 1.5f));
        Register far = Add(Unary("neg.f32", Exp(Unary("neg.f32", log))), 1f);
        Register result = w.F32();
        w.Emit("copysign.f32", result, x, SelectLess(t, 1f, near, far));
        return result;
    }

    private Register Polynomial(float[] coefficients, Register x)
    {
        Register p = Constant(coefficients[0]);
        foreach (float coefficient in coefficients.Skip(1)) p = MultiplyAdd(p, x, coefficient);
        return p;
    }

    private Register SelectLess(Register x, float limit, Register less, Register otherwise)
    {
        Register predicate = w.New(RegisterKind.Predicate), result = w.F32();
        w.Emit("setp.lt.f32", predicate, x, Elements.Constant(limit));
        w.Emit("selp.f32", result, less, otherwise, predicate);
        return result;
    }

    private Register Binary(string opcode, Register a, object b)
    {
        Register result = w.F32();
        w.Emit(opcode, result, a, Text(b));
        return result;
    }

    private static object Text(object operand) => operand is float value ? Elements.Constant(value) : operand;
}
