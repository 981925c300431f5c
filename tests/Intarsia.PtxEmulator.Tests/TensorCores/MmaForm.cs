using Xunit;

namespace Intarsia.PtxEmulator.Tests.TensorCores;

/// <summary>Opcodes of the forms that the tests run through.</summary>
public static class MmaForm
{
    public static TheoryData<string> Dense => new(DenseOpcodes());

    public static TheoryData<string> Sparse => new(SparseOpcodes());

    private static IEnumerable<string> DenseOpcodes()
    {
        foreach (string k in new[] { "k8", "k16" })
        {
            yield return $"mma.sync.aligned.m16n8{k}.row.col.f32.f16.f16.f32";
            yield return $"mma.sync.aligned.m16n8{k}.row.col.f16.f16.f16.f16";
            yield return $"mma.sync.aligned.m16n8{k}.row.col.f32.bf16.bf16.f32";
        }
        yield return "mma.sync.aligned.m16n8k4.row.col.f32.tf32.tf32.f32";
        yield return "mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32";
        foreach (string satfinite in new[] { "", ".satfinite" })
        {
            foreach ((string a, string b) in Pairs("s8", "u8"))
                foreach (string shape in new[] { "m8n8k16", "m16n8k16", "m16n8k32" })
                    yield return $"mma.sync.aligned.{shape}.row.col{satfinite}.s32.{a}.{b}.s32";
            foreach ((string a, string b) in Pairs("s4", "u4"))
                foreach (string shape in new[] { "m8n8k32", "m16n8k32", "m16n8k64" })
                    yield return $"mma.sync.aligned.{shape}.row.col{satfinite}.s32.{a}.{b}.s32";
        }
        foreach (string operation in new[] { "and", "xor" })
            foreach (string shape in new[] { "m8n8k128", "m16n8k128", "m16n8k256" })
                yield return $"mma.sync.aligned.{shape}.row.col.s32.b1.b1.s32.{operation}.popc";
    }

    private static IEnumerable<string> SparseOpcodes()
    {
        foreach (string variant in new[] { "mma.sp", "mma.sp::ordered_metadata" })
        {
            foreach (string k in new[] { "k16", "k32" })
            {
                yield return $"{variant}.sync.aligned.m16n8{k}.row.col.f32.f16.f16.f32";
                yield return $"{variant}.sync.aligned.m16n8{k}.row.col.f16.f16.f16.f16";
                yield return $"{variant}.sync.aligned.m16n8{k}.row.col.f32.bf16.bf16.f32";
            }
            foreach (string k in new[] { "k8", "k16" }) yield return $"{variant}.sync.aligned.m16n8{k}.row.col.f32.tf32.tf32.f32";
            foreach (string satfinite in new[] { "", ".satfinite" })
            {
                foreach ((string a, string b) in Pairs("s8", "u8"))
                    foreach (string k in new[] { "k32", "k64" }) yield return $"{variant}.sync.aligned.m16n8{k}.row.col{satfinite}.s32.{a}.{b}.s32";
                foreach ((string a, string b) in Pairs("s4", "u4"))
                    foreach (string k in new[] { "k64", "k128" }) yield return $"{variant}.sync.aligned.m16n8{k}.row.col{satfinite}.s32.{a}.{b}.s32";
            }
        }
    }

    private static IEnumerable<(string A, string B)> Pairs(string signed, string unsigned) => [(signed, signed), (signed, unsigned), (unsigned, signed), (unsigned, unsigned)];
}
