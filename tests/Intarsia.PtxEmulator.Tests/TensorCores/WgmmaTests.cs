using Intarsia.PtxEmulator.TensorCores;
using Xunit;

namespace Intarsia.PtxEmulator.Tests.TensorCores;

/// <summary>wgmma.mma_async and its sparse form against plain loops, over layouts of both operands.</summary>
[Trait("Category", "Gpu")]
public sealed class WgmmaTests
{
    private const string F16 = "wgmma.mma_async.sync.aligned.m64n16k16.f32.f16.f16", Half = "wgmma.mma_async.sync.aligned.m64n16k16.f16.f16.f16", Tf32 = "wgmma.mma_async.sync.aligned.m64n16k8.f32.tf32.tf32", S8 = "wgmma.mma_async.sync.aligned.m64n16k32.s32.s8.s8";

    // Figures 149, 151, 153 (D) and 148, 150, 152 (A): warp w has rows 16·w to 16·w + 15.
    [Theory]
    [InlineData(F16, 0, "0,0 0,1 8,0 8,1 0,8 0,9 8,8 8,9")]
    [InlineData(Half, 37, "17,2 17,3 25,2 25,3 17,10 17,11 25,10 25,11")]
    [InlineData(Tf32, 64, "32,0 32,1 40,0 40,1 32,8 32,9 40,8 40,9")]
    [InlineData(S8, 127, "55,6 55,7 63,6 63,7 55,14 55,15 63,14 63,15")]
    public void D_IsWhereTheIsaPutsIt(string opcode, int thread, string positions)
    {
        WgmmaInstruction wgmma = WgmmaInstruction.Parse(opcode);
        Assert.Equal(positions, string.Join(' ', Enumerable.Range(0, wgmma.DRegisters * wgmma.D.PerRegister()).Select(i => wgmma.DElement(thread, i)).Select(at => $"{at.Row},{at.Column}")));
    }

    [Theory]
    [InlineData(F16, 37, "17,2 17,3 25,2 25,3 17,10 17,11 25,10 25,11")]
    [InlineData(Tf32, 64, "32,0 40,0 32,4 40,4")]
    [InlineData(S8, 127, "55,12 55,13 55,14 55,15 63,12 63,13 63,14 63,15 55,28 55,29 55,30 55,31 63,28 63,29 63,30 63,31")]
    public void A_IsWhereTheIsaPutsIt(string opcode, int thread, string positions)
    {
        WgmmaInstruction wgmma = WgmmaInstruction.Parse(opcode);
        Assert.Equal(positions, string.Join(' ', Enumerable.Range(0, wgmma.ARegisters * wgmma.A.PerRegister()).Select(i => wgmma.AElement(thread, i)).Select(at => $"{at.Row},{at.Column}")));
    }

    public static TheoryData<string, int, bool, bool, bool> Layouts()
    {
        var data = new TheoryData<string, int, bool, bool, bool>();
        foreach (string sparse in new[] { "", ".sp" })
            foreach ((string types, int depth) in new[] { ("f32.f16.f16", 16), ("f16.f16.f16", 16), ("f32.bf16.bf16", 16), ("f32.tf32.tf32", 8), ("s32.s8.s8", 32), ("s32.u8.s8", 32), ("s32.s8.u8.satfinite", 32), ("s32.u8.u8", 32) })
                foreach (int swizzle in new[] { 1, 2, 4, 8 })
                    foreach (bool registers in new[] { false, true })
                        foreach ((bool transA, bool transB) in new[] { (false, false), (false, true), (true, false), (true, true) })
                        {
                            bool transposes = depth == 16;
                            if ((transA || transB) && !transposes || transA && registers) continue;
                            // The 64 bytes of K of a sparse product's B do not fit in rows of 32.
                            if (sparse.Length > 0 && swizzle == 2 && !transB) continue;
                            data.Add($"wgmma.mma_async{sparse}.sync.aligned.m64n{{0}}k{(sparse.Length > 0 ? 2 * depth : depth)}.{types}", swizzle, registers, transA, transB);
                        }
        return data;
    }

    [Theory]
    [MemberData(nameof(Layouts))]
    public void Execute_RandomMatrices_EqualsPlainLoops(string form, int swizzle, bool registers, bool transA, bool transB)
    {
        var random = new Random(form.Length * 5 + swizzle);
        foreach (int n in new[] { 8, 24, 80, 256 })
        {
            WgmmaInstruction wgmma = WgmmaInstruction.Parse(string.Format(null, form, n));
            var asMma = new MmaInstruction(new MmaShape(64, n, wgmma.K), wgmma.A, wgmma.B, wgmma.D, wgmma.D, wgmma.Sparse, wgmma.Saturate);
            int k = wgmma.K, selector = wgmma.Sparse && wgmma.A.IsFloat() ? n / 8 % 2 : 0;
            SparseCase? sparse = wgmma.Sparse ? new SparseCase(random, 64, k, wgmma.A, false) : null;
            uint[,] a = sparse?.Full ?? ElementBits.RandomMatrix(random, 64, k, wgmma.A), stored = sparse?.Stored ?? a;
            uint[,] b = ElementBits.RandomMatrix(random, k, n, wgmma.B), c = ElementBits.RandomMatrix(random, 64, n, wgmma.D);
            var shared = new SharedTile();
            // The last chunks that fit into a row of the atom, as later k-steps of a kernel have them.
            ulong aDescriptor = shared.Place(stored, wgmma.A.Bits(), swizzle, transA, 0x8000, transA || swizzle == 1 ? 0 : swizzle - 2);
            int depth = k * wgmma.B.Bits() / 128;
            ulong bDescriptor = shared.Place(Transposed(b), wgmma.B.Bits(), swizzle, transB, 0x1C000, transB || swizzle == 1 ? 0 : swizzle - depth);
            uint[] left = registers ? Registers(wgmma, stored) : [];
            WgmmaFragment d = new WgmmaFragment(wgmma).Scatter(c);
            bool scaleD = n != 24;
            (int scaleA, int scaleB) = wgmma.HasScales ? (n == 80 ? -1 : 1, n == 256 ? -1 : 1) : (1, 1);
            wgmma.Execute(shared, left, registers ? 0 : aDescriptor, bDescriptor, d.Raw, scaleD, scaleA, scaleB, transA ? 1 : 0, transB ? 1 : 0, sparse is null ? default : Metadata(wgmma, sparse, selector), selector);
            uint[,] result = d.Gather();
            uint[,] signed = scaleA * scaleB < 0 ? Negated(a, wgmma.A) : a, added = scaleD ? c : new uint[64, n];
            for (int row = 0; row < 64; row++)
                for (int column = 0; column < n; column++) Assert.Equal(MmaTests.Expected(asMma, signed, b, added, row, column), result[row, column]);
        }
    }

    [Fact]
    public void Execute_OddImmediates_AreRefused()
    {
        void Refuse(string opcode, uint[] a, string reason, int scaleA = 1, int scaleB = 1, int transA = 0, int transB = 0)
        {
            WgmmaInstruction wgmma = WgmmaInstruction.Parse(opcode);
            Assert.Contains(reason, Assert.Throws<TensorCoreException>(() => wgmma.Execute(new SharedTile(), a, 0, 0, new uint[128 * 8], true, scaleA, scaleB, transA, transB)).Message);
        }
        Refuse(F16, [], "1 or -1", scaleA: 0);
        Refuse(F16, [], "0 or 1", transB: 2);
        Refuse(F16, new uint[512], "in registers", transA: 1);
        Refuse(Tf32, [], "f16 and bf16", transB: 1);
        Refuse(S8, [], "negated", scaleB: -1);
    }

    [Theory]
    [InlineData("wgmma.mma_async.sp.sync.aligned.m64n8k32.f32.f16.f16", 2)]
    [InlineData("wgmma.mma_async.sp.sync.aligned.m64n8k16.f32.tf32.tf32", 2)]
    [InlineData("wgmma.mma_async.sp.sync.aligned.m64n8k64.s32.s8.s8", 1)]
    public void Execute_UndefinedSelector_IsRefused(string opcode, int selector)
    {
        uint[] metadata = Enumerable.Repeat(0x44444444u, 128).ToArray();
        var exception = Assert.Throws<TensorCoreException>(() => WgmmaInstruction.Parse(opcode).Execute(new SharedTile(), new uint[512], 0, 0, new uint[512], metadata: metadata, selector: selector));
        Assert.Contains($"sparsity selector {selector}", exception.Message);
    }

    [Fact]
    public void Execute_SparseBInRowsOf32Bytes_IsRefused()
    {
        uint[] metadata = Enumerable.Repeat(0x44444444u, 128).ToArray();
        var exception = Assert.Throws<TensorCoreException>(() => WgmmaInstruction.Parse("wgmma.mma_async.sp.sync.aligned.m64n8k64.s32.s8.s8").Execute(new SharedTile(), new uint[512], 0, 3UL << 62, new uint[512], metadata: metadata));
        Assert.Contains("64 bytes from there do not fit", exception.Message);
    }

    private static uint[,] Transposed(uint[,] matrix)
    {
        var transposed = new uint[matrix.GetLength(1), matrix.GetLength(0)];
        for (int r = 0; r < matrix.GetLength(0); r++)
            for (int c = 0; c < matrix.GetLength(1); c++) transposed[c, r] = matrix[r, c];
        return transposed;
    }

    private static uint[,] Negated(uint[,] matrix, MmaElement element)
    {
        var negated = (uint[,])matrix.Clone();
        for (int r = 0; r < matrix.GetLength(0); r++)
            for (int c = 0; c < matrix.GetLength(1); c++) negated[r, c] ^= 1u << element.Bits() - 1;
        return negated;
    }

    // A in registers, warp by warp: the fragments of mma with the same K in bytes.
    private static uint[] Registers(WgmmaInstruction wgmma, uint[,] stored)
    {
        var shape = new MmaShape(16, 8, stored.GetLength(1));
        return new WarpRegisters(wgmma.ARegisters, wgmma.A.Bits(), 128).Scatter(stored, (thread, i) =>
        {
            (int row, int column) = IsaFragments.A(shape, wgmma.A, thread % 32, i);
            return (16 * (thread / 32) + row, column);
        }).Raw;
    }

    private static uint[] Metadata(WgmmaInstruction wgmma, SparseCase a, int selector)
    {
        var metadata = new uint[128];
        for (int row = 0; row < 64; row++)
            for (int chunk = 0; chunk < a.Chunks.GetLength(1); chunk++)
            {
                (int lane, int shift) = IsaFragments.Metadata(new MmaShape(16, 8, wgmma.K), wgmma.A, selector, row % 16, chunk * a.ChunkColumns);
                metadata[row / 16 * 32 + lane] |= a.Chunks[row, chunk] << shift;
            }
        return metadata;
    }

    // D, from its figures: blocks of eight columns, each as C of mma.
    private sealed class WgmmaFragment(WgmmaInstruction wgmma)
    {
        private readonly WarpRegisters _registers = new(wgmma.DRegisters, wgmma.D.Bits(), 128);

        public uint[] Raw => _registers.Raw;

        public WgmmaFragment Scatter(uint[,] matrix)
        {
            _registers.Scatter(matrix, Position);
            return this;
        }

        public uint[,] Gather() => _registers.Gather(64, wgmma.N, Position);

        private static (int Row, int Column) Position(int thread, int i)
        {
            (int row, int column) = IsaFragments.C(new MmaShape(16, 8, 8), thread % 32, i % 4);
            return (16 * (thread / 32) + row, 8 * (i / 4) + column);
        }
    }
}
