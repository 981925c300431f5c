using Intarsia.PtxEmulator.TensorCores;
using Xunit;

namespace Intarsia.PtxEmulator.Tests.TensorCores;

/// <summary>Fragments against positions worked out by hand, for some lanes, from the formulas of the ISA, and against the formulas for every lane and element.</summary>
[Trait("Category", "Gpu")]
public sealed class FragmentTableTests
{
    private const string F16K8 = "mma.sync.aligned.m16n8k8.row.col.f32.f16.f16.f32", F16K16 = "mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32", HalfK16 = "mma.sync.aligned.m16n8k16.row.col.f16.f16.f16.f16";
    private const string Tf32K4 = "mma.sync.aligned.m16n8k4.row.col.f32.tf32.tf32.f32", Tf32K8 = "mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32";
    private const string S8M8 = "mma.sync.aligned.m8n8k16.row.col.s32.s8.s8.s32", S8K16 = "mma.sync.aligned.m16n8k16.row.col.s32.s8.s8.s32", S8K32 = "mma.sync.aligned.m16n8k32.row.col.s32.s8.s8.s32";
    private const string S4M8 = "mma.sync.aligned.m8n8k32.row.col.s32.s4.s4.s32", S4K32 = "mma.sync.aligned.m16n8k32.row.col.s32.s4.s4.s32", S4K64 = "mma.sync.aligned.m16n8k64.row.col.s32.s4.s4.s32";
    private const string B1M8 = "mma.sync.aligned.m8n8k128.row.col.s32.b1.b1.s32.and.popc", B1K128 = "mma.sync.aligned.m16n8k128.row.col.s32.b1.b1.s32.xor.popc", B1K256 = "mma.sync.aligned.m16n8k256.row.col.s32.b1.b1.s32.and.popc";

    [Theory]
    // All elements of a lane, "row,column", in order.
    [InlineData(F16K8, 0, "0,0 0,1 8,0 8,1")]
    [InlineData(F16K8, 13, "3,2 3,3 11,2 11,3")]
    [InlineData(F16K8, 31, "7,6 7,7 15,6 15,7")]
    [InlineData(F16K16, 0, "0,0 0,1 8,0 8,1 0,8 0,9 8,8 8,9")]
    [InlineData(F16K16, 5, "1,2 1,3 9,2 9,3 1,10 1,11 9,10 9,11")]
    [InlineData(F16K16, 31, "7,6 7,7 15,6 15,7 7,14 7,15 15,14 15,15")]
    [InlineData(Tf32K4, 0, "0,0 8,0")]
    [InlineData(Tf32K4, 6, "1,2 9,2")]
    [InlineData(Tf32K4, 31, "7,3 15,3")]
    [InlineData(Tf32K8, 0, "0,0 8,0 0,4 8,4")]
    [InlineData(Tf32K8, 6, "1,2 9,2 1,6 9,6")]
    [InlineData(Tf32K8, 31, "7,3 15,3 7,7 15,7")]
    [InlineData(S8M8, 0, "0,0 0,1 0,2 0,3")]
    [InlineData(S8M8, 18, "4,8 4,9 4,10 4,11")]
    [InlineData(S8M8, 31, "7,12 7,13 7,14 7,15")]
    [InlineData(S8K16, 0, "0,0 0,1 0,2 0,3 8,0 8,1 8,2 8,3")]
    [InlineData(S8K16, 18, "4,8 4,9 4,10 4,11 12,8 12,9 12,10 12,11")]
    [InlineData(S8K16, 31, "7,12 7,13 7,14 7,15 15,12 15,13 15,14 15,15")]
    [InlineData(S8K32, 0, "0,0 0,1 0,2 0,3 8,0 8,1 8,2 8,3 0,16 0,17 0,18 0,19 8,16 8,17 8,18 8,19")]
    [InlineData(S8K32, 13, "3,4 3,5 3,6 3,7 11,4 11,5 11,6 11,7 3,20 3,21 3,22 3,23 11,20 11,21 11,22 11,23")]
    [InlineData(S8K32, 31, "7,12 7,13 7,14 7,15 15,12 15,13 15,14 15,15 7,28 7,29 7,30 7,31 15,28 15,29 15,30 15,31")]
    [InlineData(S4M8, 0, "0,0 0,1 0,2 0,3 0,4 0,5 0,6 0,7")]
    [InlineData(S4M8, 9, "2,8 2,9 2,10 2,11 2,12 2,13 2,14 2,15")]
    [InlineData(S4M8, 31, "7,24 7,25 7,26 7,27 7,28 7,29 7,30 7,31")]
    [InlineData(S4K32, 1, "0,8 0,9 0,10 0,11 0,12 0,13 0,14 0,15 8,8 8,9 8,10 8,11 8,12 8,13 8,14 8,15")]
    [InlineData(S4K32, 31, "7,24 7,25 7,26 7,27 7,28 7,29 7,30 7,31 15,24 15,25 15,26 15,27 15,28 15,29 15,30 15,31")]
    [InlineData(S4K64, 4, "1,0 1,1 1,2 1,3 1,4 1,5 1,6 1,7 9,0 9,1 9,2 9,3 9,4 9,5 9,6 9,7 1,32 1,33 1,34 1,35 1,36 1,37 1,38 1,39 9,32 9,33 9,34 9,35 9,36 9,37 9,38 9,39")]
    public void A_IsWhereTheIsaPutsIt(string opcode, int lane, string positions)
    {
        MmaInstruction mma = MmaInstruction.Parse(opcode);
        Check(positions, mma.ARegisters * mma.A.PerRegister(), i => mma.AElement(lane, i));
    }

    [Theory]
    [InlineData(F16K8, 0, "0,0 1,0")]
    [InlineData(F16K8, 31, "6,7 7,7")]
    [InlineData(F16K16, 0, "0,0 1,0 8,0 9,0")]
    [InlineData(F16K16, 5, "2,1 3,1 10,1 11,1")]
    [InlineData(F16K16, 31, "6,7 7,7 14,7 15,7")]
    [InlineData(Tf32K4, 6, "2,1")]
    [InlineData(Tf32K8, 6, "2,1 6,1")]
    [InlineData(Tf32K8, 31, "3,7 7,7")]
    [InlineData(S8M8, 18, "8,4 9,4 10,4 11,4")]
    [InlineData(S8K16, 18, "8,4 9,4 10,4 11,4")]
    [InlineData(S8K32, 0, "0,0 1,0 2,0 3,0 16,0 17,0 18,0 19,0")]
    [InlineData(S8K32, 13, "4,3 5,3 6,3 7,3 20,3 21,3 22,3 23,3")]
    [InlineData(S8K32, 31, "12,7 13,7 14,7 15,7 28,7 29,7 30,7 31,7")]
    [InlineData(S4M8, 9, "8,2 9,2 10,2 11,2 12,2 13,2 14,2 15,2")]
    [InlineData(S4K32, 31, "24,7 25,7 26,7 27,7 28,7 29,7 30,7 31,7")]
    [InlineData(S4K64, 4, "0,1 1,1 2,1 3,1 4,1 5,1 6,1 7,1 32,1 33,1 34,1 35,1 36,1 37,1 38,1 39,1")]
    public void B_IsWhereTheIsaPutsIt(string opcode, int lane, string positions)
    {
        MmaInstruction mma = MmaInstruction.Parse(opcode);
        Check(positions, mma.BRegisters * mma.B.PerRegister(), i => mma.BElement(lane, i));
    }

    [Theory]
    [InlineData(F16K8, 0, "0,0 0,1 8,0 8,1")]
    [InlineData(F16K16, 5, "1,2 1,3 9,2 9,3")]
    [InlineData(HalfK16, 31, "7,6 7,7 15,6 15,7")]
    [InlineData(Tf32K4, 14, "3,4 3,5 11,4 11,5")]
    [InlineData(Tf32K8, 14, "3,4 3,5 11,4 11,5")]
    [InlineData(S8M8, 7, "1,6 1,7")]
    [InlineData(S8K16, 7, "1,6 1,7 9,6 9,7")]
    [InlineData(S8K32, 31, "7,6 7,7 15,6 15,7")]
    [InlineData(S4M8, 31, "7,6 7,7")]
    [InlineData(S4K32, 1, "0,2 0,3 8,2 8,3")]
    [InlineData(S4K64, 1, "0,2 0,3 8,2 8,3")]
    [InlineData(B1M8, 4, "1,0 1,1")]
    [InlineData(B1K128, 4, "1,0 1,1 9,0 9,1")]
    [InlineData(B1K256, 4, "1,0 1,1 9,0 9,1")]
    public void C_IsWhereTheIsaPutsIt(string opcode, int lane, string positions)
    {
        MmaInstruction mma = MmaInstruction.Parse(opcode);
        Check(positions, mma.CRegisters * mma.C.PerRegister(), i => mma.CElement(lane, i));
        Check(positions, mma.DRegisters * mma.D.PerRegister(), i => mma.DElement(lane, i));
    }

    // One-bit fragments are long: some elements of some lanes.
    [Theory]
    [InlineData(B1M8, 'A', 6, 0, 1, 64)]
    [InlineData(B1M8, 'A', 31, 31, 7, 127)]
    [InlineData(B1M8, 'B', 6, 5, 69, 1)]
    [InlineData(B1K128, 'A', 0, 31, 0, 31)]
    [InlineData(B1K128, 'A', 0, 32, 8, 0)]
    [InlineData(B1K128, 'A', 31, 63, 15, 127)]
    [InlineData(B1K128, 'B', 31, 0, 96, 7)]
    [InlineData(B1K256, 'A', 1, 40, 8, 40)]
    [InlineData(B1K256, 'A', 1, 64, 0, 160)]
    [InlineData(B1K256, 'A', 31, 127, 15, 255)]
    [InlineData(B1K256, 'B', 2, 31, 95, 0)]
    [InlineData(B1K256, 'B', 2, 32, 192, 0)]
    public void OneBit_IsWhereTheIsaPutsIt(string opcode, char operand, int lane, int index, int row, int column)
    {
        MmaInstruction mma = MmaInstruction.Parse(opcode);
        Assert.Equal((row, column), operand == 'A' ? mma.AElement(lane, index) : mma.BElement(lane, index));
    }

    [Theory]
    [MemberData(nameof(MmaForm.Dense), MemberType = typeof(MmaForm))]
    public void EveryElement_IsWhereTheFormulaPutsIt(string opcode)
    {
        MmaInstruction mma = MmaInstruction.Parse(opcode);
        for (int lane = 0; lane < 32; lane++)
        {
            for (int i = 0; i < mma.ARegisters * mma.A.PerRegister(); i++) Assert.Equal(IsaFragments.A(mma.Shape, mma.A, lane, i), mma.AElement(lane, i));
            for (int i = 0; i < mma.BRegisters * mma.B.PerRegister(); i++) Assert.Equal(IsaFragments.B(mma.Shape, mma.B, lane, i), mma.BElement(lane, i));
            for (int i = 0; i < mma.CRegisters * mma.C.PerRegister(); i++) Assert.Equal(IsaFragments.C(mma.Shape, lane, i), mma.CElement(lane, i));
        }
    }

    [Theory]
    [MemberData(nameof(MmaForm.Dense), MemberType = typeof(MmaForm))]
    public void Registers_HoldTheWholeMatrices(string opcode)
    {
        MmaInstruction mma = MmaInstruction.Parse(opcode);
        (int m, int n, int k) = (mma.Shape.M, mma.Shape.N, mma.Shape.K);
        Assert.Equal(m * k * mma.A.Bits(), mma.ARegisters * 32 * 32);
        Assert.Equal(k * n * mma.B.Bits(), mma.BRegisters * 32 * 32);
        Assert.Equal(m * n * mma.C.Bits(), mma.CRegisters * 32 * 32);
        Assert.Equal(mma.CRegisters, mma.DRegisters);
    }

    private static void Check(string positions, int elements, Func<int, (int Row, int Column)> element) =>
        Assert.Equal(positions, string.Join(' ', Enumerable.Range(0, elements).Select(element).Select(at => $"{at.Row},{at.Column}")));
}
