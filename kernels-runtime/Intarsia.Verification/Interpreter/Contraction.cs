using System.Numerics;
using Intarsia.Compiler.Tiles;

namespace Intarsia.Verification.Interpreter;

/// <summary>acc += a·b, as the unit named by the statement computes it.</summary>
internal sealed partial class Machine
{
    private void Contract(Statement.Contract s)
    {
        TileData accumulator = ReadTile(s.Accumulator), a = ReadTile(s.A), b = ReadTile(s.B);
        if (s.Via == ContractVia.Table)
        {
            ContractTable(s, accumulator, a, b);
            WriteTile(s.Accumulator);
            return;
        }
        Operand left = new(a, s.TransposedA), right = new(b, !s.TransposedB);
        (int batch, int rows, int columns) = AsMatrices(accumulator);
        // Both operands are seen as [outer, depth]: b turned, so that its depth runs along the second dimension, too.
        if (left.Outer != rows || right.Outer != columns || left.Depth != right.Depth || (left.Batch != batch && left.Batch != 1) || (right.Batch != batch && right.Batch != 1))
            throw Fail($"'{a.Name}' {a.ShapeText}{(s.TransposedA ? "^T" : "")} times '{b.Name}' {b.ShapeText}{(s.TransposedB ? "^T" : "")} does not give '{accumulator.Name}' {accumulator.ShapeText}.");
        CheckTypes(s.Via, s.Times, accumulator, a, b, left.Depth);

        int at = 0;
        for (int n = 0; n < batch; n++)
            for (int row = 0; row < rows; row++)
                for (int column = 0; column < columns; column++, at++)
                    Accumulate(s.Via, s.Times, accumulator, at, a, left.At(n, row), left.Step, b, right.At(n, column), right.Step, left.Depth);
        WriteTile(s.Accumulator);
    }

    /// <summary>How to walk an operand along the depth.</summary>
    private readonly struct Operand
    {
        private readonly int _outerStep;
        private readonly int _batchStep;

        public Operand(TileData tile, bool depthFirst)
        {
            (int batch, int rows, int columns) = AsMatrices(tile);
            Batch = batch;
            Outer = depthFirst ? columns : rows;
            Depth = depthFirst ? rows : columns;
            Step = depthFirst ? columns : 1;
            _outerStep = depthFirst ? 1 : columns;
            _batchStep = batch == 1 ? 0 : rows * columns;
        }

        public int Batch { get; }

        public int Outer { get; }

        public int Depth { get; }

        public int Step { get; }

        public int At(int batch, int outer) => batch * _batchStep + outer * _outerStep;
    }

    private void CheckTypes(ContractVia via, int times, TileData accumulator, TileData a, TileData b, int depth)
    {
        bool integers = a.IsInteger && b.IsInteger && accumulator.IsInteger;
        bool floats = !a.IsInteger && !b.IsInteger && !accumulator.IsInteger;
        bool bytes = (a.Element, b.Element) is (ElementType.U8, ElementType.S8) or (ElementType.S8, ElementType.U8);
        (bool Fits, string Expected) rule = via switch
        {
            ContractVia.Fma => (floats && accumulator.Element is ElementType.F32 or ElementType.F64, "floats into binary32 or binary64"),
            ContractVia.Dot4 or ContractVia.Dot4Narrow => (bytes && accumulator.Element == ElementType.S32 && depth % 4 == 0, "u8 with s8 into s32, in fours"),
            ContractVia.Dot4Signed => (a.Element == ElementType.S8 && b.Element == ElementType.S8 && accumulator.Element == ElementType.S32 && depth % 4 == 0, "s8 into s32, in fours"),
            ContractVia.Dot2 => (a.Element == ElementType.S16 && b.Element == ElementType.S16 && accumulator.Element == ElementType.S32 && depth % 2 == 0, "s16 into s32, in pairs"),
            ContractVia.IntegerMultiplyAdd => (integers, "integers"),
            ContractVia.BitPlanes => (integers && a.Element == b.Element && BitOperations.IsPow2(times), "integers of one type, the words of bit planes, and powers of two"),
            _ => (integers || floats, "floats, or integers"),
        };
        if (!rule.Fits) throw Fail($"{via} takes {rule.Expected}; found {a.Element} and {b.Element} into {accumulator.Element} over a depth of {depth}.");
    }

    private void Accumulate(ContractVia via, int times, TileData accumulator, int at, TileData a, int i, int stepA, TileData b, int j, int stepB, int depth)
    {
        if (via is ContractVia.SparseMma or ContractVia.WarpGroupSparseMma) CheckTwoOfFour(a, i, stepA, depth);
        if (!accumulator.IsInteger)
        {
            double sum = accumulator.Reals![at];
            if (via == ContractVia.Fma && accumulator.Element == ElementType.F32 && a.Element != ElementType.F64 && b.Element != ElementType.F64)
            {
                // Both operands are binary32 numbers already.
                double[] left = a.Reals!, right = b.Reals!;
                float single = (float)sum;
                for (int k = 0; k < depth; k++, i += stepA, j += stepB)
                    if (b.IsPresent is null || b.IsPresent[j]) single = MathF.FusedMultiplyAdd((float)left[i], (float)right[j], single);
                sum = single;
            }
            else if (via == ContractVia.Fma)
            {
                for (int k = 0; k < depth; k++, i += stepA, j += stepB)
                    if (b.IsPresent is null || b.IsPresent[j]) sum = MultiplyAdd(accumulator.Element, a.Reals![i], b.Reals![j], sum);
            }
            else
            {
                // A tensor core states no order: the products are summed in binary64 and rounded once.
                for (int k = 0; k < depth; k++, i += stepA, j += stepB) sum += a.Reals![i] * b.Reals![j];
                sum = accumulator.Element.Round(sum);
            }
            accumulator.Reals[at] = sum;
            return;
        }

        long total = accumulator.Integers![at];
        switch (via)
        {
            case ContractVia.Dot4Narrow:
                for (int k = 0; k < depth; k += 2, i += 2 * stepA, j += 2 * stepB)
                    total += Math.Clamp(a.Integers![i] * b.Integers![j] + a.Integers[i + stepA] * b.Integers[j + stepB], short.MinValue, short.MaxValue);
                break;
            case ContractVia.BitPlanes:
                for (int k = 0; k < depth; k++, i += stepA, j += stepB) total += (long)times * BitOperations.PopCount(a.Element.Pattern(a.Integers![i] & b.Integers![j]));
                break;
            default:
                for (int k = 0; k < depth; k++, i += stepA, j += stepB) total = unchecked(total + a.Integers![i] * b.Integers![j]);
                break;
        }
        accumulator.Integers[at] = accumulator.Element.Wrap(total);
    }

    private void CheckTwoOfFour(TileData a, int i, int step, int depth)
    {
        for (int group = 0; group < depth; group += 4)
        {
            int nonZeros = 0;
            for (int k = group; k < Math.Min(depth, group + 4); k++)
                if (a.Real(i + k * step) != 0) nonZeros++;
            if (nonZeros > 2) throw Fail($"'{a.Name}' has {nonZeros} non-zeros among four; a sparse tensor core takes two.");
        }
    }

    /// <summary>acc[r,c] += Σ_run table[run, code[r,run], c]; or turned, with a table for each line of the accumulators: acc[r,c] += Σ_run table[r, run, code[c,run]].</summary>
    private void ContractTable(Statement.Contract s, TileData accumulator, TileData a, TileData b)
    {
        (TileData codes, TileData table) = s.TransposedB ? (b, a) : (a, b);
        (int batch, int rows, int columns) = AsMatrices(accumulator);
        (int codeBatch, int codeRows, int runs) = AsMatrices(codes);
        int tables = s.TransposedB ? rows : columns, lines = s.TransposedB ? columns : rows;
        bool fits = s.TransposedB
            ? table.Shape.Length == 3 && table.Shape[0] == tables && table.Shape[1] == runs
            : table.Shape.Length is 2 or 3 && table.Shape[0] == runs && table.Size / (runs * table.Shape[1]) == tables;
        if (s.TransposedA || batch != 1 || codeBatch != 1 || codeRows != lines || !fits)
            throw Fail($"Codes '{codes.Name}' {codes.ShapeText} into table '{table.Name}' {table.ShapeText} do not give '{accumulator.Name}' {accumulator.ShapeText}.");
        int entries = table.Shape[s.TransposedB ? 2 : 1];
        for (int line = 0; line < lines; line++)
        {
            for (int run = 0; run < runs; run++)
            {
                long code = IntegerOf(codes, line * runs + run);
                if (code < 0 || code >= entries) throw Fail($"Code {code} lies outside the {entries} entries of table '{table.Name}'.");
                for (int t = 0; t < tables; t++)
                {
                    int at = s.TransposedB ? t * columns + line : line * columns + t;
                    int from = (int)(s.TransposedB ? (t * runs + run) * entries + code : (run * entries + code) * columns + t);
                    if (accumulator.IsInteger) SetInteger(accumulator, at, accumulator.Integers![at] + s.Times * IntegerOf(table, from), wrap: true);
                    else accumulator.Reals![at] = accumulator.Element.Round(accumulator.Reals[at] + table.Real(from));
                }
            }
        }
    }
}
