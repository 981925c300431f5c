using System.Collections.Concurrent;
using System.Runtime.CompilerServices;

namespace Intarsia.PtxEmulator.TensorCores;

/// <summary>
/// One form of <c>mma.sync</c> or <c>mma.sp</c>: D = A·B + C over the registers of a warp (PTX ISA 9.1, 9.7.14.5 and 9.7.14.6).
/// <para>
/// Integers are exact, and wrap or saturate at the end. Floating-point products are exact, summed in binary64 and rounded once to D's type, so that with u that type's unit roundoff
/// |D − exact| ≤ u·|D| + (K + 1)·2⁻⁵³·(|C| + Σ|a·b|), plus half the smallest subnormal. Hardware may be worse: the ISA leaves order and rounding of its sums open.
/// </para>
/// </summary>
/// <param name="Shape">Extents; for sparse A, K before compression.</param>
/// <param name="A">Elements of A.</param>
/// <param name="B">Elements of B.</param>
/// <param name="C">Elements of C.</param>
/// <param name="D">Elements of D.</param>
/// <param name="Sparse">Whether A is stored with half of its elements, and metadata say which.</param>
/// <param name="Saturate"><c>.satfinite</c></param>
/// <param name="BitOp">The operation on one-bit elements.</param>
/// <param name="OrderedMetadata"><c>::ordered_metadata</c>: indices must ascend.</param>
internal sealed record MmaInstruction(MmaShape Shape, MmaElement A, MmaElement B, MmaElement C, MmaElement D, bool Sparse = false, bool Saturate = false, BitOp BitOp = BitOp.None, bool OrderedMetadata = false)
{
    private static readonly ConcurrentDictionary<string, MmaInstruction> Parsed = new();

    // One-bit elements are multiplied 32 at a time: to the loops below they are words.
    private readonly FragmentLayout _left = A == MmaElement.B1 ? FragmentLayout.Left(Shape.M, Shape.K / 32, 32) : FragmentLayout.Left(Shape.M, Sparse ? Shape.K / 2 : Shape.K, A.Bits());
    private readonly FragmentLayout _right = B == MmaElement.B1 ? FragmentLayout.Right(Shape.K / 32, Shape.N, 32) : FragmentLayout.Right(Shape.K, Shape.N, B.Bits());
    private readonly FragmentLayout _result = FragmentLayout.Accumulator(Shape.M, Shape.N, D.Bits());

    /// <summary>Registers of a lane that hold A.</summary>
    public int ARegisters => _left.Registers;

    /// <summary>Registers of a lane that hold B.</summary>
    public int BRegisters => _right.Registers;

    /// <summary>Registers of a lane that hold C.</summary>
    public int CRegisters => _result.Registers;

    /// <summary>Registers of a lane that hold D.</summary>
    public int DRegisters => _result.Registers;

    private int StoredK => Sparse ? Shape.K / 2 : Shape.K;

    /// <summary>Reads an opcode such as <c>mma.sync.aligned.m16n8k32.row.col.satfinite.s32.s8.u8.s32</c>; the same text gives the same instance.</summary>
    /// <exception cref="NotSupportedException">The ISA, or the emulator, has no such form; the message quotes it and says what is wrong.</exception>
    public static MmaInstruction Parse(string opcode) => Parsed.GetOrAdd(opcode, MmaForms.Parse);

    /// <summary>Row and column of A's element <paramref name="index"/> (ai of the ISA) of a lane. For sparse A, the column is one of the K/2 stored ones.</summary>
    public (int Row, int Column) AElement(int lane, int index) => Math.DivRem(Expand(_left.Position(lane, index / Pack(A), A.PerRegister() / Pack(A)), index, A), StoredK);

    /// <summary>Row and column of B's element <paramref name="index"/> (bi of the ISA) of a lane.</summary>
    public (int Row, int Column) BElement(int lane, int index)
    {
        (int row, int column) = Math.DivRem(_right.Position(lane, index / Pack(B), B.PerRegister() / Pack(B)), Shape.N);
        return (row * Pack(B) + index % Pack(B), column);
    }

    /// <summary>Row and column of C's element <paramref name="index"/> (ci of the ISA) of a lane.</summary>
    public (int Row, int Column) CElement(int lane, int index) => Math.DivRem(_result.Position(lane, index, D.PerRegister()), Shape.N);

    /// <summary>Row and column of D's element <paramref name="index"/> of a lane; the same as C's.</summary>
    public (int Row, int Column) DElement(int lane, int index) => CElement(lane, index);

    /// <summary>Executes the instruction for one warp. All registers are raw bits, <c>[register * 32 + lane]</c>; <paramref name="d"/> may be <paramref name="c"/>.</summary>
    /// <param name="a">Registers of A.</param>
    /// <param name="b">Registers of B.</param>
    /// <param name="c">Registers of C; empty for zeros.</param>
    /// <param name="d">Where D goes.</param>
    /// <param name="metadata">One word per lane, for sparse A.</param>
    /// <param name="selector">The sparsity selector.</param>
    /// <exception cref="TensorCoreException">Metadata or selector have a value that the ISA does not define.</exception>
    [SkipLocalsInit]
    public void Execute(ReadOnlySpan<uint> a, ReadOnlySpan<uint> b, ReadOnlySpan<uint> c, Span<uint> d, ReadOnlySpan<uint> metadata = default, int selector = 0)
    {
        (int m, int n, int k) = (Shape.M, Shape.N, Shape.K);
        Span<int> columns = stackalloc int[Sparse ? m * StoredK : 0];
        if (Sparse) SparseMetadata.Decode(metadata, selector, A, m, k, OrderedMetadata, columns);
        if (A.IsFloat())
        {
            Span<double> left = stackalloc double[m * StoredK], right = stackalloc double[k * n], sums = stackalloc double[m * n];
            ElementDecoder.Decode(a, A, _left, left);
            ElementDecoder.Decode(b, B, _right, right);
            MatrixProduct.Multiply(left, right, columns, sums, m, n, StoredK);
            Accumulators.Store(sums, c, d, _result, D == MmaElement.F16);
            return;
        }
        Span<int> counts = stackalloc int[m * n];
        if (A == MmaElement.B1)
        {
            Span<uint> left = stackalloc uint[m * k / 32], right = stackalloc uint[n * k / 32];
            for (int i = 0; i < _left.Positions.Length; i++) left[_left.Positions[i]] = a[i];
            for (int i = 0; i < _right.Positions.Length; i++) right[_right.Positions[i]] = b[i];
            MatrixProduct.Multiply(left, right, BitOp, counts, m, n, k / 32);
        }
        else
        {
            Span<int> left = stackalloc int[m * StoredK], right = stackalloc int[k * n];
            ElementDecoder.Decode(a, A, _left, left);
            ElementDecoder.Decode(b, B, _right, right);
            MatrixProduct.Multiply(left, right, columns, counts, m, n, StoredK);
        }
        Accumulators.Store(counts, c, d, _result, Saturate);
    }

    private static int Pack(MmaElement element) => element == MmaElement.B1 ? 32 : 1;

    private static int Expand(int position, int index, MmaElement element) => position * Pack(element) + index % Pack(element);
}
