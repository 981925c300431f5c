namespace Intarsia;

/// <summary>Base of the attributes that declare what a kernel computes. An extent left at 0 is a run-time argument.</summary>
public abstract class KernelAttribute : Attribute
{
    /// <summary>Rows of <c>Y</c> (features); 0 (the default) makes it a run-time argument named <c>rows</c>, unless packed weights or a tensor span carry it.</summary>
    public int Rows { get; set; }

    /// <summary>Columns of <c>Y</c> (tokens); 0 makes it a run-time argument named <c>columns</c> or <c>tokens</c>, unless a tensor span carries it. 1 is a matrix-vector product.</summary>
    public int Columns { get; set; }
}

/// <summary>Base of the attributes that declare a product <c>W·X</c>: <c>W</c> is rows×depth, <c>X</c> depth×columns.</summary>
public abstract class ContractionAttribute : KernelAttribute
{
    /// <summary>Columns of <c>W</c> and rows of <c>X</c>, the reduced extent; 0 makes it a run-time argument named <c>depth</c>, unless packed weights or a tensor span carry it.</summary>
    public int Depth { get; set; }

    /// <summary>The accumulator of an integer contraction.</summary>
    public Accumulator Accumulator { get; set; }
}

/// <summary>Declares <c>Y = epilogue(W·X)</c> with dense <c>W</c>.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class GemmAttribute : ContractionAttribute;

/// <summary>Declares <c>Y = epilogue(W·X)</c> with sparse <c>W</c>; the pattern stands on the weights parameter in a <see cref="SparseAttribute"/>.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class SpmmAttribute : ContractionAttribute;

/// <summary>
/// Declares a sampled dense-dense product (SDDMM), <c>D = epilogue(scale·(A·Bᵀ))</c> at the elements that <c>D</c> stores: <c>A</c> is rows×depth, <c>B</c> columns×depth, both dense, and <c>D</c> is a
/// <c>PackedMatrix</c> whose pattern stands on its parameter in a <see cref="SparseAttribute"/>. Its topology is read, its values are written in its own layout (Magicube, SC'22, section 4.3), so
/// that it can be the weights of an <see cref="SpmmAttribute"/> kernel next. What it does not store is not computed. <c>A</c> and <c>B</c> are floats, or integers of 16, 8 or 4 bits of either sign.
/// With <see cref="LayoutAttribute"/>, <c>A</c> lies depth×rows (<see cref="MatrixLayout.TokenMajor"/>) and <c>B</c> depth×columns (<see cref="MatrixLayout.RowMajor"/>), each for itself: every transpose of MegaBlocks' SDD (Gale et al.,
/// MLSys'23, section 5.1). Factors that lie as the product says are contiguous along the depth, and fastest.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class SddmmAttribute : ContractionAttribute
{
    /// <summary>What each dot product is multiplied by (1/√d of attention): positive and finite. A parameter <c>float scale</c> gives it at the call instead.</summary>
    public float Scale { get; set; } = 1;

    /// <summary>Each scaled dot product is multiplied by the value that <c>D</c> held there before the call, ahead of the chain: <c>D = epilogue(scale·(A·Bᵀ) ∘ D)</c>.</summary>
    public bool Masked { get; set; }
}

/// <summary>
/// Declares a batch-reduce GEMM, <c>C = epilogue(β·C + Σ_r A_r·B_r)</c>, the TPP that DNN layers are built from (Georganas et al., SC'21).
/// The terms are reached by a stride, by element offsets (validated), or as a list of <c>ReadOnlyMemory</c>.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class BatchReduceGemmAttribute : ContractionAttribute;

/// <summary>
/// Declares <c>Y = epilogue(X)</c>: the chain of an <see cref="EpilogueAttribute"/> on every element of X, fused into one pass; without a chain, a conversion of number formats.
/// X is rows×columns, and lies as Y does; integers become floats where the chain begins with <see cref="Tpp.Dequantise"/>.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class ElementwiseAttribute : KernelAttribute;

/// <summary>
/// Declares <c>Y = epilogue(softmax(scale·X))</c> along each line as X lies in memory: over the columns of each row, or, in <see cref="MatrixLayout.TokenMajor"/>, over the rows (features) of each token.
/// The largest element of a line is subtracted first, so that no exponential overflows; a line of −∞ alone gives NaN.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class SoftmaxAttribute : KernelAttribute
{
    /// <summary>What the elements are multiplied by before they are exponentiated (1/√d of attention, an inverse temperature): positive and finite. A parameter <c>float scale</c> gives it at the call instead.</summary>
    public float Scale { get; set; } = 1;
}

/// <summary>
/// Declares a layer norm of each line as X lies in memory, <c>Y = epilogue((X − mean)/√(variance + epsilon)·gamma + beta)</c> (Ba, Kiros and Hinton, 2016): of each row over its columns, or, in
/// <see cref="MatrixLayout.TokenMajor"/>, of each token over its rows (features). The variance is the mean of the squared distances from the mean. Parameters <c>gamma</c> and <c>beta</c>, one value for each
/// element of a line, are there or not.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class LayerNormAttribute : KernelAttribute
{
    /// <summary>What is added to the variance: 0 or positive, and finite.</summary>
    public float Epsilon { get; set; } = 1e-5f;
}

/// <summary>
/// Declares an RMS norm of each line as X lies in memory, <c>Y = epilogue(X/√(mean of X² + epsilon)·gamma)</c> (Zhang and Sennrich, 2019): of each row over its columns, or, in
/// <see cref="MatrixLayout.TokenMajor"/>, of each token over its rows (features). A parameter <c>gamma</c>, one value for each element of a line, is there or not.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class RmsNormAttribute : KernelAttribute
{
    /// <summary>What is added to the mean square: 0 or positive, and finite.</summary>
    public float Epsilon { get; set; } = 1e-5f;
}

/// <summary>
/// Declares <c>Y = epilogue(B·X)</c> where <c>B</c> is a product of butterfly factors (Dao et al., ICML'19; FABNet, Fan et al., MICRO'22): log2(n) stages of 2×2 matrices stand for an n×n one, n the power of two from
/// <see cref="Depth"/> up. The stage of stride s mixes elements that are s apart: with its numbers t of n/2 matrices, and x as [n/2s][2][s], <c>y[q][i][r] = Σ_l t[q·s + r][i][l]·x[q][l][r]</c>. <c>X</c> is depth×columns and counts as 0
/// behind its end. <c>Y</c> is rows×columns: the results of ⌈rows/n⌉ stacks, each a product of its own on the same <c>X</c>, one below the other, of which the last may be cut off.
/// A parameter <c>factors</c> (or <c>weights</c>), a span, has the numbers as <c>[stacks][blocks][log2 n][n/2][2][2]</c>: of every stack the stages in the order in which they are applied. <see cref="KernelAttribute.Rows"/> and <see cref="Depth"/> must be given.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class ButterflyAttribute : KernelAttribute
{
    /// <summary>Rows of <c>X</c>: 2 to 65536.</summary>
    public int Depth { get; set; }

    /// <summary>Products of log2(n) stages one after the other, 1 to 64; each has the strides of the one before it in reverse.</summary>
    public int Blocks { get; set; } = 1;

    /// <summary>The strides of the first block fall from n/2 to 1, rather than rise from 1 to n/2.</summary>
    public bool Decreasing { get; set; }

    /// <summary>
    /// Elements and numbers are complex. An element is two rows, the real part and the imaginary one below it (of a token, two neighbours), so that <see cref="Depth"/> and <see cref="KernelAttribute.Rows"/> are even and n is the power of
    /// two from depth/2 up; the factors are <c>[stacks][blocks][log2 n][n/2][2][2][2]</c>, real part and imaginary part last. A Fourier transform is such a product: <c>ButterflyFactors.Fourier</c> has its factors.
    /// </summary>
    public bool Complex { get; set; }
}

/// <summary>
/// Declares a relational gather, product and scatter (RGMS; SparseTIR, Ye et al., ASPLOS'23), <c>Y = epilogue(Σ_r A_r·X·W_r)</c>, what a layer of a relational graph convolution computes (R-GCN, Schlichtkrull et al., ESWC'18): node i of
/// <c>Y</c> is the sum over its edges, each the value of the edge times the source's features times the dense weights of the edge's relation. A relation without an edge to a node adds nothing to it.
/// <para>A parameter <c>graph</c>, a <c>PackedMatrix</c> of columns×(relations·sources) in <see cref="Pattern.Csr"/>, holds the <c>A_r</c> beside each other, <c>weights</c>, a dense <c>PackedMatrix</c> of rows×(relations·depth), the transposes of the
/// <c>W_r</c> beside each other: <c>RelationalGraph</c> makes both. <c>X</c> is sources×depth and <c>Y</c> columns×rows, both token-major, which they are without a <see cref="LayoutAttribute"/>, too.</para>
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class RgmsAttribute : ContractionAttribute
{
    /// <summary>Relations: 1 to 65536.</summary>
    public int Relations { get; set; }
}
