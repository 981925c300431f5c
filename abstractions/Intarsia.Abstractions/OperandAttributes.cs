namespace Intarsia;

/// <summary>
/// Declares the sparsity pattern of the weights, or of the result of a sampled product. Several on one parameter make a sum of formats, in which each element lies in the first that takes it: N:M the first N columns of each group that have any,
/// ELL the first of each row, blocks and vectors those that are full enough (<see cref="Fill"/>); the last takes the rest.
/// </summary>
[AttributeUsage(AttributeTargets.Parameter, AllowMultiple = true)]
public sealed class SparseAttribute : Attribute
{
    /// <summary>Declares the pattern.</summary>
    public SparseAttribute(Pattern pattern) => Pattern = pattern;

    /// <summary>The pattern.</summary>
    public Pattern Pattern { get; }

    /// <summary>For <see cref="Pattern.NM"/>: how many of each <see cref="M"/> consecutive elements may be non-zero; 1 ≤ N ≤ M.</summary>
    public int N { get; set; }

    /// <summary>For <see cref="Pattern.NM"/>: the group length; 2, 4, 8, 16 or 32.</summary>
    public int M { get; set; }

    /// <summary>
    /// For <see cref="Pattern.VectorRows"/>: the vector length; 1, 2, 4, 8 or 16. For <see cref="Pattern.NM"/>: how many consecutive rows keep the same elements (V:N:M), 2, 4, 8 or 16;
    /// left out, or 1, every row has elements of its own.
    /// </summary>
    public int V { get; set; }

    /// <summary>For <see cref="Pattern.Bsr"/>: rows of a block; 1 to 1024. Kernels compute as many rows together as the greatest power of two up to 16 that divides it: 16 is fast, an odd number is not.</summary>
    public int BlockRows { get; set; }

    /// <summary>For <see cref="Pattern.Bsr"/>: columns of a block, along the depth; 1 to 1024.</summary>
    public int BlockColumns { get; set; }

    /// <summary>For <see cref="Pattern.Bsr"/>: only block rows that hold blocks are stored (doubly compressed, DBSR); for matrices most of whose rows are empty.</summary>
    public bool DoublyCompressed { get; set; }

    /// <summary>For <see cref="Pattern.Ell"/>: places of a row; 1 to 65536. A row with more non-zero elements does not fit, one with fewer is padded.</summary>
    public int Width { get; set; }

    /// <summary>
    /// For <see cref="Pattern.Hyb"/>: partitions of the columns; 1 to 1024, 1 where it is not given. Kernels on CPUs take one partition of the depth after the other, so that the rows of X that it names stay in cache; of a single one they
    /// choose the tile of the depth themselves.
    /// </summary>
    public int Partitions { get; set; } = 1;

    /// <summary>For <see cref="Pattern.Hyb"/>: the exponent of the widest bucket; 0 to 16, that is, of up to 65536 places; 5 where it is not given.</summary>
    public int BucketExponent { get; set; } = 5;

    /// <summary>For <see cref="Pattern.RelativeCsc"/>: lanes that rows are dealt to in turn, the processing elements of an accelerator; 1 to 1024, 1 where it is not given. A lane counts zeros among its own rows.</summary>
    public int Lanes { get; set; } = 1;

    /// <summary>For <see cref="Pattern.GatherScatter"/>: B, the banks that the elements of a group are read from, one from each; 4, 8, 16 or 32. The bank of a column is its remainder by B. 16 floats are a vector of AVX-512, 32 words the banks of a GPU's shared memory.</summary>
    public int Banks { get; set; }

    /// <summary>For <see cref="Pattern.GatherScatter"/>: k, the elements of a group that are of the same row; 1, 2, 4 … up to <see cref="Banks"/>, 1 where it is not given (vertical). B/k rows make a bundle; with k = B each row stands alone (horizontal).</summary>
    public int PerRow { get; set; } = 1;

    /// <summary>
    /// For <see cref="Pattern.GatherScatter"/>: how many groups a bundle may have at most; 1 to 65536. Places of its groups that no element takes are padding. Left out, there is no padding but for rows that do not exist: every row of a bundle must have as many elements
    /// as the others, and every bank as many as the others.
    /// </summary>
    public int Groups { get; set; }

    /// <summary>For <see cref="Pattern.GatherScatter"/>: bundles are made of rows in the order of their numbers of elements, and not of neighbours.</summary>
    public bool Scatter { get; set; }

    /// <summary>For <see cref="Pattern.Bsr"/> and <see cref="Pattern.VectorRows"/> that other formats follow: how many percent of a block or vector must be non-zero for it to be taken; 1 to 100.</summary>
    public int Fill { get; set; }

    /// <summary>
    /// The kernel multiplies by the transpose of the packed matrix: <c>Y = Wᵀ·X</c>, with the very <c>PackedMatrix</c> that other kernels read as W or write as the result of a sampled product, as the backward pass of a sparse layer does. Rows and depth of the kernel
    /// are those of Wᵀ: the packed matrix is depth×rows. Values are read through an index of the columns and neither moved nor stored twice. Integer weights have one scale for the tensor, or none. In a sum of formats one attribute says it for all.
    /// </summary>
    public bool Transposed { get; set; }

    /// <summary>
    /// For <see cref="Pattern.Csr"/> weights: one of the project's additional files, which says where elements stand, in the .smtx format or as a coordinate matrix of Matrix Market (.mtx), whose values are left
    /// aside. The kernel is then written for this pattern alone, with an instruction for each element; the packed weights must store exactly its elements (<c>KernelInfo.Pattern</c>, <c>CsrMatrix.WithValues</c>). Rows
    /// and depth follow from it. The name may be the end of the file's path, whole folders at a time.
    /// </summary>
    public string? File { get; set; }
}

/// <summary>Declares how the numbers of an operand are stored. Left out, the format follows from the parameter's element type.</summary>
[AttributeUsage(AttributeTargets.Parameter)]
public sealed class FormatAttribute : Attribute
{
    /// <summary>Declares the format.</summary>
    public FormatAttribute(NumberFormat format) => Format = format;

    /// <summary>The number format.</summary>
    public NumberFormat Format { get; }

    /// <summary>What shares a scale of quantised packed weights. Left out: <see cref="Per.Group"/> when <see cref="ScaleGroup"/> is set, else <see cref="Per.Row"/> for integer weights.</summary>
    public Per Scale { get; set; }

    /// <summary>Length of a scale group, counted in <em>dense</em> depth; the last group of a row may be shorter.</summary>
    public int ScaleGroup { get; set; }

    /// <summary>Quantised weights carry a zero point beside each scale.</summary>
    public bool Asymmetric { get; set; }
}

/// <summary>Declares that the parameter holds the scales of another operand.</summary>
[AttributeUsage(AttributeTargets.Parameter)]
public sealed class ScaleOfAttribute : Attribute
{
    /// <summary>Declares the operand by its parameter name, and what shares a scale.</summary>
    public ScaleOfAttribute(string operand, Per per)
    {
        Operand = operand;
        Per = per;
    }

    /// <summary>The name of the parameter that is scaled.</summary>
    public string Operand { get; }

    /// <summary>What shares one scale.</summary>
    public Per Per { get; }
}

/// <summary>
/// Declares the layout of <c>X</c> or <c>Y</c>, or of the factors <c>A</c> and <c>B</c> of a sampled product. Left out: <see cref="MatrixLayout.RowMajor"/>, but for <c>B</c>, which is <see cref="MatrixLayout.TokenMajor"/> (columns×depth) then.
/// </summary>
[AttributeUsage(AttributeTargets.Parameter)]
public sealed class LayoutAttribute : Attribute
{
    /// <summary>Declares the layout.</summary>
    public LayoutAttribute(MatrixLayout layout) => Layout = layout;

    /// <summary>The layout.</summary>
    public MatrixLayout Layout { get; }
}

/// <summary>
/// Declares the part a parameter plays, where its name does not say it. Names that do (in any case):
/// <c>w weights a factors</c>, <c>x input activations b</c>, <c>y output c d</c>, <c>bias</c>, <c>residual</c>, <c>multiplier gate</c>, <c>wScale weightScale</c>, <c>xScale</c>, <c>yScale</c>,
/// <c>rows</c>, <c>depth</c>, <c>columns tokens</c>, <c>ldw lda</c>, <c>ldx ldb</c>, <c>ldy ldc</c>, <c>count</c>, <c>strideA</c>, <c>strideB</c>, <c>aOffsets</c>, <c>bOffsets</c>, <c>beta</c>, <c>scale</c>, <c>gamma</c>, <c>graph adjacency</c>.
/// A digit behind a name (<c>residual2</c>) tells several operands of one kind apart; they serve the steps of the chain in parameter order.
/// </summary>
[AttributeUsage(AttributeTargets.Parameter)]
public sealed class OperandAttribute : Attribute
{
    /// <summary>Declares the role.</summary>
    public OperandAttribute(Role role) => Role = role;

    /// <summary>The role.</summary>
    public Role Role { get; }
}
