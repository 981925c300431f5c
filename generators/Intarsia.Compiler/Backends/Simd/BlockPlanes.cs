using Intarsia.Compiler.Text;
using Intarsia.Compiler.Tiles;
using Index = Intarsia.Compiler.Tiles.Index;

namespace Intarsia.Compiler.Backends.Simd;

/// <summary>
/// The innermost loop over words of planes. Each lane of 32 bits is a row; the bits that planes of weights and of activations have in common count 2^level, one for each pair. Where adding is cheaper than counting, words are added as they are,
/// bit by bit: a full adder takes two words of a level and a third that a register keeps from turn to turn, leaves one and carries one to the next level (Harley and Seal; Mula, Kurz and Lemire, Faster Population Counts, 2018),
/// so that pairs of planes of all levels run through one tree, and few words are left to be counted.
/// </summary>
internal sealed partial class BlockLowering
{
    /// <summary>Words whose counts of bits a byte holds.</summary>
    private const int WordsOfByte = 31;

    /// <summary>What a vector costs, in instructions: a full adder, a half one, the counts of its bytes and adding them, and bringing a sum of those to the accumulators.</summary>
    private (int FullAdder, int HalfAdder, int Count, int Widen) PlaneCosts => (_isa.Bits, _suffix) switch
    {
        (512, _) => (2, 2, 7, 4),
        (256, _) => (5, 2, 7, 4),
        // Arm counts the bits of bytes; a scalar those of its word.
        (128, "arm") or (32, _) => (5, 2, 2, 4),
        _ => (5, 2, 11, 8),
    };

    private void LowerBitPlanes(Statement.For loop)
    {
        if (loop.Begin is not Index.Const { Value: 0 }) throw new InvalidOperationException("A loop over words begins at 0.");
        var turn = new PlaneTurn(this, loop);
        int least = turn.Levels.Min(), unroll = _isa.Lanes > 1 ? loop.Unroll : 1, top = Top(turn, unroll), topOfOne = Top(turn, 1), states = Math.Max(top, topOfOne);
        foreach (string register in turn.Registers(least, states)) _code.Line($"{_isa.Type(ElementType.S32)} {register} = {_isa.Zero(ElementType.S32)};");

        string turns = Unique("n");
        _code.Line($"nint {turns} = {Text(loop.End)};");
        if (unroll > 1)
        {
            using (_code.Block($"for (; {turns} >= {Number(unroll)}; {turns} -= {Number(unroll)})")) turn.Write(unroll, top);
        }
        using (_code.Block($"for (; {turns} > 0; {turns}--)")) turn.Write(1, topOfOne);
        turn.Flush(least, states);
    }

    /// <summary>The level from which on words are counted: what takes the fewest instructions for so many words of depth, and leaves registers for the rest.</summary>
    private int Top(PlaneTurn turn, int words)
    {
        (int fullAdder, int halfAdder, int count, int widen) = PlaneCosts;
        int least = turn.Levels.Min(), budget = (_isa.Bits == 512 ? 20 : 8) / turn.Accumulators, best = least, bestCost = int.MaxValue;
        for (int top = least; top - least <= Math.Max(1, budget); top++)
        {
            int cost = 0, carries = 0;
            for (int level = least; level <= turn.Levels.Max() || carries > 0; level++)
            {
                int entering = turn.Levels.Count(l => l == level) * words + carries;
                carries = level < top ? (entering + 1) / 2 : 0;
                cost += level < top ? entering / 2 * fullAdder + entering % 2 * halfAdder : entering * count + (entering > 0 ? widen : 0);
            }
            if (cost < bestCost) (best, bestCost) = (top, cost);
        }
        return best;
    }

    /// <summary>What one turn of the loop does.</summary>
    private sealed class PlaneTurn
    {
        private readonly BlockLowering _block;
        private readonly Statement.Contract[] _contracts;
        private readonly Dictionary<string, Statement.Load> _loads;
        private readonly string _accumulator;
        private readonly string _variable;
        private readonly string _weights;
        private readonly string[] _activations;
        private readonly int _stepOfWeights;
        private readonly int _stepOfActivations;
        private readonly Dictionary<(int Row, int Vector, int Level), string> _pending = [];
        private readonly Dictionary<(int Row, int Vector, int Level), (string Sum, int Words)> _counts = [];
        private int _carries;
        private int _top;

        public PlaneTurn(BlockLowering block, Statement.For loop)
        {
            _block = block;
            _contracts = [.. loop.Body.OfType<Statement.Contract>()];
            _loads = loop.Body.OfType<Statement.Load>().ToDictionary(load => load.Tile, StringComparer.Ordinal);
            (_accumulator, _variable) = (_contracts[0].Accumulator, loop.Variable);
            if (_contracts.Any(c => c.Via != ContractVia.BitPlanes || c.Accumulator != _accumulator)) throw new InvalidOperationException("A loop over words of planes adds to one tile.");
            Levels = [.. _contracts.Select(LevelOf)];
            Height = block._tiles[_accumulator].Shape[0];
            Vectors = block.Vectors(block._tiles[_accumulator]);
            (_weights, _stepOfWeights) = Reference(_loads[_contracts[0].B], 0);
            _activations = new string[Height];
            for (int row = 0; row < Height; row++) (_activations[row], _stepOfActivations) = Reference(_loads[_contracts[0].A], row);
        }

        /// <summary>The level of each pair of planes.</summary>
        public int[] Levels { get; }

        public int Accumulators => Height * Vectors;

        private int Height { get; }

        private int Vectors { get; }

        private VectorIsa Isa => _block._isa;

        private CodeWriter Code => _block._code;

        /// <summary>What full adders keep from turn to turn.</summary>
        public IEnumerable<string> Registers(int least, int end) =>
            from level in Enumerable.Range(least, end - least)
            from row in Enumerable.Range(0, Height)
            from j in Enumerable.Range(0, Vectors)
            select Register(row, j, level);

        /// <summary>Writes so many words of depth, of which what is carried to a level is counted there, and what follows on them.</summary>
        public void Write(int words, int top)
        {
            (_top, _carries) = (top, 0);
            for (int k = 0; k < words; k++) WriteWord(k);
            for (int row = 0; row < Height; row++)
            {
                for (int j = 0; j < Vectors; j++)
                {
                    for (int level = Levels.Min(); level < top; level++)
                        if (_pending.TryGetValue((row, j, level), out string? word)) HalfAdd(row, j, level, word);
                    foreach (KeyValuePair<(int Row, int Vector, int Level), (string Sum, int Words)> count in _counts.Where(count => count.Key.Row == row && count.Key.Vector == j).OrderBy(count => count.Key.Level).ToArray()) Accumulate(count.Key, count.Value.Sum);
                }
            }
            Code.Line($"{_weights} = ref Unsafe.Add(ref {_weights}, {Number(words * _stepOfWeights)});");
            foreach (string reference in _activations) Code.Line($"{reference} = ref Unsafe.Add(ref {reference}, {Number(words * _stepOfActivations)});");
        }

        /// <summary>Adds what the adders kept to the accumulators.</summary>
        public void Flush(int least, int end)
        {
            for (int level = least; level < end; level++)
                for (int row = 0; row < Height; row++)
                    for (int j = 0; j < Vectors; j++) Accumulate((row, j, level), $"{Isa.Helpers}.CountBits({Register(row, j, level)})");
        }

        private void WriteWord(int k)
        {
            foreach (IGrouping<string, Statement.Contract> plane in _contracts.GroupBy(contract => contract.B))
            {
                bool first = plane.Key == _contracts[0].B;
                for (int j = 0; j < Vectors; j++)
                    Code.Line($"{Vector} {Word(plane.Key, k, j)} = {Isa.Load(_weights, k * _stepOfWeights + OfWeights(plane.Key) + j * Isa.Lanes)};");
                for (int row = 0; row < Height; row++)
                {
                    foreach (Statement.Contract contract in plane)
                    {
                        string spread = $"{contract.A.Substring(0, contract.A.IndexOf('_'))}_{Number(k)}_{Number(row)}";
                        if (first) Code.Line($"{Vector} {spread} = {Isa.Broadcast(At(_activations[row], k * _stepOfActivations + OfActivations(contract.A)))};");
                        for (int j = 0; j < Vectors; j++) Add(row, j, LevelOf(contract), $"{Word(plane.Key, k, j)} & {spread}");
                    }
                }
            }
        }

        /// <summary>Takes a word to its level: it is counted, waits for another one, or goes with that through a full adder.</summary>
        private void Add(int row, int j, int level, string value)
        {
            if (level >= _top)
            {
                Count((row, j, level), value);
                return;
            }
            string word = Name();
            Code.Line($"{Vector} {word} = {value};");
            if (!_pending.TryGetValue((row, j, level), out string? other))
            {
                _pending.Add((row, j, level), word);
                return;
            }
            _pending.Remove((row, j, level));
            string carry = Name(), register = Register(row, j, level);
            Code.Line($"{Vector} {carry} = {Isa.Helpers}.Majority({register}, {other}, {word});");
            Code.Line($"{register} = {Isa.Helpers}.Parity({register}, {other}, {word});");
            Add(row, j, level + 1, carry);
        }

        private void HalfAdd(int row, int j, int level, string word)
        {
            _pending.Remove((row, j, level));
            string carry = Name(), register = Register(row, j, level);
            Code.Line($"{Vector} {carry} = {register} & {word};");
            Code.Line($"{register} ^= {word};");
            Add(row, j, level + 1, carry);
        }

        private void Count((int Row, int Vector, int Level) at, string value)
        {
            string counts = $"{Isa.Helpers}.CountBits({value})";
            if (_counts.TryGetValue(at, out (string Sum, int Words) sum))
            {
                Code.Line($"{sum.Sum} += {counts};");
                if (sum.Words + 1 == WordsOfByte) Accumulate(at, sum.Sum);
                else _counts[at] = (sum.Sum, sum.Words + 1);
                return;
            }
            string name = Name();
            Code.Line($"{Vector} {name} = {counts};");
            _counts[at] = (name, 1);
        }

        private void Accumulate((int Row, int Vector, int Level) at, string counts)
        {
            _counts.Remove(at);
            Code.Line($"{_block.Local(_accumulator, at.Row, at.Vector)} += {Isa.Helpers}.SumBytes({counts}){(at.Level == 0 ? "" : $" << {Number(at.Level)}")};");
        }

        private string Name() => "q" + Number(_carries++);

        private static string Register(int row, int j, int level) => $"s{Number(level)}_{Number(row)}_{Number(j)}";

        private static string Word(string tile, int k, int j) => $"{tile.Substring(0, tile.IndexOf('_'))}_{Number(k)}_{Number(j)}";

        private string Vector => Isa.Type(ElementType.S32);

        private static int LevelOf(Statement.Contract contract)
        {
            int level = 0;
            while (1 << level < contract.Times) level++;
            return level;
        }

        /// <summary>A reference that runs along the loop, and what it advances by in a turn.</summary>
        private (string Name, int Step) Reference(Statement.Load load, int row)
        {
            BufferDecl buffer = _block.Use(load.Buffer);
            (Index step, Index rest) = IndexText.Split(_block.Offset(buffer, load.At), _variable) ?? throw new InvalidOperationException($"The address of {load.Buffer} is not linear in {_variable}.");
            string name = _block.Unique($"{load.Buffer}{Number(row)}At");
            Code.Line($"ref int {name} = ref Unsafe.Add(ref {buffer.Name}, {_block.Text(rest + (row == 0 ? 0 : row * _block.Stride(buffer, 0)))});");
            return (name, (int)((Index.Const)step).Value);
        }

        /// <summary>Elements from the first plane of a word of weights to that of a load.</summary>
        private int OfWeights(string tile) => (int)((Index.Const)_loads[tile].At[2]).Value * Vectors * Isa.Lanes;

        /// <summary>Elements from the first plane of a word of activations to that of a load.</summary>
        private int OfActivations(string tile) => (int)((Index.Const)IndexText.Split(_loads[tile].At[1], _variable)!.Value.Constant).Value;
    }
}
