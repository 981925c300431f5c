using Intarsia.Compiler.Tiles;

namespace Intarsia.Compiler.Backends.Simd;

/// <summary>Loops over non-zeros that do more with each than add a product to registers: columns whose activation is not zero, and the entries of one, each of which has an accumulator of its own in memory.</summary>
internal sealed partial class BlockLowering
{
    /// <summary>Writes such a loop; false where the loop is one over the entries of a row.</summary>
    private bool LowerVisits(Statement.ForNonZero loop)
    {
        switch (loop.Source)
        {
            case NonZeros.RelativeOperand source:
                LowerRelative(loop, source);
                return true;
            case NonZeros.Operand source when !loop.Body.Any(statement => statement is Statement.Contract):
                Use(source.Indices);
                _bound.Add(loop.Position);
                _bound.Add(loop.Coordinate);
                string end = Unique("end");
                _code.Line($"nint {end} = {Text(source.End)};");
                using (_code.Block($"for (nint {loop.Position} = {Text(source.Begin)}; {loop.Position} < {end}; {loop.Position}++)"))
                {
                    _code.Line($"nint {loop.Coordinate} = Unsafe.Add(ref {source.Indices}, {loop.Position});");
                    _code.Line($"if ({loop.Coordinate} < 0) continue;");
                    ScopedTiles(() => LowerAll(loop.Body));
                }
                return true;
            default:
                return false;
        }
    }

    /// <summary>The coordinate is a running sum, a cycle from entry to entry; the branch on a gap that is no entry is all but never taken.</summary>
    private void LowerRelative(Statement.ForNonZero loop, NonZeros.RelativeOperand source)
    {
        Use(source.Gaps);
        _bound.Add(loop.Position);
        _bound.Add(loop.Coordinate);
        string end = Unique("end"), gap = Unique("gap");
        _code.Line($"nint {end} = {Text(source.End)}, {loop.Coordinate} = -1;");
        using (_code.Block($"for (nint {loop.Position} = {Text(source.Begin)}; {loop.Position} < {end}; {loop.Position}++)"))
        {
            _code.Line($"nint {gap} = Unsafe.Add(ref {source.Gaps}, {loop.Position});");
            _code.Line($"{loop.Coordinate} += {gap} + 1;");
            if (source.Skip > 0)
                using (_code.Block($"if ({gap} == {Number(source.Skip)})"))
                {
                    _code.Line($"{loop.Coordinate}--;");
                    _code.Line("continue;");
                }
            ScopedTiles(() => LowerAll(loop.Body));
        }
    }
}
