namespace Intarsia.Compiler.Rules;

/// <summary>Every diagnostic, in the order of the ids. Hundreds by topic: 00 declaration, 01 tile, 02 sparsity, 03 number formats, 04 target, 09 information.</summary>
public static class DiagnosticTable
{
    // 00xx: the declaration.
    public static readonly DiagnosticRow NotPartial = Error("TPP0001", "Kernel method is not partial",
        "Kernel method '{0}' is not partial, so its body cannot be generated; declare it 'static partial' without a body.");

    public static readonly DiagnosticRow NotStatic = Error("TPP0002", "Kernel method is not static",
        "Kernel method '{0}' is an instance method; a kernel has no state of its own, so declare it static.");

    public static readonly DiagnosticRow Generic = Error("TPP0003", "Kernel is generic",
        "{0} '{1}' has type parameters; a kernel is specialised for one set of number formats, so declare one non-generic method per format in non-generic types.");

    public static readonly DiagnosticRow WrongReturnType = Error("TPP0004", "Kernel method returns a value",
        "Kernel method '{0}' returns '{1}'; expected void, because the result is written to the operand Y.");

    public static readonly DiagnosticRow ContainingTypeNotPartial = Error("TPP0005", "Type that contains a kernel is not partial",
        "Type '{0}' contains kernel method '{1}' but is not partial; declare it partial, so that the body can be generated beside it.");

    public static readonly DiagnosticRow UnsupportedParameter = Error("TPP0006", "Parameter type is not supported",
        "Parameter '{0}' is '{1}', which cannot be {2}; expected {3}.");

    public static readonly DiagnosticRow UnknownRole = Error("TPP0007", "Parameter plays no known part",
        "Parameter '{0}' does not say which part it plays; name it after its part ({1}) or add [Operand(Role.…)].");

    public static readonly DiagnosticRow MissingOperand = Error("TPP0008", "Operand is missing",
        "Kernel '{0}' has no {1}, which {2}; add a parameter '{3}' or mark one with [Operand(Role.{4})].");

    public static readonly DiagnosticRow SuperfluousOperand = Error("TPP0009", "Operand is not used",
        "Parameter '{0}' is {1}, but {2}; {3}.");

    public static readonly DiagnosticRow ConflictingAttributes = Error("TPP0010", "Attributes conflict",
        "'{0}' has both {1}; expected one of them, so remove the other.");

    public static readonly DiagnosticRow ExtentMissing = Error("TPP0011", "Extent is unknown",
        "Nothing tells kernel '{0}' its {1}; set {2} on the kernel attribute or add a parameter 'int {3}'.");

    public static readonly DiagnosticRow ExtentTwice = Error("TPP0012", "Extent is given twice",
        "Parameter '{0}' gives {1}, but {2}; remove one of the two.");

    public static readonly DiagnosticRow Overloaded = Error("TPP0013", "Kernel is overloaded",
        "Type '{0}' has {1} kernels named '{2}', but the companion '{2}Kernel' can describe only one; give each kernel a name of its own.");

    public static readonly DiagnosticRow CompanionClash = Error("TPP0014", "Companion name is taken",
        "Type '{0}' already has a member '{1}', the name of the companion of kernel '{2}'; rename one of them.");

    public static readonly DiagnosticRow NegativeExtent = Error("TPP0015", "Extent is negative",
        "{0} is {1}; expected a positive constant, or 0 (leave it out) for a run-time argument.");

    public static readonly DiagnosticRow StrideWithoutSpan = Error("TPP0016", "Leading dimension without a span",
        "The {0} have a leading dimension but are {1}, which brings its own layout; expected a span, so remove the leading dimension.");

    public static readonly DiagnosticRow AlreadyImplemented = Error("TPP0017", "Kernel method already has a body",
        "Kernel method '{0}' already has a body; Intarsia writes it, so remove the body or the kernel attribute.");

    public static readonly DiagnosticRow UnsupportedModifier = Error("TPP0018", "Modifier is not supported on a kernel",
        "Kernel method '{0}' is declared '{1}'; expected only accessibility, static, unsafe and partial, so remove the modifier.");

    public static readonly DiagnosticRow ScaleOfUnknown = Error("TPP0019", "Scale names no operand",
        "Parameter '{0}' holds the scales of '{1}', but {2}; expected the name of the weights or of X.");

    public static readonly DiagnosticRow MisplacedAttribute = Error("TPP0020", "Attribute has no effect here",
        "[{0}] on '{1}' has no effect: {2}; {3}.");

    public static readonly DiagnosticRow FileLocalType = Error("TPP0021", "Type that contains a kernel is file-local",
        "Type '{0}' contains kernel method '{1}' but is file-local, so no other file can complete it; make it internal.");

    public static readonly DiagnosticRow UndefinedValue = Error("TPP0022", "Enumeration value is not defined",
        "{0} is {1}, which is no {2}; expected one of {3}.");

    public static readonly DiagnosticRow SampledLayout = Error("TPP0023", "Layout does not fit a sampled product",
        "{0} of a sampled product is {1}; expected {2}, so change or remove its [Layout].");

    public static readonly DiagnosticRow SampledStep = Error("TPP0024", "Step needs a dense operand",
        "Step {0} of the chain takes an operand of the output's shape, but the output of a sampled product stores only what its pattern names; expected {1}.");

    public static readonly DiagnosticRow SampledFactor = Error("TPP0025", "Factor on an integer",
        "The sampled product has a {0}, which multiplies floats, but {1}; {2}.");

    // 005x: the epilogue.
    public static readonly DiagnosticRow DequantiseOnFloat = Error("TPP0051", "Dequantise on a float accumulator",
        "The chain has a Dequantise step, but {0} in binary32{1}; remove the step.");

    public static readonly DiagnosticRow DequantiseMissing = Error("TPP0052", "Integer accumulator is not dequantised",
        "{0} needs a float, but {1} in 32-bit integers; put Dequantise at the front of the chain{2}.");

    public static readonly DiagnosticRow StepOrder = Error("TPP0053", "Epilogue steps are out of order",
        "{0} is step {1} of the chain; expected {2}.");

    public static readonly DiagnosticRow RequantiseWithoutByteOutput = Error("TPP0054", "Requantise without an 8-bit output",
        "The chain ends in Requantise, but Y is {0}; expected Span<sbyte> or Span<byte>, or a chain without Requantise.");

    public static readonly DiagnosticRow ByteOutputWithoutRequantise = Error("TPP0055", "8-bit output without Requantise",
        "Y is {0}, but the chain does not end in Requantise; expected Requantise as the last step, with a 'float yScale', or a wider Y.");

    // 006x: batch-reduce GEMM.
    public static readonly DiagnosticRow BatchOperand = Error("TPP0061", "Operand cannot be batched",
        "The {0} of a batch-reduce GEMM {1}; expected {2}.");

    public static readonly DiagnosticRow BatchAddressing = Error("TPP0062", "Batch is not addressed",
        "Kernel '{0}' reaches its terms by {1}; expected one of: strideA, strideB and count; aOffsets and bOffsets; two spans of ReadOnlyMemory; two T** and count.");

    public static readonly DiagnosticRow BatchBeta = Error("TPP0063", "Beta on integers",
        "The batch-reduce GEMM has a beta, but accumulates in 32-bit integers; expected float operands, so remove 'beta'.");

    public static readonly DiagnosticRow BatchFormats = Error("TPP0064", "Batch-reduce formats are not supported",
        "The batch-reduce GEMM takes {0} to {1}; expected float operands with a Float32 C, or Int8 times Int8 or UInt8 with an Int32 C.");

    public static readonly DiagnosticRow BatchOnHost = Info("TPP0065", "Batch has no overload for accelerators",
        "Kernel '{0}' reaches its terms by {1}, which lie on the host, so that it has no overload for accelerators and runs on the CPU alone; for one, lay the terms out in one span and take strideA, strideB and count, or aOffsets and bOffsets.");

    // 007x: operations without weights.
    public static readonly DiagnosticRow LayoutsDiffer = Error("TPP0071", "Layouts of X and Y differ",
        "X is {0} but Y is {1}; {2} leaves every element in its place, so give both the same [Layout].");

    public static readonly DiagnosticRow ConstantOutOfRange = Error("TPP0072", "Constant is out of range",
        "{0} is {1}; expected {2}.");

    // 01xx: tiles.
    public static readonly DiagnosticRow TileInvalid = Error("TPP0101", "Tile is impossible",
        "Tile {0} is {1} for {2}; expected {3}.");

    public static readonly DiagnosticRow TileSpills = Warning("TPP0102", "Tile exceeds the register file",
        "The {0}x{1} tile for tier {2} needs {3} registers ({4} accumulators, {1} operands, 1 broadcast), but the tier has {5}; the rest spills to memory, so choose {6} or smaller.");

    public static readonly DiagnosticRow TileTwice = Error("TPP0103", "Tile is given twice",
        "{0} has {1} [Tile] attributes; expected one for each tier and architecture, so remove the others.");

    public static readonly DiagnosticRow ForeignTileExtent = Error("TPP0104", "Tile extent does not belong",
        "A tile for {0} has no {1}; it has {2}, so remove {1}.");

    public static readonly DiagnosticRow BlockMisfitsInstruction = Error("TPP0105", "Tile is no multiple of the instruction's shape",
        "{0} of the tile for {1} is {2}; expected {3}, because {4}.");

    public static readonly DiagnosticRow BlockTooLarge = Error("TPP0106", "Tile does not fit the architecture",
        "The tile for {0} ({1}) needs {2} ({3}), but there are {4}; choose fewer {5}.");

    public static readonly DiagnosticRow TileWithoutEffect = Warning("TPP0107", "Tile extent has no effect",
        "{0} of the tile for {1} has no effect: {2}; {3}.");

    public static readonly DiagnosticRow ThreadsInvalid = Error("TPP0110", "Number of threads is impossible",
        "[Threads] says {0}; expected 1 (the calling thread alone) to {1}, or no attribute, which leaves the number to KernelThreads.");

    // 02xx: sparsity.
    public static readonly DiagnosticRow ImpossibleNM = Error("TPP0201", "N:M pattern is impossible",
        "The pattern is {0}:{1}; expected 1 ≤ N ≤ M and M one of 2, 4, 8, 16, 32, for example {2}:{3}.");

    public static readonly DiagnosticRow ImpossibleVector = Error("TPP0202", "Vector length is impossible",
        "The vector length V is {0}; expected 1, 2, 4, 8 or 16, for example {1}.");

    public static readonly DiagnosticRow ForeignPatternParameter = Error("TPP0203", "Pattern parameter does not belong",
        "Pattern {0} has no {1}, but {1} is {2}; remove it{3}.");

    public static readonly DiagnosticRow SparseOperationExpected = Error("TPP0204", "Sparse weights in a dense operation",
        "The weights have pattern {0}, but {1} takes dense weights; {2}.");

    public static readonly DiagnosticRow DenseOperationExpected = Error("TPP0205", "Dense weights in a sparse operation",
        "[Spmm] takes sparse weights, but their pattern is dense; use [Gemm], or add [Sparse(…)] to the weights.");

    public static readonly DiagnosticRow SparseSpan = Error("TPP0206", "Sparse weights are not packed",
        "The weights have pattern {0} but are a span; expected a PackedMatrix, whose indices are validated once when it is packed.");

    public static readonly DiagnosticRow SampledOutputDense = Error("TPP0209", "Output of a sampled product is dense",
        "[Sddmm] computes the elements that its result stores, but the pattern of the result is dense; expected a PackedMatrix with [Sparse(…)], or use [Gemm].");

    public static readonly DiagnosticRow SampledOperandPacked = Error("TPP0210", "Operand of a sampled product is packed",
        "The left operand of the sampled product is a PackedMatrix ({0}); expected a span of dense rows, as B is one.");

    public static readonly DiagnosticRow ImpossibleBlock = Error("TPP0211", "Block is impossible",
        "The block is {0}x{1}; expected BlockRows and BlockColumns of 1 to 1024 each, for example 16 and 16.");

    public static readonly DiagnosticRow ImpossibleWidth = Error("TPP0213", "Width of rows is impossible",
        "The width of ELL rows is {0}; expected Width of 1 to 65536, which no row of the weights exceeds, for example {1}.");

    public static readonly DiagnosticRow ImpossibleHyb = Error("TPP0214", "hyb(c, k) is impossible",
        "The pattern is hyb({0}, {1}); expected Partitions of 1 to 1024 and BucketExponent of 0 to 16, for example hyb({2}, {3}).");

    public static readonly DiagnosticRow ImpossibleSum = Error("TPP0216", "Sum of formats is impossible",
        "The pattern is {0}; expected 2 to 8 [Sparse(…)] of single sparse formats without a File, and not of RelativeCsc or GatherScatter.");

    public static readonly DiagnosticRow UnreachedFormat = Error("TPP0217", "Format of a sum is never reached",
        "Format {0} takes every element that reaches it, so {1} behind it has none; {2}.");

    public static readonly DiagnosticRow FillMisplaced = Error("TPP0218", "Fill does not belong",
        "Fill of {0} is {1}; expected {2}.");

    public static readonly DiagnosticRow TransposeImpossible = Error("TPP0219", "Transpose is impossible",
        "This {0} operand cannot be read by its columns: {1}; {2}.");

    // 024x: patterns known at compile time.
    public static readonly DiagnosticRow PatternFileMissing = Error("TPP0240", "Pattern file is not found",
        "The pattern of the weights stands in '{0}', but {1}; {2}.");

    public static readonly DiagnosticRow PatternFileInvalid = Error("TPP0241", "Pattern file is not valid",
        "'{0}' gives no sparsity pattern: {1} is {2}; expected {3}.");

    public static readonly DiagnosticRow PatternFileMisplaced = Error("TPP0242", "Pattern file does not belong",
        "File = \"{0}\" gives the places of weights of [Spmm] in Pattern.Csr, but {1}; {2}.");

    public static readonly DiagnosticRow PatternFileExtent = Error("TPP0243", "Pattern file has other extents",
        "The pattern in '{0}' has {1} {2}, but {3} is declared as {4}; change one of them, or leave {3} out.");

    public static readonly DiagnosticRow PatternNotWritten = Info("TPP0244", "Known pattern is not written out",
        "The pattern in '{0}' is not written out in code, because {1}; the kernel reads it from the packed weights, as any CSR kernel does.");

    public static readonly DiagnosticRow ImpossibleButterfly = Error("TPP0245", "Butterfly product is impossible",
        "[Butterfly] has {0}; expected {1}, for example {2}.");

    public static readonly DiagnosticRow ButterflyFactors = Error("TPP0246", "Butterfly factors are no plain span",
        "The factors {0}; expected a ReadOnlySpan of float, Half or BFloat16 with the numbers of every stage one after another.");

    // 0247: interleaved columns.
    public static readonly DiagnosticRow ImpossibleLanes = Error("TPP0247", "Number of lanes is impossible",
        "The rows of the weights are dealt to {0} lanes; expected Lanes of 1 to 1024, for example {1}.");

    public static readonly DiagnosticRow TransposedScale = Error("TPP0248", "Scales of transposed weights belong to rows",
        "The weights have a scale per {0}, which in the transpose belongs to the depth; use Scale = Per.Tensor, or pack the transpose of the numbers.");

    public static readonly DiagnosticRow ImpossibleGatherScatter = Error("TPP0249", "GS(B, k) is impossible",
        "The pattern is {0}; expected {1}, for example {2}.");

    public static readonly DiagnosticRow ImpossibleRelations = Error("TPP0250", "Relational product is impossible",
        "[Rgms] has {0}; expected {1}, for example {2}.");

    public static readonly DiagnosticRow RelationalOperand = Error("TPP0251", "Operand of a relational product does not fit",
        "{0} of [Rgms] {1}; expected {2}.");

    // 03xx: number formats.
    public static readonly DiagnosticRow FormatPlace = Error("TPP0301", "Number format is not supported here",
        "{0} cannot be the format of {1}; expected {2}.");

    public static readonly DiagnosticRow FormatPair = Error("TPP0302", "Number formats do not go together",
        "No kernel multiplies {0} weights with {1} activations; expected float with float, integers with integers, or Int8, Int4 or weights of a table (of two bits and of one among them) with float activations.");

    public static readonly DiagnosticRow ScaleMissing = Error("TPP0303", "Quantised weights have no scale",
        "{0} weights times {1} activations are dequantised as they are read, but have no scale; expected Scale = Per.Tensor, Per.Row or Per.Group on their [Format]{2}.");

    public static readonly DiagnosticRow ScaleSuperfluous = Error("TPP0304", "Scale is not used",
        "{0} have a scale per {1}, but {2}; {3}.");

    public static readonly DiagnosticRow ScaleGroup = Error("TPP0305", "Scale group is impossible",
        "ScaleGroup is {0}; expected {1}.");

    public static readonly DiagnosticRow Asymmetric = Error("TPP0306", "Zero points without quantised weights",
        "Asymmetric weights need {0}, but {1}; remove Asymmetric{2}.");

    public static readonly DiagnosticRow Overflow = Error("TPP0307", "Accumulator can overflow",
        "The sum of {0} products of {1} (up to {2}) with {3} (up to {4}) can reach {5}, but a 32-bit accumulator holds 2147483647; {6}declare Accumulator = Accumulator.Int64 or Accumulator.Int32Wrap.");

    public static readonly DiagnosticRow IntegerOutput = Error("TPP0308", "Integer output of a float result",
        "Y is {0}, but {1}; expected a float Y{2}.");

    public static readonly DiagnosticRow FormatMismatch = Error("TPP0309", "Format and element type disagree",
        "Parameter '{0}' is declared {1}, whose elements are '{2}', but has elements of '{3}'; change one of them.");

    public static readonly DiagnosticRow ScaleKind = Error("TPP0310", "Scale cannot be shared that way",
        "{0} cannot have a scale per {1}; expected {2}.");

    public static readonly DiagnosticRow PackedOnly = Error("TPP0311", "Weights must be packed",
        "The weights are a span, but {0}; expected a PackedMatrix.");

    public static readonly DiagnosticRow NoZero = Error("TPP0320", "Pattern leaves out zeros that the format has not",
        "{0} weights are −1 or 1, or sums of such, but Pattern.{1} leaves elements out, which are 0; expected dense weights, or NumberFormat.Ternary, which has a 0.");

    public static readonly DiagnosticRow PlanesOnRaw = Error("TPP0321", "Binary-coded weights on a raw integer result",
        "{0} weights are planes with scales of their own, so that their products with {1} activations are sums of floats, but nothing makes the result one; put Dequantise at the front of the chain, with a float or requantised Y.");

    public static readonly DiagnosticRow PlanesNeedScales = Error("TPP0322", "Binary-coded weights have no scales",
        "{0} weights are sums of planes of signs, each times a scale, but have none; expected Scale = Per.Tensor, Per.Row or Per.Group on their [Format].");

    public static readonly DiagnosticRow BasisPlace = Error("TPP0329", "Coefficients of a basis cannot stand here",
        "{0} weights are coefficients of which neighbours share a basis, but {1}; expected {2}.");

    public static readonly DiagnosticRow AccumulatorOnFloat = Error("TPP0312", "Integer accumulator on a float contraction",
        "Accumulator is {2}, but {0} weights times {1} activations accumulate in binary32; remove it.");

    public static readonly DiagnosticRow GroupScaleOnRaw = Error("TPP0313", "Group scales on a raw integer result",
        "The weights have a scale per group of depth, which makes the sum a float, but the chain has no Dequantise; put Dequantise at the front, or use Per.Row.");

    public static readonly DiagnosticRow WideSum = Error("TPP0314", "64-bit accumulator is not possible here",
        "Accumulator is Int64, but {0}; {1}.");

    public static readonly DiagnosticRow SumWidth = Error("TPP0315", "Raw result and sum differ in width",
        "Y is {0}, but {1}; expected {2}.");

    public static readonly DiagnosticRow IntegersWithoutDigits = Info("TPP0316", "Integers do not run on tensor cores",
        "Kernel '{0}' multiplies {1} weights with {2} activations, which tensor cores do in digits of eight bits, but {3}, so that every accelerator runs its portable form, on multiply-adds; for tensor cores, {4}.");

    public static readonly DiagnosticRow NoPlanes = Error("TPP0323", "Layout of planes for a format that has none",
        "{0} lies in planes of bits, but is {1}; declare [Format(NumberFormat.Planes1)] to [Format(NumberFormat.SignPlanes8)] with elements of 'uint', or remove MatrixLayout.BitPlanes.");

    public static readonly DiagnosticRow LoosePlanes = Error("TPP0324", "Result of planes is not packed",
        "Y is {0}, which kernels write as planes of bits only; add [Layout(MatrixLayout.BitPlanes)] and make Y a Span<uint>, or use {1}, which holds the same numbers.");

    public static readonly DiagnosticRow PackedPlanes = Error("TPP0328", "Packed planes where no bits are counted",
        "{0} lies in planes of bits, but the kernel counts none; expected a [Gemm] of packed dense weights and an X of Planes1 to SignPlanes8, without scales per group or Accumulator.Int64. PackedPlanes packs and unpacks for other kernels.");

    public static readonly DiagnosticRow PlanesAlone = Error("TPP0325", "Planes of one operand alone",
        "{0} are {1}, but {2} {3}, whose bits are no planes to count them against; give both operands planes (Planes1 to Planes8, SignPlanes1 to SignPlanes8), or use {4}, which holds the same numbers.");

    public static readonly DiagnosticRow PlanesAsIntegers = Info("TPP0326", "Planes are multiplied as integers",
        "{0} weights times X of {1} count the bits that planes have in common, but {2}, so that the kernel multiplies the integers that they are; to count bits, {3}.");

    public static readonly DiagnosticRow BitPlanesOnHost = Info("TPP0327", "Kernel of planes has no overload for accelerators",
        "Kernel '{0}' multiplies planes of {1} weights by planes of {2} activations, which tensor cores count where dense ones meet an X in planes (MatrixLayout.BitPlanes); else, for accelerators, use {3} weights and {4} activations, which hold the same numbers.");

    // 04xx: targets and the build.

    public static readonly DiagnosticRow UnknownTier = Error("TPP0401", "Tier is not known",
        "The property IntarsiaTiers names '{0}'; expected a list of {1}, separated by ';'.");

    public static readonly DiagnosticRow TileNotEmitted = Warning("TPP0402", "Tile for a tier that is not emitted",
        "The tile is for tier {0}, but this kernel is emitted for {1} only, so it has no effect; {2}, or remove the tile.");

    public static readonly DiagnosticRow LanguageVersion = Error("TPP0403", "C# version is too old",
        "The project compiles C# {0}; generated kernels need C# 13 or later, so raise LangVersion or remove it.");

    /// <summary>Raised by the package's targets, before a compiler that cannot load the generator drops it.</summary>
    public static readonly DiagnosticRow CompilerTooOld = Error("TPP0404", "Compiler is too old",
        "Intarsia needs the C# compiler {0} or later; this build uses {1}. Install the .NET SDK 10.0 or later (or 9.0.300 for the compiler alone) and remove an older version from global.json.");

    public static readonly DiagnosticRow ArchitectureWithoutText = Warning("TPP0405", "Tile for an architecture without text of its own",
        "The tile is for {0}, but {1}. Remove the tile.");

    public static readonly DiagnosticRow NewerDriver = Info("TPP0406", "Text needs a newer driver",
        "The text for {0} multiplies {1} by {2} on tensor cores, which came with PTX {3}: it needs a driver of {4} or later; with equal signs every driver of CUDA 12 will do.");

    public static readonly DiagnosticRow NoPortableForm = Info("TPP0407", "Kernel has no portable form",
        "The overload runs on NVIDIA devices from compute capability 8.0 on; on other accelerators it throws, because {0}.");

    public static readonly DiagnosticRow NoOverload = Info("TPP0408", "Kernel has no overload for accelerators",
        "Kernel '{0}' multiplies {1} weights with {2} activations, which tensor cores do in digits of eight bits, but {3}; and its portable form would have arrays for more arguments than the 14 that ILGPU's launches take, so that it runs on the CPU alone; for tensor cores, {4}.");

    public static readonly DiagnosticRow SampledBlocks = Info("TPP0410", "Sampled blocks have no overload for accelerators",
        "Kernel '{0}' writes blocks of {1} columns, but kernels for accelerators write {2} neighbours of a row together; it runs on the CPU. With BlockColumns that {2} divides it gets an overload.");

    public static readonly DiagnosticRow PlanesOfNvidia = Info("TPP0409", "Kernel of binary-coded weights has no portable form",
        "Kernel '{0}' multiplies {1} weights by tables of sums, which stand in the banks of NVIDIA's shared memory: the overload runs there from compute capability 8.0 on, and throws on other accelerators; for those, multiply the planes one by one as NumberFormat.Binary weights (BinaryCodedMatrix.Plane).");

    public static readonly DiagnosticRow NativeSwitch = Error("TPP0412", "IntarsiaNative is neither true nor false",
        "The property IntarsiaNative is '{0}'; expected true, which is the default, or false, which leaves machine code out.");

    public static readonly DiagnosticRow NativeTile = Error("TPP0413", "Tile does not fit machine code",
        "The {0}x{1} tile for tier {2} needs {3} vector registers, but there are {4}, and nothing spills in machine code; choose {5} or smaller, or leave the tile to the planner.");

    // 09xx: information.
    public static readonly DiagnosticRow NMDoesNotPay = Info("TPP0901", "N:M this dense does not pay on a CPU",
        "{0}:{1} sparsity skips {2} of the products, which on a CPU is less than reading the indices costs: it pays only with up to 8 columns (here {3}), where memory is the limit; use a sparser pattern, vector-wise sparsity (Pattern.VectorRows), or dense weights.");

    public static readonly DiagnosticRow NoTensorCores = Info("TPP0904", "Tensor cores do not take this kernel",
        "On GPUs this kernel runs on {0} instead of tensor cores: {1}; {2}.");

    public static readonly DiagnosticRow LinesAreRagged = Info("TPP0905", "Lines are no multiple of 16 bytes",
        "{0} has lines of {1} bytes, no multiple of 16: the text without asynchronous copies and vector loads always runs on GPUs; {2}.");

    public static readonly DiagnosticRow ButterflyOnHost = Info("TPP0906", "Butterfly kernel has no overload for accelerators",
        "Kernel '{0}' multiplies by butterfly factors of {1} rows, where the shared memory of accelerators holds {2}; multiply by the dense matrix that the factors stand for (ButterflyFactors.ToDense) with [Gemm].");

    public static readonly DiagnosticRow NotFromBanks = Info("TPP0907", "Groups do not gather from the banks of shared memory",
        "On GPUs the {0} weights of this kernel gather lines of X as any sparse rows do, not single elements from the banks of shared memory without conflicts: {1}; {2}.");

    public static readonly DiagnosticRow ZerosNotSkipped = Info("TPP0908", "Activations that are zero are not skipped on GPUs",
        "On GPUs kernel '{0}' multiplies activations that are zero as any others, where CPUs skip the weights that meet them: columns that threads walk side by side would add to the same rows, in an order that varies from run to run, and lanes along a row have read a weight before they know what it meets; "
        + "the time goes by the elements that are stored.");

    /// <summary>Every row, ordered by id.</summary>
    public static IReadOnlyList<DiagnosticRow> All { get; } =
    [
        NotPartial, NotStatic, Generic, WrongReturnType, ContainingTypeNotPartial, UnsupportedParameter, UnknownRole, MissingOperand, SuperfluousOperand,
        ConflictingAttributes, ExtentMissing, ExtentTwice, Overloaded, CompanionClash, NegativeExtent, StrideWithoutSpan, AlreadyImplemented, UnsupportedModifier,
        ScaleOfUnknown, MisplacedAttribute, FileLocalType, UndefinedValue, SampledLayout, SampledStep, SampledFactor,
        DequantiseOnFloat, DequantiseMissing, StepOrder, RequantiseWithoutByteOutput, ByteOutputWithoutRequantise,
        BatchOperand, BatchAddressing, BatchBeta, BatchFormats, BatchOnHost,
        LayoutsDiffer, ConstantOutOfRange,
        TileInvalid, TileSpills, TileTwice, ForeignTileExtent, BlockMisfitsInstruction, BlockTooLarge, TileWithoutEffect, ThreadsInvalid,
        ImpossibleNM, ImpossibleVector, ForeignPatternParameter, SparseOperationExpected, DenseOperationExpected, SparseSpan, SampledOutputDense, SampledOperandPacked, ImpossibleBlock, ImpossibleWidth, ImpossibleHyb, ImpossibleSum, UnreachedFormat, FillMisplaced, TransposeImpossible,
        PatternFileMissing, PatternFileInvalid, PatternFileMisplaced, PatternFileExtent, PatternNotWritten, ImpossibleButterfly, ButterflyFactors, ImpossibleLanes, TransposedScale, ImpossibleGatherScatter, ImpossibleRelations, RelationalOperand,
        FormatPlace, FormatPair, ScaleMissing, ScaleSuperfluous, ScaleGroup, Asymmetric, Overflow, IntegerOutput, FormatMismatch, ScaleKind, PackedOnly,
        AccumulatorOnFloat, GroupScaleOnRaw, WideSum, SumWidth, IntegersWithoutDigits, NoZero, PlanesOnRaw, PlanesNeedScales, NoPlanes, LoosePlanes, PlanesAlone, PlanesAsIntegers, BitPlanesOnHost, PackedPlanes, BasisPlace,
        UnknownTier, TileNotEmitted, LanguageVersion, CompilerTooOld, ArchitectureWithoutText, NewerDriver, NoPortableForm, NoOverload, PlanesOfNvidia, SampledBlocks, NativeSwitch, NativeTile,
        NMDoesNotPay, NoTensorCores, LinesAreRagged, ButterflyOnHost, NotFromBanks, ZerosNotSkipped,
    ];

    private static readonly Dictionary<string, DiagnosticRow> ById = All.ToDictionary(row => row.Id, StringComparer.Ordinal);

    /// <summary>The row of an id.</summary>
    /// <exception cref="KeyNotFoundException">There is no such id.</exception>
    public static DiagnosticRow Get(string id) => ById[id];

    private static DiagnosticRow Error(string id, string title, string message) => new(id, title, message, RuleSeverity.Error);

    private static DiagnosticRow Warning(string id, string title, string message) => new(id, title, message, RuleSeverity.Warning);

    private static DiagnosticRow Info(string id, string title, string message) => new(id, title, message, RuleSeverity.Info);
}
