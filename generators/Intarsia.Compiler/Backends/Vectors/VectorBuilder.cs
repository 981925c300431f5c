using Intarsia.Compiler.Tiles;

namespace Intarsia.Compiler.Backends.Vectors;

/// <summary>Collects the operations of a vector program and numbers its registers.</summary>
internal sealed class VectorBuilder
{
    private readonly List<VectorOp> _prologue = [];
    private List<VectorOp> _body = [];
    private int _scalars;
    private int _vectors;
    private int _masks;

    public Scalar NewScalar() => new(_scalars++);

    public Vector NewVector() => new(_vectors++);

    public LaneMask NewMask() => new(_masks++);

    /// <summary>The operations, those that belong ahead of everything first.</summary>
    public EquatableArray<VectorOp> Build() => _prologue.Concat(_body).ToArray();

    public void Add(VectorOp op) => _body.Add(op);

    /// <summary>Writes operations that depend on parameters alone ahead of everything, so that no loop repeats them.</summary>
    public T Ahead<T>(Func<T> write)
    {
        List<VectorOp> body = _body;
        _body = _prologue;
        T result = write();
        _body = body;
        return result;
    }

    /// <summary>The operations that <paramref name="write"/> adds, as a body of their own.</summary>
    public EquatableArray<VectorOp> Body(Action write)
    {
        List<VectorOp> body = _body;
        _body = [];
        write();
        VectorOp[] written = [.. _body];
        _body = body;
        return written;
    }

    public void If(ScalarOperand left, Relation relation, ScalarOperand right, Action then, Action? otherwise = null) =>
        Add(new VectorOp.If(new ScalarCondition(left, relation, right), Body(then), otherwise is null ? default : Body(otherwise)));

    public void Loop(Action body, ScalarOperand left, Relation relation, ScalarOperand right, bool hot = false) =>
        Add(new VectorOp.Loop(Body(body), new ScalarCondition(left, relation, right)) { IsHot = hot });

    /// <summary>Runs a body for the values of a variable from one number up to another, in steps; not at all where there are none.</summary>
    public void Count(Scalar variable, ScalarOperand begin, ScalarOperand end, ScalarOperand step, Action body)
    {
        Set(variable, begin);
        If(variable, Relation.Less, end, () => Loop(() =>
        {
            body();
            Increase(variable, step);
        }, variable, Relation.Less, end));
    }

    public void Set(Scalar to, ScalarOperand value) => Add(new VectorOp.Compute(to, ScalarOperation.Move, value, 0));

    public void Increase(Scalar to, ScalarOperand value) => Add(new VectorOp.Compute(to, ScalarOperation.Add, to, value));

    /// <summary>left op right in a register of its own, or a constant where both are.</summary>
    public ScalarOperand Compute(ScalarOperation op, ScalarOperand left, ScalarOperand right)
    {
        if (left.Register is null && right.Register is null) return Fold(op, left.Value, right.Value);
        if (op == ScalarOperation.Add && right is { Register: null, Value: 0 }) return left;
        if (op == ScalarOperation.Add && left is { Register: null, Value: 0 }) return right;
        if (op == ScalarOperation.Multiply && right is { Register: null, Value: 1 }) return left;
        Scalar to = NewScalar();
        // A constant stands on the right; the operations that have one on the left otherwise do not commute.
        bool swap = left.Register is null && op is ScalarOperation.Add or ScalarOperation.Multiply or ScalarOperation.Min or ScalarOperation.Max;
        Add(swap ? new VectorOp.Compute(to, op, right, left) : new VectorOp.Compute(to, op, left, right));
        return to;
    }

    /// <summary>A value in a register that nothing else writes.</summary>
    public Scalar Copy(ScalarOperand value)
    {
        Scalar to = NewScalar();
        Set(to, value);
        return to;
    }

    private static long Fold(ScalarOperation op, long left, long right) => op switch
    {
        ScalarOperation.Add => left + right,
        ScalarOperation.Subtract => left - right,
        ScalarOperation.Multiply => left * right,
        ScalarOperation.Min => Math.Min(left, right),
        ScalarOperation.Max => Math.Max(left, right),
        ScalarOperation.FloorDivide => left / right,
        _ => left,
    };
}
