using Intarsia.PtxEmulator.Decoding;
using Intarsia.PtxEmulator.Execution;
using Intarsia.PtxEmulator.Parsing;
using Intarsia.PtxEmulator.TensorCores;

namespace Intarsia.PtxEmulator.Operations;

/// <summary>Asynchronous matrix instructions of a warpgroup.</summary>
internal static class WgmmaInstructions
{
    public static void Register(Dictionary<string, Func<InstructionDecoder, Operation>> table) => table["wgmma"] = Wgmma;

    private static Operation Wgmma(InstructionDecoder decode)
    {
        if (decode.Syntax.Modifiers.Contains("mma_async")) return Multiply(decode);
        string action = decode.TakeOne("the action", "fence", "commit_group", "wait_group");
        decode.TakeOne("the modifier", "sync");
        decode.TakeOne("the modifier", "aligned");
        decode.Expect(action == "wait_group" ? 1 : 0, action == "wait_group" ? 1 : 0);
        return action switch { "fence" => new WgmmaFence(), "commit_group" => new WgmmaCommit(), _ => new WgmmaWait(decode.Number(0)) };
    }

    private static Operation Multiply(InstructionDecoder decode)
    {
        WgmmaInstruction form;
        try
        {
            form = WgmmaInstruction.Parse(decode.Syntax.FullOpcode);
        }
        catch (NotSupportedException unknown)
        {
            throw decode.Error($"'{decode.Syntax.FullOpcode}'", unknown.Message.TrimEnd('.'));
        }
        decode.TakeAll();
        bool fromRegisters = decode.Operand(1) is VectorOperand;
        int immediates = (form.HasScales ? 2 : 0) + (form.HasTransposes ? fromRegisters ? 1 : 2 : 0);
        int scale = form.Sparse ? 5 : 3;
        decode.Expect(scale + 1, scale + 1 + immediates);
        if (decode.Count > scale + 1 && decode.Count < scale + 1 + immediates) throw decode.Error($"{decode.Count} operands of '{decode.Syntax.FullOpcode}'", $"it takes {scale + 1 + immediates}");
        WgmmaRegisters d = decode.Matrix(0, form.DRegisters);
        WgmmaRegisters? a = null;
        int aDescriptor = -1;
        if (fromRegisters) a = new WgmmaRegisters(decode.Sources(1, 32, form.ARegisters), decode.Matrix(1, form.ARegisters).Ordinals);
        else aDescriptor = decode.Source(1, 64);
        int bDescriptor = decode.Source(2, 64);
        (int, int?)? metadata = form.Sparse ? (decode.Source(3, 32), decode.Operand(3) is RegisterOperand places ? places.Register.Ordinal : null) : null;
        int selector = form.Sparse ? (int)decode.Immediate(4) : 0;
        int next = scale + 1;
        int Next(int otherwise) => next < decode.Count ? (int)decode.Immediate(next++) : otherwise;
        int scaleA = form.HasScales ? Next(1) : 1;
        int scaleB = form.HasScales ? Next(1) : 1;
        int transposeA = form.HasTransposes && !fromRegisters ? Next(0) : 0;
        int transposeB = form.HasTransposes ? Next(0) : 0;
        return new MultiplyAsync(form, d, a, aDescriptor, bDescriptor, decode.Predicate(decode.Operand(scale)), metadata, new WgmmaImmediates(scaleA, scaleB, transposeA, transposeB, selector));
    }
}
