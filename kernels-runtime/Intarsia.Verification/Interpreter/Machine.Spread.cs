using Intarsia.Compiler.Tiles;

namespace Intarsia.Verification.Interpreter;

/// <content>
/// Spreads. The interpreter runs the rectangles one after another, the last one first, on working memory that it forgets before each, and lets no rectangle touch what another stores: a program that passes may run them
/// at the same time. Three parts each way (fewer where there are fewer grains) are as good as any other number: they have a first, a last and one that is neither.
/// </content>
internal sealed partial class Machine
{
    private const int SpreadParts = 3;

    /// <summary>Which part of the inner spread the rectangle that runs is to take; null outside a spread.</summary>
    private int? _innerPart;

    private void Spread(Statement.Spread s)
    {
        if (s.Grain < 1) throw Fail($"The spread over '{s.First}' has grain {s.Grain}.");
        long extent = Evaluate(s.Extent);
        if (_innerPart is { } inner)
        {
            if (HoldsSpread(s.Body)) throw Fail("Spreads nest two deep at most.");
            RunPart(s, extent, inner);
            return;
        }
        if (_part != 0) throw Fail("A part is not spread.");
        bool nested = HoldsSpread(s.Body);
        for (int outer = SpreadParts - 1; outer >= 0; outer--)
        {
            for (int part = nested ? SpreadParts - 1 : 0; part >= 0; part--)
            {
                ForgetScratch();
                _innerPart = part;
                _part = 1 + outer * SpreadParts + part;
                RunPart(s, extent, outer);
                _part = 0;
                _innerPart = null;
            }
        }
        ForgetScratch();
        foreach (BufferData buffer in _buffers.Values) buffer.ClearOwners();
    }

    private void RunPart(Statement.Spread s, long extent, int part)
    {
        long share = (extent + s.Grain * SpreadParts - 1) / (s.Grain * SpreadParts) * s.Grain, first = part * share, last = Math.Min(first + share, extent);
        if (first >= last) return;
        Bind(s.First, first);
        Bind(s.Last, last);
        _loops++;
        Execute(s.Body);
        _loops--;
        _variables.Remove(s.First);
        _variables.Remove(s.Last);
    }

    private void ForgetScratch()
    {
        foreach (TileData tile in _tiles.Values) tile.IsWritten = false;
        foreach (BufferData buffer in _buffers.Values)
        {
            if (buffer.Declaration.Role != BufferRole.Scratch) continue;
            buffer.Forget();
            buffer.ClearOwners();
        }
    }

    private static bool HoldsSpread(IEnumerable<Statement> statements) => statements.Any(statement => statement switch
    {
        Statement.Spread => true,
        Statement.For s => HoldsSpread(s.Body),
        Statement.Phase s => HoldsSpread(s.Body),
        Statement.If s => HoldsSpread(s.Then) || HoldsSpread(s.Else),
        Statement.Block s => HoldsSpread(s.Body),
        _ => false,
    });
}
