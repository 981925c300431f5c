using System.Diagnostics.CodeAnalysis;
using Intarsia.PtxEmulator.Decoding;
using Intarsia.PtxEmulator.Execution;

namespace Intarsia.PtxEmulator.Operations;

/// <summary>The instructions by the first word of their opcode. A new instruction is a new row in one of the tables that register here.</summary>
internal static class InstructionTable
{
    private static readonly Dictionary<string, Func<InstructionDecoder, Operation>> _table = Make();

    public static IEnumerable<string> Opcodes => _table.Keys;

    public static bool TryFind(string opcode, [NotNullWhen(true)] out Func<InstructionDecoder, Operation>? build) => _table.TryGetValue(opcode, out build);

    private static Dictionary<string, Func<InstructionDecoder, Operation>> Make()
    {
        var table = new Dictionary<string, Func<InstructionDecoder, Operation>>(StringComparer.Ordinal);
        IntegerInstructions.Register(table);
        FloatInstructions.Register(table);
        CompareInstructions.Register(table);
        MoveInstructions.Register(table);
        ConvertInstructions.Register(table);
        MemoryInstructions.Register(table);
        ControlInstructions.Register(table);
        WarpInstructions.Register(table);
        AtomicInstructions.Register(table);
        AsyncInstructions.Register(table);
        MatrixInstructions.Register(table);
        MbarrierInstructions.Register(table);
        WgmmaInstructions.Register(table);
        return table;
    }
}
