namespace Intarsia;

/// <summary>How the elements of an operand are stored. Accumulation follows from the pair of operand formats.</summary>
public enum NumberFormat
{
    /// <summary>IEEE 754 binary32 (<see cref="float"/>).</summary>
    Float32,

    /// <summary>IEEE 754 binary16 storage (<c>Half</c>), accumulated in binary32.</summary>
    Float16,

    /// <summary>bfloat16 storage (the upper half of a binary32), accumulated in binary32.</summary>
    BFloat16,

    /// <summary>Signed 8-bit integer, −128…127.</summary>
    Int8,

    /// <summary>Unsigned 8-bit integer, 0…255.</summary>
    UInt8,

    /// <summary>Signed 4-bit integer, −8…7, two to a byte, the even element in the low nibble. An X in four bits is a span of bytes: element i, strides counted, is nibble i of the span.</summary>
    Int4,

    /// <summary>Signed 32-bit integer: the result of an integer contraction.</summary>
    Int32,

    /// <summary>
    /// TensorFloat-32: binary32 storage (<see cref="float"/>) of which a kernel may read no more than sign, exponent and ten bits of the significand, as tensor cores do; a relative error below 2⁻¹⁰ for
    /// each operand. Accumulated in binary32. CPUs read all bits.
    /// </summary>
    TensorFloat32,

    /// <summary>Signed 16-bit integer, −32768…32767. As all formats below, weights of integer activations only.</summary>
    Int16,

    /// <summary>Unsigned 16-bit integer, 0…65535.</summary>
    UInt16,

    /// <summary>Signed 12-bit integer, −2048…2047; packed weights only, two to three bytes.</summary>
    Int12,

    /// <summary>Unsigned 12-bit integer, 0…4095; packed weights only, two to three bytes.</summary>
    UInt12,

    /// <summary>Unsigned 4-bit integer, 0…15, stored as <see cref="Int4"/> is.</summary>
    UInt4,

    /// <summary>Signed 64-bit integer: the result of an integer contraction summed in 64 bits.</summary>
    Int64,

    /// <summary>
    /// flint, signed, 4 bits (Guo et al., ANT, MICRO'22): 0, ±1, ±2, ±3, ±4, ±6, ±8, ±16, dense where most of a Gaussian lies. As all formats below, packed weights only, two to a byte, of integer or float activations:
    /// codes of 4 bits for 16 integers, of which a scale makes numbers.
    /// </summary>
    Flint4,

    /// <summary>flint, unsigned, 4 bits: 0 to 8, 10, 12, 14, 16, 24, 32, 64.</summary>
    UFlint4,

    /// <summary>Power of two, signed, 4 bits (PoT of ANT): 0, ±1, ±2, ±4 … ±64.</summary>
    PowerOfTwo4,

    /// <summary>Power of two, unsigned, 4 bits: 0, 1, 2, 4 … 16384.</summary>
    UPowerOfTwo4,

    /// <summary>Float of 4 bits: sign, two bits of exponent, one of significand (E2M1 of the OCP microscaling formats), in halves: 0, ±1, ±2, ±3, ±4, ±6, ±8, ±12.</summary>
    Float4,

    /// <summary>Float of 4 bits without a sign: three bits of exponent, one of significand, in halves: 0, 1, 2, 3, 4, 6, 8, 12 … 128, 192.</summary>
    UFloat4,

    /// <summary>
    /// A codebook of 16 signed bytes that comes with each packed matrix, and codes of 4 bits for them: one kernel for whatever 16 integers a matrix has, those of <see cref="Flint4"/> to <see cref="Float4"/> among them.
    /// Packed weights only, of integer or float activations.
    /// </summary>
    ByteCodebook16,

    /// <summary>A codebook of 16 binary32 numbers that comes with each packed matrix, and codes of 4 bits for them (shared weights; Han et al., Deep Compression, ICLR'16). Packed weights of float activations only.</summary>
    Codebook16,

    /// <summary>A codebook of 256 binary32 numbers that comes with each packed matrix, and codes of 8 bits for them. Packed weights of float activations only.</summary>
    Codebook256,

    /// <summary>Signed 2-bit integer, −2…1. As all formats below, packed weights only, of integer or float activations: codes of two bits (four to a byte) or of one (eight to a byte) for so many integers.</summary>
    Int2,

    /// <summary>Unsigned 2-bit integer, 0…3.</summary>
    UInt2,

    /// <summary>Ternary: −1, 0, 1 (Li et al., Ternary Weight Networks, 2016), in two bits.</summary>
    Ternary,

    /// <summary>One bit, 0 or 1.</summary>
    UInt1,

    /// <summary>Binary: −1 or 1 (Rastegari et al., XNOR-Net, ECCV'16), in one bit. It has no 0, so that no sparse pattern holds it.</summary>
    Binary,

    /// <summary>Binary-coded (BCQ; Park et al., nuQmm, 2022): the sum of one plane of signs times its α, for each scale group; see <c>BinaryCodedMatrix</c>. Weights only, dense, with scales; <c>Asymmetric</c> gives each group an offset.</summary>
    BinaryCoded1,

    /// <summary>The same of two planes.</summary>
    BinaryCoded2,

    /// <summary>The same of three planes.</summary>
    BinaryCoded3,

    /// <summary>The same of four planes.</summary>
    BinaryCoded4,

    /// <summary>The same of five planes.</summary>
    BinaryCoded5,

    /// <summary>The same of six planes.</summary>
    BinaryCoded6,

    /// <summary>The same of seven planes.</summary>
    BinaryCoded7,

    /// <summary>The same of eight planes.</summary>
    BinaryCoded8,

    /// <summary>
    /// A basis under coefficients that are 0 or powers of two (W = Ce·B; Chen et al., SmartDeal, 2021): three neighbouring weights are three coefficients 0, ±1, ±2 … ±64, of four bits each, times the 3×3 matrix of binary32 numbers
    /// that each tensor, row or group of them has among the scales; see <c>BasisMatrix</c>. Packed weights of float activations only, dense or in blocks of whole threes.
    /// </summary>
    PowerOfTwoBasis,

    /// <summary>
    /// One plane of bits: 0 or 1. As of all formats below, its integers are sums of planes times powers of two (APNN-TC; Feng et al., SC'21), and kernels of two of them count the bits that planes of both have in common. Packed weights, and X of integers as a
    /// span has them (bytes; <c>sbyte</c> for signs, and <c>short</c> for eight planes of them), which kernels cut into planes; what a span holds beyond the range gives no result that is specified.
    /// </summary>
    Planes1,

    /// <summary>Two planes of bits: 0…3.</summary>
    Planes2,

    /// <summary>Three planes of bits: 0…7.</summary>
    Planes3,

    /// <summary>Four planes of bits: 0…15.</summary>
    Planes4,

    /// <summary>Five planes of bits: 0…31.</summary>
    Planes5,

    /// <summary>Six planes of bits: 0…63.</summary>
    Planes6,

    /// <summary>Seven planes of bits: 0…127.</summary>
    Planes7,

    /// <summary>Eight planes of bits: 0…255.</summary>
    Planes8,

    /// <summary>One plane of signs: −1 or 1. As of all formats below: each plane is −1 or 1 times its power of two, so that the integers are the odd ones, and 0 is none of them; weights only dense.</summary>
    SignPlanes1,

    /// <summary>Two planes of signs: the odd integers −3…3.</summary>
    SignPlanes2,

    /// <summary>Three planes of signs: the odd integers −7…7.</summary>
    SignPlanes3,

    /// <summary>Four planes of signs: the odd integers −15…15.</summary>
    SignPlanes4,

    /// <summary>Five planes of signs: the odd integers −31…31.</summary>
    SignPlanes5,

    /// <summary>Six planes of signs: the odd integers −63…63.</summary>
    SignPlanes6,

    /// <summary>Seven planes of signs: the odd integers −127…127.</summary>
    SignPlanes7,

    /// <summary>Eight planes of signs: the odd integers −255…255.</summary>
    SignPlanes8,

    /// <summary>
    /// A codebook of 256 integers that comes with each packed matrix, and codes of 8 bits for them: one kernel for every type of five to eight bits that <c>NumberType</c> has (flint-n, powers of two, floats; ANT). The integers have at most
    /// eight significant bits and reach from −32512 to 32512, so that 16-bit floats and two signed digits hold them. Packed weights only, of integer or float activations.
    /// </summary>
    ShortCodebook256,
}

/// <summary>Where the non-zero elements of a sparse operand may stand.</summary>
public enum Pattern
{
    /// <summary>Every element is stored.</summary>
    Dense,

    /// <summary>At most N non-zero elements in each M consecutive elements of a row (along the depth).</summary>
    NM,

    /// <summary>V×1 column vectors: V consecutive rows share a column pattern (SR-BCRS; Magicube, SC'22).</summary>
    VectorRows,

    /// <summary>Compressed sparse rows: any pattern.</summary>
    Csr,

    /// <summary>Dense blocks of BlockRows×BlockColumns elements on a grid, in block compressed sparse rows (BSR). Blocks of one column and up to 16 rows are <see cref="VectorRows"/> without their strides.</summary>
    Bsr,

    /// <summary>Rows of at most Width elements each, stored as if all had so many (ELLPACK). Padding is no element: kernels skip it.</summary>
    Ell,

    /// <summary>
    /// hyb(c, k): the columns are cut into partitions, and the rows of each lie in buckets of 1, 2, 4 … 2^k places, so that less than half of all places is padding; longer rows are cut into several of the last bucket. Any pattern
    /// (SparseTIR, ASPLOS'23).
    /// </summary>
    Hyb,

    /// <summary>
    /// A sum of formats over the same matrix: each element lies in the first that takes it. Declared by several <see cref="SparseAttribute"/>s on the operand, never by its name.
    /// </summary>
    Composite,

    /// <summary>
    /// Compressed sparse columns with relative row indices of 4 bits, the rows dealt to lanes in turn (EIE, ISCA'16): any pattern, in half a byte of index for most elements.
    /// CPU kernels on one or two columns leave out the columns of the weights whose activation is zero, where these are integers or of a codebook: any other float could be an infinity, whose product with zero is not zero.
    /// </summary>
    RelativeCsc,

    /// <summary>
    /// Windows of 16 rows whose distinct columns are numbered anew without gaps and lie in blocks of 16×8 (sparse graph translation; TC-GNN, USENIX ATC'23): the adjacency of graphs, with a value for each edge. Any pattern.
    /// </summary>
    RowWindows,

    /// <summary>
    /// GS(B, k): bundles of B/k rows whose non-zero elements lie in groups of B, k of each row, whose columns are pairwise different modulo B, so that a gather of a group from B banks meets each bank once (Sun et al., arXiv 2112.10898, 2021; US patent 11481214).
    /// All rows of a bundle do the same work. With a permutation of the rows (Scatter) rows of a bundle need not be neighbours.
    /// </summary>
    GatherScatter,
}

/// <summary>How a rank-2 operand lies in memory.</summary>
public enum MatrixLayout
{
    /// <summary><c>X</c> is depth×columns (rows×columns where there are no weights) and <c>Y</c> rows×columns, row-major: one column per item. <c>A</c> of a sampled product is rows×depth.</summary>
    RowMajor,

    /// <summary><c>X</c> is tokens×depth (tokens×rows where there are no weights) and <c>Y</c> tokens×rows, row-major: the layout of neural-network activations, where a token is a column of the product. <c>A</c> of a sampled product is depth×rows.</summary>
    TokenMajor,

    /// <summary>
    /// Tokens as <see cref="TokenMajor"/> has them, as planes of bits: an operand of <see cref="NumberFormat.Planes1"/> … <see cref="NumberFormat.SignPlanes8"/> that is a span of <c>uint</c>, tokens × ⌈elements / 32⌉ × planes.
    /// Bit i of word w·planes + p of a token is bit p of the code of its element 32·w + i. Bits behind the last element are written as 0, and are not looked at in X. A dense kernel that writes its Y so leaves what the next one reads as
    /// its X, and neither has a byte for each element (APNN-TC; Feng et al., SC'21, section 4). <c>PackedPlanes</c> packs and unpacks.
    /// </summary>
    BitPlanes,
}

/// <summary>What shares one quantisation scale.</summary>
public enum Per
{
    /// <summary>No scale.</summary>
    None,

    /// <summary>The whole tensor shares one scale.</summary>
    Tensor,

    /// <summary>Each row of the weights (an output feature) has a scale.</summary>
    Row,

    /// <summary>Each group of consecutive <em>dense</em> depth elements within a row has a scale.</summary>
    Group,

    /// <summary>Each token (a column of the product) has a scale.</summary>
    Token,
}

/// <summary>A unary or binary tensor processing primitive that an <see cref="EpilogueAttribute"/> chains on the accumulator.</summary>
public enum Tpp
{
    /// <summary>Multiplies an integer accumulator by the scales of the weights and of the activations; the value becomes float.</summary>
    Dequantise,

    /// <summary>Adds one value per row (output feature).</summary>
    Bias,

    /// <summary>max(x, 0).</summary>
    Relu,

    /// <summary>x·Φ(x), with the error function.</summary>
    Gelu,

    /// <summary>The tanh form of GELU: x/2·(1 + tanh(√(2/π)·(x + 0.044715·x³))).</summary>
    GeluTanh,

    /// <summary>x·sigmoid(x).</summary>
    Silu,

    /// <summary>Adds an operand of the output's shape and layout.</summary>
    Residual,

    /// <summary>Multiplies element by element with an operand of the output's shape and layout.</summary>
    Multiply,

    /// <summary>Divides by the output scale, rounds half to even and saturates to the output of 8 bits, or of planes: there the code of a number is rounded, which of signs is half of what the number is above the least.</summary>
    Requantise,
}

/// <summary>The part a parameter plays, where its name does not say it.</summary>
public enum Role
{
    /// <summary>The left operand <c>W</c>, rows×depth (<c>A_r</c> of a batch-reduce GEMM, <c>A</c> of a sampled product).</summary>
    Weights,

    /// <summary>The right operand <c>X</c> of a product (<c>B_r</c> of a batch-reduce GEMM; of a sampled product <c>B</c>, columns×depth), the only one of an operation without weights.</summary>
    X,

    /// <summary>The result <c>Y</c> (<c>C</c> of a batch-reduce GEMM, the packed <c>D</c> of a sampled product).</summary>
    Y,

    /// <summary>The vector that <see cref="Tpp.Bias"/> adds: one value per row.</summary>
    Bias,

    /// <summary>The operand of <see cref="Tpp.Residual"/>, in the output's shape and layout.</summary>
    Residual,

    /// <summary>The operand of <see cref="Tpp.Multiply"/>, in the output's shape and layout.</summary>
    Multiplier,

    /// <summary>The scale of the weights where they are a span: one value, or one per row.</summary>
    WeightScale,

    /// <summary>The scale of the activations: one value, or one per token.</summary>
    XScale,

    /// <summary>The scale of the output of 8 bits or of planes that <see cref="Tpp.Requantise"/> divides by: one value.</summary>
    YScale,

    /// <summary>Run-time number of rows (output features).</summary>
    Rows,

    /// <summary>Run-time depth (input features).</summary>
    Depth,

    /// <summary>Run-time number of columns (tokens).</summary>
    Columns,

    /// <summary>Elements from one row of the weights to the next.</summary>
    WeightsStride,

    /// <summary>Elements from one row of <c>X</c> as it lies in memory to the next.</summary>
    XStride,

    /// <summary>Elements from one row of <c>Y</c> as it lies in memory to the next.</summary>
    YStride,

    /// <summary>Number of terms of a batch-reduce GEMM.</summary>
    BatchCount,

    /// <summary>Elements from <c>A_r</c> to <c>A_(r+1)</c> of a batch-reduce GEMM.</summary>
    BatchWeightsStride,

    /// <summary>Elements from <c>B_r</c> to <c>B_(r+1)</c> of a batch-reduce GEMM.</summary>
    BatchXStride,

    /// <summary>Element offsets of the <c>A_r</c> of a batch-reduce GEMM.</summary>
    BatchWeightsOffsets,

    /// <summary>Element offsets of the <c>B_r</c> of a batch-reduce GEMM.</summary>
    BatchXOffsets,

    /// <summary>β of a batch-reduce GEMM, what the old value of <c>C</c> is multiplied by; or β of a layer norm, what is added at the end: one value for each element of a line.</summary>
    Beta,

    /// <summary>What a softmax multiplies its argument by, or a sampled product its dot products: one positive value.</summary>
    Scale,

    /// <summary>γ of a norm, what the normalised elements are multiplied by: one value for each element of a line.</summary>
    Gamma,

    /// <summary>The packed edges of a relational product: the matrices <c>A_r</c> beside each other.</summary>
    Graph,
}

/// <summary>What holds the running sum of an integer contraction.</summary>
public enum Accumulator
{
    /// <summary>Chosen from the formats: binary32 for floats, 32-bit for integers, with a diagnostic where 32 bits can overflow.</summary>
    Default,

    /// <summary>32-bit integer that wraps around on overflow, by the author's decision.</summary>
    Int32Wrap,

    /// <summary>64-bit integer, exact for every pair of formats and every depth below 2³¹. Y is <see cref="NumberFormat.Int64"/>, or a float behind <see cref="Tpp.Dequantise"/>.</summary>
    Int64,
}

/// <summary>An architecture of NVIDIA GPUs that kernels have text of their own for.</summary>
public enum GpuArchitecture
{
    /// <summary>Compute capability 8.0, and what later devices carry forward.</summary>
    Sm80,

    /// <summary>Compute capability 9.0, with instructions that only it has.</summary>
    Sm90a,
}

/// <summary>The instruction-set tier a kernel is emitted for. A tier is chosen once per process.</summary>
public enum Tier
{
    /// <summary>Plain C# loops without vectors.</summary>
    Scalar,

    /// <summary>Portable 128-bit vectors.</summary>
    Vector128,

    /// <summary>Arm AdvSimd (and Dp, where present).</summary>
    AdvSimd,

    /// <summary>Arm AdvSimd with the dot-product extension.</summary>
    AdvSimdDp,

    /// <summary>AVX2 with FMA.</summary>
    Avx2,

    /// <summary>AVX2 with FMA and AVX-VNNI.</summary>
    Avx2Vnni,

    /// <summary>AVX-512 F, BW, DQ and VL.</summary>
    Avx512,

    /// <summary>AVX-512 with AVX-VNNI (256-bit integer dot products).</summary>
    Avx512Vnni,

    /// <summary>AVX-512 as machine code, with the 512-bit instructions that .NET has no intrinsics for (AVX512_VNNI, AVX512_BF16, AVX512_VPOPCNTDQ). Linux on x64 only.</summary>
    Avx512Native,
}
