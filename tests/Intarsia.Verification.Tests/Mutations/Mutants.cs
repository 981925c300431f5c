using Intarsia.Compiler;
using Intarsia.Compiler.Tiles;
using Index = Intarsia.Compiler.Tiles.Index;

namespace Intarsia.Verification.Tests.Mutations;

/// <summary>Every program that differs from a given one by one small mistake: a statement dropped, a loop that stops early, starts late or loses its tail, an index off by one, a wrong operation.</summary>
internal static class Mutants
{
    public static IEnumerable<(string Mistake, TileProgram Program)> Of(TileProgram program) =>
        Variants(program.Body).Select(variant => (variant.Mistake, program with { Body = variant.Body }));

    private static IEnumerable<(string Mistake, EquatableArray<Statement> Body)> Variants(EquatableArray<Statement> body)
    {
        for (int i = 0; i < body.Count; i++)
        {
            yield return ("drop " + Line(body[i]), body.Where((_, at) => at != i).ToArray());
            foreach ((string mistake, Statement replacement) in Variants(body[i]))
            {
                Statement[] changed = [.. body];
                changed[i] = replacement;
                yield return (mistake, changed);
            }
        }
    }

    private static IEnumerable<(string Mistake, Statement Replacement)> Variants(Statement statement)
    {
        string line = Line(statement);
        switch (statement)
        {
            case Statement.For s:
                yield return ("stop early: " + line, s with { End = s.End - s.Step });
                yield return ("start late: " + line, s with { Begin = s.Begin + 1 });
                yield return ("skip the first: " + line, s with { Begin = s.Begin + s.Step });
                if (s.Step is not Index.Const { Value: 1 }) yield return ("drop the tail: " + line, s with { End = s.Begin + Index.FloorDiv(s.End - s.Begin, s.Step) * s.Step });
                foreach ((string mistake, EquatableArray<Statement> body) in Variants(s.Body)) yield return (mistake, s with { Body = body });
                break;
            case Statement.ForNonZero { Source: NonZeros.Operand source } s:
                yield return ("drop the last non-zero: " + line, s with { Source = source with { End = source.End - 1 } });
                yield return ("drop the first non-zero: " + line, s with { Source = source with { Begin = source.Begin + 1 } });
                foreach ((string mistake, EquatableArray<Statement> body) in Variants(s.Body)) yield return (mistake, s with { Body = body });
                break;
            case Statement.Block s:
                foreach ((string mistake, EquatableArray<Statement> body) in Variants(s.Body)) yield return (mistake, s with { Body = body });
                break;
            case Statement.Phase s:
                foreach ((string mistake, EquatableArray<Statement> body) in Variants(s.Body)) yield return (mistake, s with { Body = body });
                break;
            case Statement.Spread s:
                yield return ("stop early: " + line, s with { Extent = s.Extent - 1 });
                foreach ((string mistake, EquatableArray<Statement> body) in Variants(s.Body)) yield return (mistake, s with { Body = body });
                break;
            case Statement.Load s:
                foreach (EquatableArray<Index> at in OffByOne(s.At)) yield return ("off by one: " + line, s with { At = at });
                break;
            case Statement.Store s:
                foreach (EquatableArray<Index> at in OffByOne(s.At)) yield return ("off by one: " + line, s with { At = at });
                break;
            case Statement.Relayout s:
                foreach (EquatableArray<Index> at in OffByOne(s.SourceAt)) yield return ("off by one: " + line, s with { SourceAt = at });
                yield return ("drop a row: " + line, s with { Rows = s.Rows - 1 });
                yield return ("drop a column: " + line, s with { Columns = s.Columns - 1 });
                break;
            case Statement.Let s:
                yield return ("off by one: " + line, s with { Value = s.Value + 1 });
                break;
            case Statement.Zip { Op: ZipOp.Multiply } s:
                yield return ("wrong operation: " + line, s with { Op = ZipOp.Add });
                break;
            case Statement.Zip { Op: ZipOp.Add } s:
                yield return ("wrong operation: " + line, s with { Op = ZipOp.Subtract });
                break;
            case Statement.Fill s:
                yield return ("wrong value: " + line, s with { Value = double.IsFinite(s.Value) ? s.Value + 1 : 0 });
                break;
            case Statement.Zip { Op: ZipOp.Subtract } s:
                yield return ("wrong operation: " + line, s with { Op = ZipOp.Add });
                yield return ("wrong order: " + line, s with { Left = s.Right, Right = s.Left });
                break;
            case Statement.Zip { Op: ZipOp.Max } s:
                yield return ("wrong operation: " + line, s with { Op = ZipOp.Min });
                break;
            case Statement.Map { Op: MapOp.ReciprocalSqrt } s:
                yield return ("wrong operation: " + line, s with { Op = MapOp.Reciprocal });
                break;
            case Statement.Map { Argument: not 0 } s:
                yield return ("wrong argument: " + line, s with { Argument = s.Argument * 2 });
                break;
            case Statement.Select s:
                yield return ("wrong side: " + line, s with { Left = s.Right, Right = s.Left });
                break;
            case Statement.Iota s:
                yield return ("off by one: " + line, s with { Start = s.Start + 1 });
                break;
            case Statement.Reduce s:
                yield return ("forget or keep: " + line, s with { Accumulate = !s.Accumulate });
                break;
        }
    }

    private static IEnumerable<EquatableArray<Index>> OffByOne(EquatableArray<Index> at)
    {
        for (int d = 0; d < at.Count; d++)
        {
            foreach (int by in new[] { 1, -1 })
            {
                Index[] shifted = [.. at];
                shifted[d] += by;
                yield return shifted;
            }
        }
    }

    private static string Line(Statement statement) => TilePrinter.Print(statement).Split('\n')[0];
}
