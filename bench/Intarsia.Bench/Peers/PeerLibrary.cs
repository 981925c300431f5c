using System.Runtime.InteropServices;

namespace Intarsia.Bench.Peers;

/// <summary>Number formats of a peer's GEMM; the values are those of the shims.</summary>
internal enum PeerKind
{
    Float32 = 0,
    UInt8Int8 = 1,
    BFloat16 = 2,
    Int8Int8 = 3,
}

/// <summary>Which operand of C = A·B holds the weights and may be packed outside the timing.</summary>
internal enum PeerConstant
{
    None = 0,
    Left = 1,
    Right = 2,
}

/// <summary>Operations on lines; the values are those of the shims.</summary>
internal enum PeerLine
{
    Softmax = 0,
    LayerNorm = 1,
    RmsNorm = 2,
    Gelu = 3,
    BiasGeluResidual = 4,
}

/// <summary>One shim and the library behind it. An entry that a library does not have answers null.</summary>
internal sealed unsafe class PeerLibrary
{
    private readonly nint handle;
    private readonly delegate* unmanaged<nint, long, void> run;
    private readonly delegate* unmanaged<nint, void> free;

    private PeerLibrary(string id, nint handle)
    {
        Id = id;
        this.handle = handle;
        run = (delegate* unmanaged<nint, long, void>)NativeLibrary.GetExport(handle, "plan_run");
        free = (delegate* unmanaged<nint, void>)NativeLibrary.GetExport(handle, "plan_free");
        var version = (delegate* unmanaged<byte*>)NativeLibrary.GetExport(handle, "peer_version");
        Name = Marshal.PtrToStringUTF8((nint)version()) ?? id;
    }

    /// <summary>The name in the checked-in table of cases: <c>openblas</c>, <c>onednn</c>, <c>libxsmm</c>, <c>eigen</c>, <c>ggml</c>.</summary>
    public string Id { get; }

    /// <summary>Name and version as the library reports them.</summary>
    public string Name { get; }

    public static PeerLibrary? TryLoad(string folder, string id, out string reason)
    {
        string path = Path.Combine(folder, $"lib{id}-shim.so");
        reason = File.Exists(path) ? "" : $"{path} does not exist";
        if (reason.Length > 0) return null;
        try
        {
            return new PeerLibrary(id, NativeLibrary.Load(path));
        }
        catch (Exception problem) when (problem is DllNotFoundException or EntryPointNotFoundException or BadImageFormatException)
        {
            reason = problem.Message;
            return null;
        }
    }

    /// <summary>C (m×n) = A (m×k)·B (k×n), all row-major; <paramref name="packed"/> lays the constant operand out beforehand.</summary>
    public PeerPlan? Gemm(PeerKind kind, PeerConstant constant, bool packed, long m, long n, long k, void* a, void* b, void* c) =>
        Entry("gemm_create") is var entry and not 0
            ? Plan(((delegate* unmanaged<int, int, int, long, long, long, void*, void*, void*, nint>)entry)((int)kind, (int)constant, packed ? 1 : 0, m, n, k, a, b, c))
            : null;

    /// <summary>The library's BLAS-like entry, which packs inside the call.</summary>
    public PeerPlan? PlainGemm(PeerKind kind, long m, long n, long k, void* a, void* b, void* c) =>
        Entry("plain_gemm_create") is var entry and not 0
            ? Plan(((delegate* unmanaged<int, long, long, long, void*, void*, void*, nint>)entry)((int)kind, m, n, k, a, b, c))
            : null;

    /// <summary>C = Σ A_r·B_r over contiguous terms; one term is a small GEMM.</summary>
    public PeerPlan? BatchReduce(long m, long n, long k, long count, float* a, float* b, float* c) =>
        Entry("batch_reduce_create") is var entry and not 0
            ? Plan(((delegate* unmanaged<long, long, long, long, float*, float*, float*, nint>)entry)(m, n, k, count, a, b, c))
            : null;

    /// <summary>C = A·B with A in compressed sparse rows; where token-major, B and C are stored column by column.</summary>
    public PeerPlan? CsrSpmm(long m, long n, long k, int* pointers, int* columns, float* values, float* b, float* c, bool tokenMajor = false) =>
        Entry(tokenMajor ? "csr_spmm_tokens_create" : "csr_spmm_create") is var entry and not 0
            ? Plan(((delegate* unmanaged<long, long, long, int*, int*, float*, float*, float*, nint>)entry)(m, n, k, pointers, columns, values, b, c))
            : null;

    /// <summary>C = A·B with A given densely and cut into sparse slices beforehand.</summary>
    public PeerPlan? Spmdm(long m, long n, long k, float* a, float* b, float* c) =>
        Entry("spmdm_create") is var entry and not 0
            ? Plan(((delegate* unmanaged<long, long, long, float*, float*, float*, nint>)entry)(m, n, k, a, b, c))
            : null;

    /// <summary>C = A·B with code for the places and values of A.</summary>
    public PeerPlan? FixedSpmm(long m, long n, long k, float* a, float* b, float* c) =>
        Entry("fixed_spmm_create") is var entry and not 0
            ? Plan(((delegate* unmanaged<long, long, long, float*, float*, float*, nint>)entry)(m, n, k, a, b, c))
            : null;

    /// <summary>Y (lines×length) from X, line by line. γ and β, which is a bias as well, have a value for each element of a line; the residual is as large as X. What the operation does not have is not read.</summary>
    public PeerPlan? Line(PeerLine line, long lines, long length, float* x, float* gamma, float* beta, float* residual, float* y) =>
        Entry("line_create") is var entry and not 0
            ? Plan(((delegate* unmanaged<int, long, long, float*, float*, float*, float*, float*, nint>)entry)((int)line, lines, length, x, gamma, beta, residual, y))
            : null;

    /// <summary>
    /// Y (tokens×rows) = X (tokens×depth)·Wᵀ with W (rows×depth) in a low-bit format of the library, which quantises W beforehand and X inside the call.
    /// </summary>
    /// <param name="format">The library's name of the format.</param>
    /// <param name="packed">In the order that the library makes for this processor, where it has one.</param>
    /// <param name="rows">Rows of W.</param>
    /// <param name="depth">Depth.</param>
    /// <param name="tokens">Rows of X.</param>
    /// <param name="copies">Copies of W, which take turns.</param>
    /// <param name="w">The weights.</param>
    /// <param name="x">The activations.</param>
    /// <param name="y">The result, written by every call that takes the first copy.</param>
    public PeerPlan? LowBit(string format, bool packed, long rows, long depth, long tokens, long copies, float* w, float* x, float* y)
    {
        if (Entry("low_bit_create") is not (var entry and not 0)) return null;
        nint name = Marshal.StringToCoTaskMemUTF8(format);
        nint plan = ((delegate* unmanaged<nint, int, long, long, long, long, float*, float*, float*, nint>)entry)(name, packed ? 1 : 0, rows, depth, tokens, copies, w, x, y);
        Marshal.FreeCoTaskMem(name);
        return Plan(plan);
    }

    /// <summary>A loop that measures a ceiling.</summary>
    public PeerPlan? Ceiling(string name) => Entry(name) is var entry and not 0 ? Plan(((delegate* unmanaged<nint>)entry)()) : null;

    /// <summary>Instructions that one run of a ceiling loop issues.</summary>
    public long CeilingInstructions => ((delegate* unmanaged<long>)Entry("ceiling_instructions"))();

    internal void Run(nint plan, long repeat) => run(plan, repeat);

    internal void Free(nint plan) => free(plan);

    private PeerPlan? Plan(nint plan) => plan == 0 ? null : new PeerPlan(this, plan);

    private nint Entry(string name) => NativeLibrary.TryGetExport(handle, name, out nint entry) ? entry : 0;
}

/// <summary>A peer's prepared call.</summary>
internal sealed class PeerPlan(PeerLibrary library, nint plan) : IDisposable
{
    private nint plan = plan;

    public void Run(long repeat) => library.Run(plan, repeat);

    public void Dispose()
    {
        if (plan != 0) library.Free(plan);
        plan = 0;
    }
}
