using Intarsia.PtxEmulator.Decoding;
using Intarsia.PtxEmulator.Execution;
using Intarsia.PtxEmulator.Parsing;
using Intarsia.PtxEmulator.TensorCores;

namespace Intarsia.PtxEmulator.Operations;

/// <summary>Matrix instructions of a warp. Forms and fragments are the matter of <see cref="TensorCores"/>.</summary>
internal static class MatrixInstructions
{
    public static void Register(Dictionary<string, Func<InstructionDecoder, Operation>> table)
    {
        table["mma"] = Multiply;
        table["ldmatrix"] = decode => Matrices(decode, load: true);
        table["stmatrix"] = decode => Matrices(decode, load: false);
        table["movmatrix"] = Transpose;
    }

    private static Operation Multiply(InstructionDecoder decode)
    {
        MmaInstruction mma;
        try
        {
            mma = MmaInstruction.Parse(decode.Syntax.FullOpcode);
        }
        catch (NotSupportedException unknown)
        {
            throw decode.Error($"'{decode.Syntax.FullOpcode}'", unknown.Message.TrimEnd('.'));
        }
        decode.TakeAll();
        int operands = mma.Sparse ? 6 : 4;
        decode.Expect(operands, operands);
        int[] d = decode.Destinations(0, 32, mma.DRegisters);
        int[] a = decode.Sources(1, 32, mma.ARegisters);
        int[] b = decode.Sources(2, 32, mma.BRegisters);
        int[] c = decode.Sources(3, 32, mma.CRegisters);
        return new MultiplyMatrices(mma, d, a, b, c, mma.Sparse ? decode.Source(4, 32) : -1, mma.Sparse ? (int)decode.Immediate(5) : 0);
    }

    private static Operation Matrices(InstructionDecoder decode, bool load)
    {
        decode.Expect(2, 2);
        decode.TakeOne("the modifier", "sync");
        decode.TakeOne("the modifier", "aligned");
        decode.TakeOne("the shape", "m8n8");
        int count = decode.TakeOne("the number of matrices", "x1", "x2", "x4") switch { "x1" => 1, "x2" => 2, _ => 4 };
        bool transpose = decode.Take("trans");
        decode.TakeAny("shared", "shared::cta");
        decode.TakeOne("the type", "b16");
        if (load) return new LoadMatrices(decode.Destinations(0, 32, count), transpose, AddressSource.Decode(decode, decode.Address(1), StateSpace.Shared));
        return new StoreMatrices(decode.Sources(1, 32, count), transpose, AddressSource.Decode(decode, decode.Address(0), StateSpace.Shared));
    }

    private static Operation Transpose(InstructionDecoder decode)
    {
        decode.Expect(2, 2);
        decode.TakeOne("the modifier", "sync");
        decode.TakeOne("the modifier", "aligned");
        decode.TakeOne("the shape", "m8n8");
        decode.TakeOne("the modifier", "trans");
        decode.TakeOne("the type", "b16");
        return new TransposeMatrix(decode.Destination(0, 32), decode.Source(1, 32));
    }
}
