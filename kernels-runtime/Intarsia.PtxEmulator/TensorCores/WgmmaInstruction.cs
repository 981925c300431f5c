using System.Collections.Concurrent;

namespace Intarsia.PtxEmulator.TensorCores;

/// <summary>
/// One form of <c>wgmma.mma_async</c> or <c>wgmma.mma_async.sp</c>: D = A·B + D over a warpgroup, with B, and A or not, in shared memory (PTX ISA 9.1, 9.7.15.5 and 9.7.15.6). M is 64. The arithmetic is
/// that of <see cref="MmaInstruction"/>. When the reads happen, and what they may overlap with, is the engine's matter.
/// </summary>
/// <param name="N">Columns of B and D.</param>
/// <param name="K">Columns of A, before compression.</param>
/// <param name="D">Elements of D.</param>
/// <param name="A">Elements of A.</param>
/// <param name="B">Elements of B.</param>
/// <param name="Sparse"><c>.sp</c></param>
/// <param name="Saturate"><c>.satfinite</c></param>
internal sealed record WgmmaInstruction(int N, int K, MmaElement D, MmaElement A, MmaElement B, bool Sparse = false, bool Saturate = false)
{
    /// <summary>Threads of a warpgroup.</summary>
    public const int Threads = 128;

    private const int M = 64;

    private static readonly ConcurrentDictionary<string, WgmmaInstruction> Parsed = new();

    private readonly FragmentLayout _left = FragmentLayout.Left(M, Sparse ? K / 2 : K, A.Bits()), _result = FragmentLayout.Accumulator(M, N, D.Bits());

    /// <summary>Registers of a thread that hold A, where it is not in shared memory.</summary>
    public int ARegisters => _left.Registers;

    /// <summary>Registers of a thread that hold D.</summary>
    public int DRegisters => _result.Registers;

    /// <summary>Whether the instruction has operands imm-scale-a and imm-scale-b.</summary>
    public bool HasScales => A.IsFloat();

    /// <summary>Whether the instruction has operands imm-trans-a (for A in shared memory) and imm-trans-b.</summary>
    public bool HasTransposes => A is MmaElement.F16 or MmaElement.BF16;

    private int StoredK => Sparse ? K / 2 : K;

    /// <summary>Reads an opcode such as <c>wgmma.mma_async.sync.aligned.m64n128k16.f32.bf16.bf16</c>; the same text gives the same instance.</summary>
    /// <exception cref="NotSupportedException">The ISA, or the emulator, has no such form; the message quotes it and says what is wrong.</exception>
    public static WgmmaInstruction Parse(string opcode) => Parsed.GetOrAdd(opcode, WgmmaForms.Parse);

    /// <summary>Row and column of A's element <paramref name="index"/> of a thread, for A in registers; of a sparse A, the stored column.</summary>
    public (int Row, int Column) AElement(int thread, int index) => Math.DivRem(_left.Position(thread, index, A.PerRegister()), StoredK);

    /// <summary>Row and column of D's element <paramref name="index"/> of a thread.</summary>
    public (int Row, int Column) DElement(int thread, int index) => Math.DivRem(_result.Position(thread, index, D.PerRegister()), N);

    /// <summary>Executes the instruction for one warpgroup. All registers are raw bits, <c>[register * 128 + thread]</c>.</summary>
    /// <param name="shared">Shared memory.</param>
    /// <param name="aRegisters">Registers of A; empty where A is in shared memory.</param>
    /// <param name="aDescriptor">Where A is otherwise.</param>
    /// <param name="bDescriptor">Where B is.</param>
    /// <param name="d">Registers of D, read (unless <paramref name="scaleD"/> is false) and written.</param>
    /// <param name="scaleD">Whether D is added.</param>
    /// <param name="scaleA">imm-scale-a: 1, or −1 to negate A.</param>
    /// <param name="scaleB">imm-scale-b.</param>
    /// <param name="transA">imm-trans-a: 1 for M-major A.</param>
    /// <param name="transB">imm-trans-b: 1 for N-major B.</param>
    /// <param name="metadata">One word per thread, for sparse A.</param>
    /// <param name="selector">The sparsity selector.</param>
    /// <exception cref="TensorCoreException">An operand has a value that the ISA does not define.</exception>
    public void Execute(ISharedMemory shared, ReadOnlySpan<uint> aRegisters, ulong aDescriptor, ulong bDescriptor, Span<uint> d,
        bool scaleD = true, int scaleA = 1, int scaleB = 1, int transA = 0, int transB = 0, ReadOnlySpan<uint> metadata = default, int selector = 0)
    {
        bool registers = !aRegisters.IsEmpty;
        CheckImmediates(registers, scaleA, scaleB, transA, transB);
        WgmmaScratch scratch = WgmmaScratch.Mine;
        Span<int> columns = Sparse ? scratch.Columns(M * StoredK) : default;
        if (Sparse) SparseMetadata.Decode(metadata, selector, A, M, K, false, columns);
        SharedMatrix a = registers ? default : new SharedMatrix(shared, MatrixDescriptor.Decode(aDescriptor), "A", transA == 1, M, StoredK, A);
        var b = new SharedMatrix(shared, MatrixDescriptor.Decode(bDescriptor), "B", transB == 1, N, K, B);
        ReadOnlySpan<uint> c = scaleD ? d : default;
        if (A.IsFloat())
        {
            WgmmaScratch.Matrices<double> matrices = scratch.Doubles(M * StoredK, K * N, M * N);
            if (registers) ElementDecoder.Decode(aRegisters, A, _left, matrices.Left);
            else a.Read(matrices.Left, StoredK, 1);
            if (scaleA * scaleB < 0)
                foreach (ref double x in matrices.Left) x = -x;
            b.Read(matrices.Right, 1, N);
            MatrixProduct.Multiply(matrices.Left, matrices.Right, columns, matrices.Sums, M, N, StoredK);
            Accumulators.Store(matrices.Sums, c, d, _result, D == MmaElement.F16);
        }
        else
        {
            WgmmaScratch.Matrices<int> matrices = scratch.Integers(M * StoredK, K * N, M * N);
            if (registers) ElementDecoder.Decode(aRegisters, A, _left, matrices.Left);
            else a.Read(matrices.Left, StoredK, 1);
            b.Read(matrices.Right, 1, N);
            MatrixProduct.Multiply(matrices.Left, matrices.Right, columns, matrices.Sums, M, N, StoredK);
            Accumulators.Store(matrices.Sums, c, d, _result, Saturate);
        }
    }

    private void CheckImmediates(bool registers, int scaleA, int scaleB, int transA, int transB)
    {
        if (scaleA is not (1 or -1) || scaleB is not (1 or -1)) throw new TensorCoreException($"imm-scale-a and imm-scale-b are {scaleA} and {scaleB}: each must be 1 or -1");
        if (transA is not (0 or 1) || transB is not (0 or 1)) throw new TensorCoreException($"imm-trans-a and imm-trans-b are {transA} and {transB}: each must be 0 or 1");
        if (!HasScales && (scaleA | scaleB) != 1) throw new TensorCoreException("only floating-point matrices can be negated");
        if ((transA | transB) != 0 && !HasTransposes) throw new TensorCoreException("only matrices of f16 and bf16 can be transposed");
        if (transA != 0 && registers) throw new TensorCoreException("A in registers cannot be transposed");
    }
}
