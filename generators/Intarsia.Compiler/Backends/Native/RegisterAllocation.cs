using Intarsia.Compiler.Backends.Vectors;

namespace Intarsia.Compiler.Backends.Native;

/// <summary>
/// Gives the registers of a vector program places in a processor. A register lives from where it is first written to where it is last read, and to the end of every loop that it enters from
/// outside; the places of the most used, uses in loops counting more, are chosen first. Scalars that find no register live in memory; vectors and masks must find one, because the planner chose
/// the tile by their number.
/// </summary>
internal sealed class RegisterAllocation
{
    private const double LoopWeight = 8;

    private readonly Dictionary<object, Interval> _intervals = [];
    private readonly List<(int Begin, int End)> _loops = [];
    private readonly Dictionary<object, int> _places = [];
    private int _at;

    public RegisterAllocation(VectorProgram program, int scalars, int vectors, int masks)
    {
        foreach (VectorParameter parameter in program.Parameters) Use(parameter.Register, 1);
        _at++;
        Visit(program.Body, 1);

        // Inner loops were left first, so that what enters an inner loop is carried to the end of the outer one, too.
        foreach ((int begin, int end) in _loops)
            foreach (Interval interval in _intervals.Values)
                if (interval.Begin < begin && interval.End > begin && interval.End < end) interval.End = end;
        Spilled = Place<Scalar>(scalars);
        if (Place<Vector>(vectors) > 0) throw new InvalidOperationException($"'{program.Name}' needs more than {VectorPrinter.Number(vectors)} vector registers.");
        if (Place<LaneMask>(masks) > 0) throw new InvalidOperationException($"'{program.Name}' needs more than {VectorPrinter.Number(masks)} mask registers.");
    }

    /// <summary>Scalars that live in memory.</summary>
    public int Spilled { get; }

    /// <summary>The place of a register, from 0; −1, −2, … are places in memory.</summary>
    public int Of(object register) => _places[register];

    /// <summary>The places of scalars that are registers.</summary>
    public IEnumerable<int> ScalarPlaces => _places.Where(p => p.Key is Scalar && p.Value >= 0).Select(p => p.Value).Distinct();

    private int Place<T>(int count)
    {
        var taken = new List<Interval>[count];
        for (int i = 0; i < count; i++) taken[i] = [];
        int spilled = 0;
        foreach ((object register, Interval interval) in _intervals.Where(p => p.Key is T).Select(p => (p.Key, p.Value)).OrderByDescending(p => p.Value.Weight).ThenBy(p => p.Value.Begin).ThenBy(p => p.Value.Order))
        {
            int place = Array.FindIndex(taken, others => !others.Any(interval.Overlaps));
            if (place >= 0) taken[place].Add(interval);
            _places.Add(register, place >= 0 ? place : -++spilled);
        }
        return spilled;
    }

    private void Visit(IEnumerable<VectorOp> body, double weight)
    {
        foreach (VectorOp op in body)
        {
            switch (op)
            {
                case VectorOp.Compute o:
                    Touch(o.Left, weight);
                    if (o.Operation != ScalarOperation.Move) Touch(o.Right, weight);
                    Use(o.To, weight);
                    break;
                case VectorOp.If o:
                    Touch(o.Condition, weight);
                    _at++;
                    Visit(o.Then, weight);
                    Visit(o.Else, weight);
                    break;
                case VectorOp.Loop o:
                    int begin = _at++;
                    Visit(o.Body, weight * LoopWeight);
                    Touch(o.While, weight * LoopWeight);
                    _loops.Add((begin, ++_at));
                    break;
                case VectorOp.FirstLanes o:
                    Touch(o.Count, weight);
                    Use(o.To, weight);
                    break;
                case VectorOp.ReadInt32 o:
                    Touch(o.From, weight);
                    Use(o.To, weight);
                    break;
                case VectorOp.Load o:
                    Touch(o.From, weight);
                    if (o.Mask is not null) Use(o.Mask, weight);
                    Use(o.To, weight);
                    break;
                case VectorOp.Broadcast o:
                    Touch(o.From, weight);
                    Use(o.To, weight);
                    break;
                case VectorOp.Store o:
                    Touch(o.To, weight);
                    if (o.Mask is not null) Use(o.Mask, weight);
                    Use(o.From, weight);
                    break;
                case VectorOp.Constant o:
                    Use(o.To, weight);
                    break;
                case VectorOp.Prefetch o:
                    Touch(o.At, weight);
                    break;
                case VectorOp.Apply o:
                    foreach (Vector source in o.From) Use(source, weight);
                    Use(o.To, weight);
                    break;
            }
            _at++;
        }
    }

    private void Touch(ScalarCondition condition, double weight)
    {
        Touch(condition.Left, weight);
        Touch(condition.Right, weight);
    }

    private void Touch(ScalarOperand operand, double weight)
    {
        if (operand.Register is { } register) Use(register, weight);
    }

    private void Touch(Address address, double weight)
    {
        Use(address.Base, weight);
        if (address.Index is { } index) Use(index, weight);
    }

    private void Use(object register, double weight)
    {
        if (!_intervals.TryGetValue(register, out Interval? interval)) _intervals.Add(register, interval = new Interval { Begin = _at, End = _at + 1, Order = _intervals.Count });
        // What is only written must not share its place with what is read by the next operation.
        interval.End = Math.Max(interval.End, _at);
        interval.Weight += weight;
    }

    private sealed class Interval
    {
        public int Begin { get; set; }

        public int End { get; set; }

        public int Order { get; set; }

        public double Weight { get; set; }

        public bool Overlaps(Interval other) => Begin < other.End && other.Begin < End;
    }
}
