using Intarsia.Bench.Kernels;
using Intarsia.Bench.Measuring;

namespace Intarsia.Bench.Cases;

/// <summary>Every case of the <c>peers</c> verb, in the order in which it is printed. Which peers a case wants stands in its factory.</summary>
internal static class CaseTable
{
    private static readonly double[] Sparsities = [0.5, 0.6, 0.7, 0.8, 0.9, 0.95];
    private static readonly int[] Batches = [1, 2, 4, 8, 16], MoreBatches = [.. Batches, 32, 64, 128];

    public static IReadOnlyList<BenchCase> All { get; } = [.. Dense(), .. Sparse(), .. MatrixCases.All(128), .. GraphCases.All(32), .. Known(), .. Columns(), .. Gathered(), .. Sampled(), .. Butterflies(), .. Relational(), .. Quantised(), .. Decoding(), .. Planes(), .. Batched(), .. Small(), .. Lines()];

    private static IEnumerable<BenchCase> Dense() =>
    [
        DenseCases.TokenMajor(512, 512, 512, LinearKernels.F32_512x512Kernel, LinearKernels.F32_512x512),
        DenseCases.TokenMajor(1024, 1024, 1024, LinearKernels.F32_1024x1024Kernel, LinearKernels.F32_1024x1024),
        DenseCases.TokenMajor(128, 768, 768, LinearKernels.F32_768x768Kernel, LinearKernels.F32_768x768),
        DenseCases.TokenMajor(128, 3072, 768, LinearKernels.F32_3072x768Kernel, LinearKernels.F32_3072x768),
        DenseCases.TokenMajor(128, 768, 3072, LinearKernels.F32_768x3072Kernel, LinearKernels.F32_768x3072),
        DenseCases.TokenMajor(32, 32, 32, LinearKernels.F32_32x32Kernel, LinearKernels.F32_32x32),
        DenseCases.TokenMajor(64, 64, 64, LinearKernels.F32_64x64Kernel, LinearKernels.F32_64x64),
        DenseCases.TokenMajor(16, 64, 65536, LongDepthKernels.F32_64x65536Kernel, (weights, x, y, _) => LongDepthKernels.F32_64x65536(weights, x, y)),
        DenseCases.RowMajor(512, 512, 512, RowMajorKernels.F32_512x512Kernel, RowMajorKernels.F32_512x512),
        DenseCases.RowMajor(1024, 1024, 1024, RowMajorKernels.F32_1024x1024Kernel, RowMajorKernels.F32_1024x1024),
        DenseCases.RowMajor(768, 128, 768, RowMajorKernels.F32_768x768Kernel, RowMajorKernels.F32_768x768),
        DenseCases.RowMajor(3072, 128, 768, RowMajorKernels.F32_3072x768Kernel, RowMajorKernels.F32_3072x768),
        DenseCases.RowMajor(768, 128, 3072, RowMajorKernels.F32_768x3072Kernel, RowMajorKernels.F32_768x3072),
        DenseCases.RowMajor(32, 32, 32, RowMajorKernels.F32_32x32Kernel, RowMajorKernels.F32_32x32),
        DenseCases.RowMajor(64, 64, 64, RowMajorKernels.F32_64x64Kernel, RowMajorKernels.F32_64x64),
    ];

    private static IEnumerable<BenchCase> Sparse() =>
    [
        .. Sparsities.Select(sparsity => SparseCases.Csr(768, 128, 3072, sparsity, SparseKernels.CsrKernel, SparseKernels.Csr)),
        .. Sparsities.Select(sparsity => SparseCases.VectorRows(4, 768, 128, 3072, sparsity, SparseKernels.Vectors4Kernel, SparseKernels.Vectors4)),
        .. Sparsities.Select(sparsity => SparseCases.VectorRows(8, 768, 128, 3072, sparsity, SparseKernels.Vectors8Kernel, SparseKernels.Vectors8)),
        .. Sparsities.Select(sparsity => SparseCases.Blocks(4, 768, 128, 3072, sparsity, SparseKernels.Blocks4Kernel, SparseKernels.Blocks4)),
        .. Sparsities.Select(sparsity => SparseCases.Blocks(16, 768, 128, 3072, sparsity, SparseKernels.Blocks16Kernel, SparseKernels.Blocks16)),
        .. Sparsities.Select(sparsity => SparseCases.Blocks(64, 768, 128, 3072, sparsity, SparseKernels.Blocks64Kernel, SparseKernels.Blocks64)),
        .. Sparsities.Select(sparsity => SparseCases.Blocks(128, 768, 128, 3072, sparsity, SparseKernels.Blocks128Kernel, SparseKernels.Blocks128)),
        SparseCases.DoublyCompressed(16, 0.25, 768, 128, 3072, 0.8, SparseKernels.DoublyCompressed16Kernel, SparseKernels.DoublyCompressed16),
        SparseCases.Transposed("csr", 1, 768, 128, 3072, 0.9, SparseKernels.CsrTransposedKernel, SparseKernels.CsrTransposed),
        SparseCases.Transposed("bsr 16x16", 16, 768, 128, 3072, 0.9, SparseKernels.Blocks16TransposedKernel, SparseKernels.Blocks16Transposed),
        SparseCases.BlocksAndRows(768, 128, 3072, 0.9, SparseKernels.BlocksAndRowsKernel, SparseKernels.BlocksAndRows),
        SparseCases.TwoOfFourAndRows(768, 128, 3072, 0.45, SparseKernels.TwoOfFourAndRowsKernel, SparseKernels.TwoOfFourAndRows),
        .. Sparsities.Select(sparsity => SparseCases.Ell(768, 128, 3072, sparsity, SparseKernels.EllKernel, SparseKernels.Ell)),
        .. Sparsities.Select(sparsity => SparseCases.Hyb(768, 128, 3072, sparsity, SparseKernels.HybKernel, SparseKernels.Hyb)),
        SparseCases.NMRowMajor(2, 4, 768, 128, 3072, SparseKernels.TwoOfFourKernel, SparseKernels.TwoOfFour),
        SparseCases.NMRowMajor(2, 4, 768, 128, 3072, SparseKernels.TwoOfFourBy8Kernel, SparseKernels.TwoOfFourBy8),
        SparseCases.NMRowMajor(1, 4, 768, 128, 3072, SparseKernels.OneOfFourKernel, SparseKernels.OneOfFour),
        SparseCases.NMRowMajor(2, 8, 768, 128, 3072, SparseKernels.TwoOfEightKernel, SparseKernels.TwoOfEight),
        SparseCases.NMRowMajor(1, 8, 768, 128, 3072, SparseKernels.OneOfEightKernel, SparseKernels.OneOfEight),
        SparseCases.NMRowMajor(1, 16, 768, 128, 3072, SparseKernels.OneOfSixteenKernel, SparseKernels.OneOfSixteen),
        SparseCases.Graph(16, 4, GraphKernels.WindowsKernel, GraphKernels.Windows),
        .. from edges in new[] { 8, 64 }
           from features in new[] { 16, 32, 64, 128 }
           select SparseCases.Graph(features, edges, GraphKernels.WindowsKernel, GraphKernels.Windows),
        SparseCases.NMTokenMajor(2, 4, 128, 768, 3072, SparseKernels.TwoOfFourTokensKernel, SparseKernels.TwoOfFourTokens),
        SparseCases.NMTokenMajor(1, 4, 128, 768, 3072, SparseKernels.OneOfFourTokensKernel, SparseKernels.OneOfFourTokens),
        SparseCases.NMTokenMajor(2, 8, 128, 768, 3072, SparseKernels.TwoOfEightTokensKernel, SparseKernels.TwoOfEightTokens),
        SparseCases.NMTokenMajor(1, 8, 128, 768, 3072, SparseKernels.OneOfEightTokensKernel, SparseKernels.OneOfEightTokens),
        SparseCases.NMTokenMajor(1, 16, 128, 768, 3072, SparseKernels.OneOfSixteenTokensKernel, SparseKernels.OneOfSixteenTokens),
        .. new[] { 0.7, 0.8, 0.9, 0.95 }.SelectMany(sparsity => new[]
        {
            SparseCases.VectorsTokenMajor(128, 768, 3072, sparsity, SparseKernels.CsrTokensKernel, SparseKernels.CsrTokens),
            SparseCases.VectorsTokenMajor(128, 768, 3072, sparsity, SparseKernels.Vectors4TokensKernel, SparseKernels.Vectors4Tokens),
            SparseCases.VectorsTokenMajor(128, 768, 3072, sparsity, SparseKernels.Vectors8TokensKernel, SparseKernels.Vectors8Tokens),
        }),
    ];

    private static IEnumerable<BenchCase> Known() =>
    [
        SparseCases.Known(128, KnownPatternKernels.Sparse32x64Kernel, KnownPatternKernels.Sparse32x64),
        SparseCases.Known(128, KnownPatternKernels.Sparse64x64Kernel, KnownPatternKernels.Sparse64x64),
        SparseCases.Known(128, KnownPatternKernels.Sparse64x256Kernel, KnownPatternKernels.Sparse64x256),
        SparseCases.Known(128, KnownPatternKernels.Sparse16x24Kernel, KnownPatternKernels.Sparse16x24),
        SparseCases.Known(128, KnownPatternKernels.Sparse64x16Kernel, KnownPatternKernels.Sparse64x16),
        SparseCases.Known(128, KnownPatternKernels.Sparse24x64Kernel, KnownPatternKernels.Sparse24x64),
    ];

    // EIE's Alex-7, at its activations, at few and at all of them; its other layers at the densities of its table III; and SqueezeNet's last layer.
    private static IEnumerable<BenchCase> Columns() =>
    [
        .. from tokens in new[] { 1, 2 }
           from density in new[] { 0.2, 0.35, 1 }
           select ColumnCases.Of("cb16 relative csc", tokens, 4096, 4096, 0.09, density, ColumnKernels.Alex7Kernel, ColumnKernels.Alex7, ColumnKernels.Alex7CsrKernel, ColumnKernels.Alex7Csr),
        ColumnCases.Of("cb16 relative csc", 1, 4096, 9216, 0.09, 0.351, ColumnKernels.Alex6Kernel, ColumnKernels.Alex6, ColumnKernels.Alex6CsrKernel, ColumnKernels.Alex6Csr),
        ColumnCases.Of("cb16 relative csc", 1, 1000, 4096, 0.25, 0.375, ColumnKernels.Alex8Kernel, ColumnKernels.Alex8, ColumnKernels.Alex8CsrKernel, ColumnKernels.Alex8Csr),
        ColumnCases.Of("cb16 relative csc", 1, 4096, 25088, 0.04, 0.183, ColumnKernels.Vgg6Kernel, ColumnKernels.Vgg6, ColumnKernels.Vgg6CsrKernel, ColumnKernels.Vgg6Csr),
        ColumnCases.Of("cb16 relative csc", 1, 4096, 4096, 0.04, 0.375, ColumnKernels.Alex7Kernel, ColumnKernels.Alex7, ColumnKernels.Alex7CsrKernel, ColumnKernels.Alex7Csr),
        ColumnCases.Of("cb16 relative csc", 1, 1000, 4096, 0.23, 0.411, ColumnKernels.Alex8Kernel, ColumnKernels.Alex8, ColumnKernels.Alex8CsrKernel, ColumnKernels.Alex8Csr),
        .. from tokens in new[] { 1, 2 }
           from density in new[] { 0.05, 0.1, 0.2, 0.3, 0.5, 1 }
           select ColumnCases.Of("cb16 relative csc", tokens, 2048, 2048, 0.1, density, ColumnKernels.Square2048Kernel, ColumnKernels.Square2048, ColumnKernels.Square2048CsrKernel, ColumnKernels.Square2048Csr),
        ColumnCases.Of("cb256 relative csc", 1, 1000, 512, 0.2, 0.15, ColumnKernels.ConvFinalKernel, ColumnKernels.ConvFinal, ColumnKernels.ConvFinalCsrKernel, ColumnKernels.ConvFinalCsr),
    ];

    private static IEnumerable<BenchCase> Gathered() =>
        from shape in new[] { 768, 4096 }
        from pattern in new[] { 16, 4, 1 }
        from sparsity in new[] { 0.8, 0.9, 0.95 }
        from tokens in new[] { 1, 2 }
        select shape == 768
            ? Gathered(tokens, 768, 3072, sparsity, pattern switch { 16 => (GatherKernels.Horizontalx768Kernel, GatherKernels.Horizontalx768), 4 => (GatherKernels.Hybridx768Kernel, GatherKernels.Hybridx768), _ => (GatherKernels.Verticalx768Kernel, GatherKernels.Verticalx768) })
            : Gathered(tokens, 4096, 4096, sparsity, pattern switch { 16 => (GatherKernels.Horizontalx4096Kernel, GatherKernels.Horizontalx4096), 4 => (GatherKernels.Hybridx4096Kernel, GatherKernels.Hybridx4096), _ => (GatherKernels.Verticalx4096Kernel, GatherKernels.Verticalx4096) });

    private static BenchCase Gathered(int tokens, int rows, int depth, double sparsity, (KernelInfo Info, DenseCases.Kernel Run) ours) => rows == 768
        ? GatherCases.Of(tokens, rows, depth, sparsity, ours.Info, ours.Run, GatherKernels.Csrx768Kernel, GatherKernels.Csrx768, GatherKernels.CsrColumnsx768)
        : GatherCases.Of(tokens, rows, depth, sparsity, ours.Info, ours.Run, GatherKernels.Csrx4096Kernel, GatherKernels.Csrx4096, GatherKernels.CsrColumnsx4096);

    private static IEnumerable<BenchCase> Sampled() =>
    [
        .. Sparsities.Select(sparsity => SampledCases.Of("csr", 1024, 1024, 64, 0.125f, sparsity, SampledKernels.CsrKernel, SampledKernels.Csr)),
        .. Sparsities.Select(sparsity => SampledCases.Of("sr-bcrs V=8", 1024, 1024, 64, 0.125f, sparsity, SampledKernels.Vectors8Kernel, SampledKernels.Vectors8)),
        .. Sparsities.Select(sparsity => SampledCases.Of("bsr 16x16", 1024, 1024, 64, 0.125f, sparsity, SampledKernels.Blocks16Kernel, SampledKernels.Blocks16)),
        .. new[] { 0.7, 0.9, 0.95 }.SelectMany(sparsity => new[]
        {
            SampledCases.Of("row windows", 1024, 1024, 64, 0.125f, sparsity, SampledKernels.WindowsKernel, SampledKernels.Windows),
            SampledCases.Of("hyb", 1024, 1024, 64, 0.125f, sparsity, SampledKernels.HybKernel, SampledKernels.Hyb),
            SampledCases.Of("ell", 1024, 1024, 64, 0.125f, sparsity, SampledKernels.EllKernel, SampledKernels.Ell),
        }),
        SampledCases.Of("2:4", 1024, 1024, 64, 0.125f, 0.5, SampledKernels.TwoOfFourKernel, SampledKernels.TwoOfFour),
        SampledCases.Of("1:8", 1024, 1024, 64, 0.125f, 0.875, SampledKernels.OneOfEightKernel, SampledKernels.OneOfEight),
        .. new[] { 0.7, 0.9, 0.95 }.SelectMany(sparsity => new[]
        {
            SampledCases.Integers<sbyte>("csr", 1024, 1024, 64, sparsity, SampledIntegerKernels.BytesCsrKernel, SampledIntegerKernels.BytesCsr),
            SampledCases.Integers<sbyte>("sr-bcrs V=8", 1024, 1024, 64, sparsity, SampledIntegerKernels.BytesVectors8Kernel, SampledIntegerKernels.BytesVectors8),
            SampledCases.Integers<short>("csr", 1024, 1024, 64, sparsity, SampledIntegerKernels.ShortsCsrKernel, SampledIntegerKernels.ShortsCsr),
            SampledCases.Integers<short>("sr-bcrs V=8", 1024, 1024, 64, sparsity, SampledIntegerKernels.ShortsVectors8Kernel, SampledIntegerKernels.ShortsVectors8),
        }),
    ];

    private static IEnumerable<BenchCase> Butterflies() => [.. new[] { 1, 16, 128 }.SelectMany(Butterflies), .. new[] { 4, 64 }.SelectMany(SmallerButterflies)];

    private static BenchCase[] SmallerButterflies(int tokens) =>
    [
        ButterflyCases.Square(tokens, 64, ButterflyKernels.Square64Kernel, ButterflyKernels.Square64, LinearKernels.F32_64x64Kernel, LinearKernels.F32_64x64),
        ButterflyCases.Square(tokens, 128, ButterflyKernels.Square128Kernel, ButterflyKernels.Square128, LinearKernels.F32_128x128Kernel, LinearKernels.F32_128x128),
        ButterflyCases.Square(tokens, 256, ButterflyKernels.Square256Kernel, ButterflyKernels.Square256, LinearKernels.F32_256x256Kernel, LinearKernels.F32_256x256),
        .. Butterflies(tokens).Take(3),
    ];

    private static BenchCase[] Butterflies(int tokens) =>
    [
        ButterflyCases.Square(tokens, 512, ButterflyKernels.Square512Kernel, ButterflyKernels.Square512, LinearKernels.F32_512x512Kernel, LinearKernels.F32_512x512),
        ButterflyCases.Square(tokens, 1024, ButterflyKernels.Square1024Kernel, ButterflyKernels.Square1024, LinearKernels.F32_1024x1024Kernel, LinearKernels.F32_1024x1024),
        ButterflyCases.Square(tokens, 2048, ButterflyKernels.Square2048Kernel, ButterflyKernels.Square2048, LinearKernels.F32_2048x2048Kernel, LinearKernels.F32_2048x2048),
        ButterflyCases.Fourier(tokens, 512, ButterflyKernels.Fourier512Kernel, ButterflyKernels.Fourier512, LinearKernels.F32_1024x1024Kernel, LinearKernels.F32_1024x1024),
    ];

    private static IEnumerable<BenchCase> Relational() =>
    [
        RelationalCases.Layer(2000, 20_000, 64, RelationalKernels.Layer64Kernel, RelationalKernels.Layer64, RelationalKernels.Gather64Kernel, RelationalKernels.Gather64, RelationalKernels.Multiply64Kernel, RelationalKernels.Multiply64),
        RelationalCases.Layer(10_000, 60_000, 32, RelationalKernels.Layer32Kernel, RelationalKernels.Layer32, RelationalKernels.Gather32Kernel, RelationalKernels.Gather32, RelationalKernels.Multiply32Kernel, RelationalKernels.Multiply32),
        RelationalCases.Layer(10_000, 100_000, 128, RelationalKernels.Layer128Kernel, RelationalKernels.Layer128, RelationalKernels.Gather128Kernel, RelationalKernels.Gather128, RelationalKernels.Multiply128Kernel, RelationalKernels.Multiply128),
        RelationalCases.Layer(5000, 40_000, 32, RelationalKernels.Layer32Of2Kernel, RelationalKernels.Layer32Of2, RelationalKernels.Gather32Kernel, RelationalKernels.Gather32, RelationalKernels.Multiply32Of2Kernel, RelationalKernels.Multiply32Of2),
        RelationalCases.Layer(5000, 40_000, 32, RelationalKernels.Layer32Of8Kernel, RelationalKernels.Layer32Of8, RelationalKernels.Gather32Kernel, RelationalKernels.Gather32, RelationalKernels.Multiply32Of8Kernel, RelationalKernels.Multiply32Of8),
        RelationalCases.Layer(5000, 40_000, 32, RelationalKernels.Layer32Of32Kernel, RelationalKernels.Layer32Of32, RelationalKernels.Gather32Kernel, RelationalKernels.Gather32, RelationalKernels.Multiply32Of32Kernel, RelationalKernels.Multiply32Of32),
        RelationalCases.Layer(5000, 40_000, 32, RelationalKernels.Layer32Of128Kernel, RelationalKernels.Layer32Of128, RelationalKernels.Gather32Kernel, RelationalKernels.Gather32, RelationalKernels.Multiply32Of128Kernel, RelationalKernels.Multiply32Of128),
        RelationalCases.Bytes(2000, 20_000, 64, RelationalKernels.Bytes64Kernel, RelationalKernels.Bytes64, RelationalKernels.Layer64Kernel, RelationalKernels.Layer64),
    ];

    private static IEnumerable<BenchCase> Quantised() =>
    [
        QuantisedCases.Int8<byte>(512, 512, 512, Int8Kernels.Dense512x512Kernel, Int8Kernels.Dense512x512),
        QuantisedCases.Int8<byte>(1024, 1024, 1024, Int8Kernels.Dense1024x1024Kernel, Int8Kernels.Dense1024x1024),
        QuantisedCases.Int8<byte>(128, 768, 768, Int8Kernels.Dense768x768Kernel, Int8Kernels.Dense768x768),
        QuantisedCases.Int8<byte>(128, 3072, 768, Int8Kernels.Dense3072x768Kernel, Int8Kernels.Dense3072x768),
        QuantisedCases.Int8<byte>(128, 768, 3072, Int8Kernels.Dense768x3072Kernel, Int8Kernels.Dense768x3072),
        QuantisedCases.Int8<byte>(128, 768, 3072, Int8Kernels.TwoOfFourKernel, Int8Kernels.TwoOfFour),
        QuantisedCases.Int8<byte>(128, 768, 3072, Int8Kernels.OneOfFourKernel, Int8Kernels.OneOfFour),
        QuantisedCases.Int8<byte>(128, 768, 3072, Int8Kernels.OneOfEightKernel, Int8Kernels.OneOfEight),
        QuantisedCases.Int8<byte>(128, 768, 3072, Int8Kernels.TwoOfFourBy4Kernel, Int8Kernels.TwoOfFourBy4),
        QuantisedCases.Int8<byte>(128, 768, 3072, Int8Kernels.TwoOfFourBy8Kernel, Int8Kernels.TwoOfFourBy8),
        QuantisedCases.Int8<sbyte>(512, 512, 512, SignedInt8Kernels.Dense512x512Kernel, SignedInt8Kernels.Dense512x512),
        QuantisedCases.Int8<sbyte>(1024, 1024, 1024, SignedInt8Kernels.Dense1024x1024Kernel, SignedInt8Kernels.Dense1024x1024),
        QuantisedCases.Int8<sbyte>(128, 768, 768, SignedInt8Kernels.Dense768x768Kernel, SignedInt8Kernels.Dense768x768),
        QuantisedCases.Int8<sbyte>(128, 3072, 768, SignedInt8Kernels.Dense3072x768Kernel, SignedInt8Kernels.Dense3072x768),
        QuantisedCases.Int8<sbyte>(128, 768, 3072, SignedInt8Kernels.Dense768x3072Kernel, SignedInt8Kernels.Dense768x3072),
        .. new[] { 0.7, 0.9 }.SelectMany(sparsity => new[]
        {
            QuantisedCases.Int8<sbyte>(128, 768, 3072, SignedInt8Kernels.CsrKernel, SignedInt8Kernels.Csr, sparsity),
            QuantisedCases.Int8<sbyte>(128, 768, 3072, SignedInt8Kernels.Vectors4Kernel, SignedInt8Kernels.Vectors4, sparsity),
            QuantisedCases.Int8<sbyte>(128, 768, 3072, SignedInt8Kernels.Vectors8Kernel, SignedInt8Kernels.Vectors8, sparsity),
        }),
        .. new[] { 0.7, 0.8, 0.9 }.SelectMany(sparsity => new[]
        {
            QuantisedCases.Int8RowMajor(768, 128, 3072, RowMajorInt8Kernels.CsrKernel, RowMajorInt8Kernels.Csr, sparsity),
            QuantisedCases.Int8RowMajor(768, 128, 3072, RowMajorInt8Kernels.Vectors4Kernel, RowMajorInt8Kernels.Vectors4, sparsity),
            QuantisedCases.Int8RowMajor(768, 128, 3072, RowMajorInt8Kernels.Vectors8Kernel, RowMajorInt8Kernels.Vectors8, sparsity),
        }),
        .. IntegerCases.All(),
        QuantisedCases.BFloat16s(512, 512, 512, BFloat16Kernels.Dense512x512Kernel, BFloat16Kernels.Dense512x512),
        QuantisedCases.BFloat16s(1024, 1024, 1024, BFloat16Kernels.Dense1024x1024Kernel, BFloat16Kernels.Dense1024x1024),
        QuantisedCases.BFloat16s(128, 768, 768, BFloat16Kernels.Dense768x768Kernel, BFloat16Kernels.Dense768x768),
        QuantisedCases.BFloat16s(128, 3072, 768, BFloat16Kernels.Dense3072x768Kernel, BFloat16Kernels.Dense3072x768),
        QuantisedCases.BFloat16s(128, 768, 3072, BFloat16Kernels.Dense768x3072Kernel, BFloat16Kernels.Dense768x3072),
        QuantisedCases.Int4(1, 4096, 4096, Int4Kernels.GemmKernel, Int4Kernels.Gemm),
        QuantisedCases.Int4(128, 4096, 4096, Int4Kernels.GemmKernel, Int4Kernels.Gemm),
        QuantisedCases.Table(1, 4096, 4096, TableKernels.Flint4Kernel, TableKernels.Flint4),
        QuantisedCases.Table(1, 4096, 4096, TableKernels.PowerOfTwo4Kernel, TableKernels.PowerOfTwo4),
        QuantisedCases.Table(1, 4096, 4096, TableKernels.Float4Kernel, TableKernels.Float4),
        QuantisedCases.Table(1, 4096, 4096, TableKernels.UFlint4Kernel, TableKernels.UFlint4),
        QuantisedCases.Table(1, 4096, 4096, TableKernels.UPowerOfTwo4Kernel, TableKernels.UPowerOfTwo4),
        QuantisedCases.Table(1, 4096, 4096, TableKernels.UFloat4Kernel, TableKernels.UFloat4),
        QuantisedCases.Table(1, 4096, 4096, TableKernels.ByteCodebook16Kernel, TableKernels.ByteCodebook16),
        QuantisedCases.Table(1, 4096, 4096, TableKernels.ShortCodebook256Kernel, TableKernels.ShortCodebook256),
        QuantisedCases.Table(4, 4096, 4096, TableKernels.Flint4Kernel, TableKernels.Flint4),
        QuantisedCases.Table(128, 4096, 4096, TableKernels.ByteCodebook16Kernel, TableKernels.ByteCodebook16),
        QuantisedCases.Table(128, 4096, 4096, TableKernels.ShortCodebook256Kernel, TableKernels.ShortCodebook256),
        QuantisedCases.Table(128, 4096, 4096, TableKernels.Flint4Kernel, TableKernels.Flint4),
        QuantisedCases.Narrow(1, 4096, 4096, NarrowKernels.Int2Kernel, NarrowKernels.Int2),
        QuantisedCases.Narrow(8, 4096, 4096, NarrowKernels.Int2Kernel, NarrowKernels.Int2),
        QuantisedCases.Narrow(1, 4096, 4096, NarrowKernels.BinaryKernel, NarrowKernels.Binary),
        QuantisedCases.Narrow(8, 4096, 4096, NarrowKernels.BinaryKernel, NarrowKernels.Binary),
        QuantisedCases.WeightOnly(1, 4096, 4096, WeightOnlyKernels.Int4Kernel, WeightOnlyKernels.Int4),
        QuantisedCases.WeightOnly(1, 4096, 4096, WeightOnlyKernels.Codebook16Kernel, WeightOnlyKernels.Codebook16),
        QuantisedCases.WeightOnly(8, 4096, 4096, WeightOnlyKernels.Codebook16Kernel, WeightOnlyKernels.Codebook16),
        QuantisedCases.WeightOnly(1, 4096, 4096, WeightOnlyKernels.Codebook256Kernel, WeightOnlyKernels.Codebook256),
        QuantisedCases.WeightOnly(8, 4096, 4096, WeightOnlyKernels.Codebook256Kernel, WeightOnlyKernels.Codebook256),
        QuantisedCases.WeightOnly(1, 4096, 4096, WeightOnlyKernels.PowerOfTwoBasisKernel, WeightOnlyKernels.PowerOfTwoBasis),
        QuantisedCases.WeightOnly(8, 4096, 4096, WeightOnlyKernels.PowerOfTwoBasisKernel, WeightOnlyKernels.PowerOfTwoBasis),
    ];

    // 4-bit weights of 4096×4096 fit the third-level cache; batches count from memory, where decoders read them from.
    private static IEnumerable<BenchCase> Decoding() =>
    [
        DecodeCases.Of(Ceiling.ReadL3, 1, DecodeKernels.Int4x4096Kernel, DecodeKernels.Int4x4096, 4096, 4096, "q4_0", 0.15),
        DecodeCases.Of(Ceiling.ReadL3, 1, DecodeKernels.Int4By128x4096Kernel, DecodeKernels.Int4By128x4096, 4096, 4096, "q4_0", 0.15),
        DecodeCases.Of(Ceiling.ReadL3, 1, DecodeKernels.Int2x4096Kernel, DecodeKernels.Int2x4096, 4096, 4096, "q2_K", 0.6),
        DecodeCases.Of(Ceiling.ReadL3, 1, DecodeKernels.Ternaryx4096Kernel, DecodeKernels.Ternaryx4096, 4096, 4096, "tq2_0 tq1_0", 0.8),
        DecodeCases.Of(Ceiling.ReadL3, 1, DecodeKernels.Binaryx4096Kernel, DecodeKernels.Binaryx4096, 4096, 4096, "q1_0", 0.6),
        DecodeCases.Of(Ceiling.ReadL3, 1, DecodeKernels.BinaryCoded1x4096Kernel, DecodeKernels.BinaryCoded1x4096, 4096, 4096, "q1_0", 0.6),
        DecodeCases.Of(Ceiling.ReadL3, 1, DecodeKernels.BinaryCoded2x4096Kernel, DecodeKernels.BinaryCoded2x4096, 4096, 4096, "q2_K", 0.6),
        DecodeCases.Of(Ceiling.ReadL3, 1, DecodeKernels.BinaryCoded3x4096Kernel, DecodeKernels.BinaryCoded3x4096, 4096, 4096, "q3_K", 0.3),
        DecodeCases.Of(Ceiling.ReadL3, 1, DecodeKernels.BinaryCoded4x4096Kernel, DecodeKernels.BinaryCoded4x4096, 4096, 4096, "q4_0", 0.15),
        DecodeCases.Of(Ceiling.ReadL3, 1, DecodeKernels.BinaryCoded8x4096Kernel, DecodeKernels.BinaryCoded8x4096, 4096, 4096, "q8_0", 0.02),
        DecodeCases.Of(Ceiling.ReadMemory, 1, DecodeKernels.BinaryCoded1x4096Kernel, DecodeKernels.BinaryCoded1x4096, 4096, 4096, "q1_0", 0.6),
        DecodeCases.Of(Ceiling.ReadMemory, 1, DecodeKernels.BinaryCoded2x4096Kernel, DecodeKernels.BinaryCoded2x4096, 4096, 4096, "q2_K", 0.6),
        DecodeCases.Of(Ceiling.ReadMemory, 1, DecodeKernels.BinaryCoded3x4096Kernel, DecodeKernels.BinaryCoded3x4096, 4096, 4096, "q3_K", 0.3),
        DecodeCases.Of(Ceiling.ReadMemory, 1, DecodeKernels.BinaryCoded4x4096Kernel, DecodeKernels.BinaryCoded4x4096, 4096, 4096, "q4_0", 0.15),
        DecodeCases.Of(Ceiling.ReadMemory, 1, DecodeKernels.BinaryCoded8x4096Kernel, DecodeKernels.BinaryCoded8x4096, 4096, 4096, "q8_0", 0.02),
        .. Batches.Select(tokens => DecodeCases.Of(Ceiling.ReadMemory, tokens, DecodeKernels.Int4x4096Kernel, DecodeKernels.Int4x4096, 4096, 4096, "q4_0", 0.15)),
        DecodeCases.Of(Ceiling.ReadMemory, 1, DecodeKernels.Int4x11008Kernel, DecodeKernels.Int4x11008, 4096, 11008, "q4_0", 0.15),
        .. Batches.Select(tokens => DecodeCases.Of(Ceiling.ReadMemory, tokens, DecodeKernels.Int8x4096Kernel, DecodeKernels.Int8x4096, 4096, 4096, "q8_0", 0.02)),
        DecodeCases.Of(Ceiling.ReadMemory, 1, DecodeKernels.Int8x11008Kernel, DecodeKernels.Int8x11008, 4096, 11008, "q8_0", 0.02),
        .. Batches.Select(tokens => DecodeCases.Of(Ceiling.ReadMemory, tokens, DecodeKernels.Int2x4096Kernel, DecodeKernels.Int2x4096, 4096, 4096, "q2_K", 0.6)),
        DecodeCases.Of(Ceiling.ReadMemory, 1, DecodeKernels.Int2x11008Kernel, DecodeKernels.Int2x11008, 4096, 11008, "q2_K", 0.6),
        DecodeCases.Of(Ceiling.ReadMemory, 1, DecodeKernels.Ternaryx4096Kernel, DecodeKernels.Ternaryx4096, 4096, 4096, "tq2_0 tq1_0", 0.8),
        DecodeCases.Of(Ceiling.ReadMemory, 1, DecodeKernels.Ternaryx11008Kernel, DecodeKernels.Ternaryx11008, 4096, 11008, "tq2_0 tq1_0", 0.8),
        .. Batches.Select(tokens => DecodeCases.Of(Ceiling.ReadMemory, tokens, DecodeKernels.Binaryx4096Kernel, DecodeKernels.Binaryx4096, 4096, 4096, "q1_0", 0.6)),
        DecodeCases.Of(Ceiling.ReadMemory, 1, DecodeKernels.Binaryx11008Kernel, DecodeKernels.Binaryx11008, 4096, 11008, "q1_0", 0.6),
    ];

    private static IEnumerable<BenchCase> Planes() =>
    [
        PlaneCases.Of(Ceiling.ReadL2, PlaneKernels.W1A1ShortKernel, PlaneKernels.W1A1Short, 512, 1),
        PlaneCases.Of(Ceiling.ReadL2, PlaneKernels.W1A2ShortKernel, PlaneKernels.W1A2Short, 512, 2),
        PlaneCases.Of(Ceiling.ReadL2, PlaneKernels.W2A2ShortKernel, PlaneKernels.W2A2Short, 512, 2),
        PlaneCases.Of(Ceiling.ReadL2, PlaneKernels.W3A4ShortKernel, PlaneKernels.W3A4Short, 512, 4),
        PlaneCases.Of(Ceiling.ReadL3, PlaneKernels.W1A1Kernel, PlaneKernels.W1A1, 4096, 1),
        PlaneCases.Of(Ceiling.ReadL3, PlaneKernels.W1A2Kernel, PlaneKernels.W1A2, 4096, 2),
        PlaneCases.Of(Ceiling.ReadL3, PlaneKernels.W2A2Kernel, PlaneKernels.W2A2, 4096, 2),
        PlaneCases.Of(Ceiling.ReadL3, PlaneKernels.W3A4Kernel, PlaneKernels.W3A4, 4096, 4),
        PlaneCases.Of(Ceiling.ReadMemory, PlaneKernels.W1A1Kernel, PlaneKernels.W1A1, 4096, 1),
        .. Batches.Select(tokens => PlaneCases.Of(Ceiling.ReadMemory, PlaneKernels.W1A2Kernel, PlaneKernels.W1A2, 4096, 2, tokens: tokens)),
        PlaneCases.Of(Ceiling.ReadMemory, PlaneKernels.W1A2x11008Kernel, PlaneKernels.W1A2x11008, 4096, 2, depth: 11008),
        PlaneCases.Of(Ceiling.ReadMemory, PlaneKernels.W2A2Kernel, PlaneKernels.W2A2, 4096, 2),
        PlaneCases.Of(Ceiling.ReadMemory, PlaneKernels.W3A4Kernel, PlaneKernels.W3A4, 4096, 4),
        .. new[] { 1, 64 }.SelectMany(tokens => new[]
        {
            BatchCases.PlanesAgainstBytes(tokens, 1, PlaneKernels.W1A1Kernel, PlaneKernels.W1A1),
            BatchCases.PlanesAgainstBytes(tokens, 2, PlaneKernels.W1A2Kernel, PlaneKernels.W1A2),
            BatchCases.PlanesAgainstBytes(tokens, 2, PlaneKernels.W2A2Kernel, PlaneKernels.W2A2),
            BatchCases.PlanesAgainstBytes(tokens, 4, PlaneKernels.W2A4Kernel, PlaneKernels.W2A4),
            BatchCases.PlanesAgainstBytes(tokens, 4, PlaneKernels.W3A4Kernel, PlaneKernels.W3A4),
            BatchCases.PlanesAgainstBytes(tokens, 4, PlaneKernels.W4A4Kernel, PlaneKernels.W4A4),
        }),
    ];

    private static IEnumerable<BenchCase> Batched() =>
    [
        .. MoreBatches.Select(tokens => BatchCases.Narrow(tokens, Int4Kernels.GemmKernel, Int4Kernels.Gemm)),
        .. MoreBatches.Select(tokens => BatchCases.Narrow(tokens, TableKernels.Flint4Kernel, TableKernels.Flint4)),
        .. MoreBatches.Select(tokens => BatchCases.Narrow(tokens, NarrowKernels.Int2Kernel, NarrowKernels.Int2)),
        .. MoreBatches.Select(tokens => BatchCases.Narrow(tokens, DecodeKernels.BinaryCoded2x4096Kernel, DecodeKernels.BinaryCoded2x4096)),
        .. MoreBatches.Select(tokens => BatchCases.Planes(tokens, 2, PlaneKernels.W2A2Kernel, PlaneKernels.W2A2)),
        .. MoreBatches.Select(tokens => BatchCases.Floats("codebook16 f32", tokens, WeightOnlyKernels.Codebook16Kernel, WeightOnlyKernels.Codebook16)),
        .. MoreBatches.Select(tokens => BatchCases.Floats("pot4b f32", tokens, WeightOnlyKernels.PowerOfTwoBasisKernel, WeightOnlyKernels.PowerOfTwoBasis)),
        .. MoreBatches.Select(tokens => BatchCases.Floats("csr f32, 80% zeros", tokens, GatherKernels.Csrx4096Kernel, GatherKernels.Csrx4096, 0.8)),
        .. MoreBatches.Select(tokens => BatchCases.Floats("gs(16,4) f32, 80% zeros", tokens, GatherKernels.Hybridx4096Kernel, GatherKernels.Hybridx4096, 0.8)),
    ];

    private static IEnumerable<BenchCase> Lines() => new Func<int, int, BenchCase>[] { LineCases.Softmax, LineCases.LayerNorm, LineCases.RmsNorm, LineCases.Gelu, LineCases.BiasGeluResidual }
        .SelectMany(line => new[] { line(128, 768), line(128, 3072) });

    private static IEnumerable<BenchCase> Small() =>
    [
        DenseCases.Small(16, SmallKernels.Gemm16Kernel, SmallKernels.Gemm16),
        DenseCases.Small(17, SmallKernels.Gemm17Kernel, SmallKernels.Gemm17),
        DenseCases.Small(24, SmallKernels.Gemm24Kernel, SmallKernels.Gemm24),
        DenseCases.Small(31, SmallKernels.Gemm31Kernel, SmallKernels.Gemm31),
        DenseCases.Small(32, SmallKernels.Gemm32Kernel, SmallKernels.Gemm32),
        DenseCases.Small(33, SmallKernels.Gemm33Kernel, SmallKernels.Gemm33),
        DenseCases.Small(48, SmallKernels.Gemm48Kernel, SmallKernels.Gemm48),
        DenseCases.Small(64, SmallKernels.Gemm64Kernel, SmallKernels.Gemm64),
        BatchReduceCases.Strided(17, 16, SmallKernels.Reduce17Kernel, SmallKernels.Reduce17),
        BatchReduceCases.Strided(24, 16, SmallKernels.Reduce24Kernel, SmallKernels.Reduce24),
        BatchReduceCases.Strided(31, 16, SmallKernels.Reduce31Kernel, SmallKernels.Reduce31),
        BatchReduceCases.Strided(32, 16, SmallKernels.Reduce32Kernel, SmallKernels.Reduce32),
        BatchReduceCases.Strided(33, 16, SmallKernels.Reduce33Kernel, SmallKernels.Reduce33),
        BatchReduceCases.Strided(48, 16, SmallKernels.Reduce48Kernel, SmallKernels.Reduce48),
        BatchReduceCases.Strided(64, 16, SmallKernels.Reduce64Kernel, SmallKernels.Reduce64),
    ];
}
