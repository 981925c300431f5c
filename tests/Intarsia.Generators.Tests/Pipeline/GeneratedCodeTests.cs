using System.Collections.Immutable;
using Intarsia.Generators.Tests.Harness;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Intarsia.Generators.Tests.Pipeline;

/// <summary>Generated code in the projects that users have: it compiles without a warning wherever a kernel may stand. (Every test asserts that through the harness's outcome.)</summary>
public class GeneratedCodeTests
{
    /// <summary>A bit of everything: nesting, accessibilities, keywords as names, formats, chains, patterns, tensor spans.</summary>
    private const string Mixture = """
        using Intarsia;
        using System.Numerics.Tensors;

        namespace App.@class
        {
            internal partial struct Outer
            {
                public readonly partial record struct Middle
                {
                    internal partial interface IInner
                    {
                        [Gemm(Depth = 33), Epilogue(Tpp.Bias, Tpp.Gelu)]
                        internal static partial void @for([Operand(Role.Weights)] PackedMatrix @in, ReadOnlySpan<float> x, ReadOnlySpan<float> bias, Span<Half> y, int @tokens);
                    }

                    [Spmm(Rows = 40, Depth = 64), Epilogue(Tpp.Dequantise, Tpp.Requantise)]
                    private static partial void Hidden([Sparse(Pattern.NM, N = 1, M = 4), Format(NumberFormat.Int4, ScaleGroup = 32)] PackedMatrix w,
                        [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<sbyte> x, [ScaleOf(nameof(x), Per.Token)] ReadOnlySpan<float> xScale, [Layout(MatrixLayout.TokenMajor)] Span<byte> y, float yScale, int tokens);
                }
            }
        }

        public static partial class Layers
        {
            [Gemm]
            public static partial void Tensors(ReadOnlyTensorSpan<float> w, ReadOnlyTensorSpan<BFloat16> x, TensorSpan<float> y);

            [Gemm(Accumulator = Accumulator.Int32Wrap), Epilogue(Tpp.Bias, Tpp.Relu)]
            public static partial void Raw(ReadOnlySpan<sbyte> w, ReadOnlySpan<byte> x, ReadOnlySpan<int> bias, Span<int> y, int rows, int depth, int columns, int ldx = 7);

            [Spmm]
            public static partial void Csr([Sparse(Pattern.Csr)] PackedMatrix w, ReadOnlySpan<float> x, Span<float> y, int tokens);
        }
        """;

    public static TheoryData<string, bool> Projects => new()
    {
        { "13", false },
        { "preview", false },
        { "13", true },
    };

    [Theory]
    [MemberData(nameof(Projects))]
    public void Output_InUsersProject_CompilesWithoutWarnings(string version, bool checkOverflow)
    {
        Assert.True(LanguageVersionFacts.TryParse(version, out LanguageVersion language));
        Outcome outcome = GeneratorHarness.Run(Compilations.Create([Mixture], Compilations.ParseOptions.WithLanguageVersion(language), checkOverflow: checkOverflow));
        Assert.Empty(outcome.Compiler);
        Assert.Empty(outcome.Intarsia);
        Assert.Equal(6, outcome.Sources.Length);
    }

    [Theory]
    [InlineData("Scalar")]
    [InlineData("Avx2,Scalar")]
    [InlineData("Vector128,Scalar")]
    public void Output_InProjectThatChecksOverflow_StillWraps(string tiers)
    {
        CSharpCompilation compilation = Compilations.Create(["""
            using Intarsia;
            public static partial class C
            {
                [Gemm(Rows = 1, Columns = 1, Accumulator = Accumulator.Int32Wrap)]
                static partial void F(ReadOnlySpan<sbyte> w, ReadOnlySpan<byte> x, Span<int> y, int depth);

                public static int Run()
                {
                    sbyte[] w = new sbyte[70_003];
                    byte[] x = new byte[70_003];
                    w.AsSpan().Fill(127);
                    x.AsSpan().Fill(255);
                    int[] y = new int[1];
                    F(w, x, y, 70_003);
                    return y[0];
                }
            }
            """], Compilations.ParseOptions, checkOverflow: true);
        Outcome outcome = GeneratorHarness.Run(compilation, new TestOptions(("IntarsiaTierList", tiers)));
        Assert.Empty(outcome.Compiler);
        using var image = new MemoryStream();
        Assert.True(outcome.Compilation.Emit(image).Success);
        object? result = System.Reflection.Assembly.Load(image.ToArray()).GetType("C")!.GetMethod("Run")!.Invoke(null, null);
        Assert.Equal(unchecked((int)(70_003L * 127 * 255)), result);
    }

    [Fact]
    public void Output_WithoutNullableAndUsings_CompilesWithoutWarnings()
    {
        string source = "using System; using Intarsia; static partial class C { [Gemm] static partial void F(PackedMatrix w, ReadOnlySpan<float> x, Span<float> y, int tokens); }";
        CSharpCompilation compilation = Compilations.Create(source);
        compilation = compilation.RemoveSyntaxTrees(compilation.SyntaxTrees.Where(tree => tree.FilePath == "Usings.g.cs")).WithOptions(compilation.Options.WithNullableContextOptions(NullableContextOptions.Disable));
        Outcome outcome = GeneratorHarness.Run(compilation, GeneratorHarness.ScalarOnly);
        Assert.Empty(outcome.Compiler);
    }

    [Fact]
    public void Output_InHostileNamespaces_Compiles()
    {
        // Names of the user's own that would capture an unqualified one.
        Outcome outcome = GeneratorHarness.Run("""
            namespace App.System { class Math; class Span; }
            namespace App.Intarsia { class KernelInfo; }
            namespace App
            {
                class Int32; class Unsafe; class Vector512; class MemoryMarshal; class ArgumentException;
                public static partial class Layers
                {
                    [global::Intarsia.Gemm]
                    public static partial void F(global::Intarsia.PackedMatrix w, global::System.ReadOnlySpan<float> x, global::System.Span<float> y, int tokens);
                }
            }
            """);
        Assert.Empty(outcome.Compiler);
        Assert.Empty(outcome.Intarsia);
    }

    /// <summary>Bytes are multiplied four at a time where a tier can, whatever brings them there: the factors of a sampled product, and an X of four bits, in dense kernels, in streams and of few columns.</summary>
    [Theory]
    [InlineData("[Sddmm] static partial void F([Operand(Role.Weights)] ReadOnlySpan<sbyte> a, [Operand(Role.X)] ReadOnlySpan<sbyte> b, [Operand(Role.Y), Sparse(Pattern.Csr), Format(NumberFormat.Int32)] PackedMatrix d, int depth);", "dots_s8_s8_1x8_fours_v256", "V256.Dot4(excess0, shift, a0)", "^ shift")]
    [InlineData("[Sddmm] static partial void F([Operand(Role.Weights)] ReadOnlySpan<byte> a, [Operand(Role.X)] ReadOnlySpan<sbyte> b, [Operand(Role.Y), Sparse(Pattern.VectorRows, V = 8), Format(NumberFormat.Int32)] PackedMatrix d, int depth);", "dots_u8_s8_2x4_fours_v256", "V256.Dot4(dot0_0, a0, b0)")]
    [InlineData("[Sddmm] static partial void F([Operand(Role.Weights)] ReadOnlySpan<byte> a, [Operand(Role.X)] ReadOnlySpan<byte> b, [Operand(Role.Y), Sparse(Pattern.Csr), Format(NumberFormat.Int32)] PackedMatrix d, int depth);", "dots_u8_u8_1x8_v256", "V256.Dot2(dot0_0, a0, b0)")]
    [InlineData("[Sddmm] static partial void F([Operand(Role.Weights), Format(NumberFormat.Int4)] ReadOnlySpan<byte> a, [Operand(Role.X), Format(NumberFormat.UInt4)] ReadOnlySpan<byte> b, [Operand(Role.Y), Sparse(Pattern.Csr), Format(NumberFormat.Int32)] PackedMatrix d, int depth);", "dots_s8_s8_1x8_fours_v256", "Relayout.CopyInt4(ref W", "Relayout.CopyUInt4(ref X")]
    [InlineData("[Gemm(Rows = 96, Depth = 64)] static partial void F([Format(NumberFormat.Int8, Scale = Per.None)] PackedMatrix w, [Layout(MatrixLayout.TokenMajor), Format(NumberFormat.Int4)] ReadOnlySpan<byte> x, [Layout(MatrixLayout.TokenMajor)] Span<int> y, int tokens);", "Relayout.CopyInt4Shifted(ref a", "contract_s8s8_4x3_v256", "V256.Dot4(")]
    [InlineData("[Gemm(Rows = 96, Depth = 64)] static partial void F([Format(NumberFormat.Int4, Scale = Per.None)] PackedMatrix w, [Layout(MatrixLayout.TokenMajor), Format(NumberFormat.UInt4)] ReadOnlySpan<byte> x, [Layout(MatrixLayout.TokenMajor)] Span<int> y, int tokens);", "Relayout.CopyUInt4(ref a", "few_s4_dots", "V256.Dot4(")]
    [InlineData("[Spmm(Rows = 96, Depth = 64)] static partial void F([Sparse(Pattern.VectorRows, V = 4), Format(NumberFormat.Int8, Scale = Per.None)] PackedMatrix w, [Format(NumberFormat.Int4)] ReadOnlySpan<byte> x, Span<int> y, int tokens);", "Relayout.RegroupInt4Shifted(ref x", "stream_s8s8_", "V256.Dot4(")]
    public void Bytes_WhereATierHasDotProductsOfFour_AreMultipliedByThem(string declaration, params string[] expected)
    {
        Outcome outcome = GeneratorHarness.Run("using Intarsia; public static partial class Layers { " + declaration + " }", new TestOptions(("IntarsiaTierList", "Avx2,Scalar")));
        Assert.Empty(outcome.Compiler);
        Assert.DoesNotContain(outcome.Intarsia, diagnostic => diagnostic.Severity == DiagnosticSeverity.Error);
        string text = string.Join("\n", outcome.Sources.Select(source => source.SourceText.ToString()));
        Assert.All(expected, part => Assert.Contains(part, text, StringComparison.Ordinal));
    }

    /// <summary>Pairs of 16-bit integers, whatever they were, are multiplied and added up by one instruction of machine code; sums of 64 bits, bytes, and single products are not.</summary>
    [Theory]
    [InlineData("[Format(NumberFormat.Int16, Scale = Per.None)] PackedMatrix w, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<short> x", true)]
    [InlineData("[Format(NumberFormat.Int12, Scale = Per.None)] PackedMatrix w, [Layout(MatrixLayout.TokenMajor), Format(NumberFormat.Int4)] ReadOnlySpan<byte> x", true)]
    [InlineData("[Format(NumberFormat.UInt8)] PackedMatrix w, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<byte> x", true)]
    [InlineData("[Format(NumberFormat.Int8, Scale = Per.None)] PackedMatrix w, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<byte> x", false)]
    [InlineData("ReadOnlySpan<sbyte> w, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<byte> x", true)]
    public void Words_InDenseProducts_AreMultipliedByOneInstruction(string operands, bool expected)
    {
        Outcome outcome = GeneratorHarness.Run($"using Intarsia; public static partial class Layers {{ [Gemm(Rows = 96, Depth = 64, Accumulator = Accumulator.Int32Wrap)] static partial void F({operands}, [Layout(MatrixLayout.TokenMajor)] Span<int> y, int tokens); }}", new TestOptions(("IntarsiaTierList", "Avx512,Scalar")));
        Assert.Empty(outcome.Compiler);
        Assert.DoesNotContain(outcome.Intarsia, diagnostic => diagnostic.Severity == DiagnosticSeverity.Error);
        string text = string.Join("\n", outcome.Sources.Select(source => source.SourceText.ToString()));
        Assert.Equal(expected, text.Contains("vpdpwssd zmm", StringComparison.Ordinal));
        Assert.Equal(!expected, text.Contains("vpdpbusd zmm", StringComparison.Ordinal));
    }

    /// <summary>What is not a whole vector of a dot product comes before the loop: behind it, the calls that load it would keep the sums of the loop in memory.</summary>
    [Theory]
    [InlineData("Avx2")]
    [InlineData("Avx512")]
    [InlineData("Vector128")]
    public void PartOfAVector_OfDotProducts_ComesBeforeTheLoop(string tier)
    {
        Outcome outcome = GeneratorHarness.Run("using Intarsia; public static partial class Layers { [Sddmm(Accumulator = Accumulator.Int32Wrap)] static partial void F([Operand(Role.Weights)] ReadOnlySpan<short> a, [Operand(Role.X)] ReadOnlySpan<short> b, [Operand(Role.Y), Sparse(Pattern.Csr), Format(NumberFormat.Int32)] PackedMatrix d, int depth); }", new TestOptions(("IntarsiaTierList", tier + ",Scalar")));
        MethodDeclarationSyntax method = outcome.Sources.SelectMany(source => source.SyntaxTree.GetRoot().DescendantNodes().OfType<MethodDeclarationSyntax>()).Single(m => m.Identifier.Text.StartsWith("dots_s16_s16_1x8_v", StringComparison.Ordinal));
        SyntaxNode part = method.DescendantNodes().OfType<IfStatementSyntax>().Single(), loop = method.DescendantNodes().OfType<ForStatementSyntax>().Single(f => !f.DescendantNodes().OfType<ForStatementSyntax>().Any());
        Assert.Contains("LoadInt16", part.ToString(), StringComparison.Ordinal);
        Assert.Contains("LoadInt16", loop.ToString(), StringComparison.Ordinal);
        Assert.True(part.Span.End < loop.SpanStart);
    }

    [Fact]
    public void Tiles_OfKernelsThatShareThem_AreEmittedOnce()
    {
        Outcome outcome = GeneratorHarness.Run("""
            using Intarsia;
            public static partial class Layers
            {
                [Gemm(Rows = 64, Depth = 128)] public static partial void A(PackedMatrix w, ReadOnlySpan<float> x, Span<float> y, int tokens);
                [Gemm(Rows = 96, Depth = 64)] public static partial void B(PackedMatrix w, ReadOnlySpan<float> x, Span<float> y, int tokens);
            }
            """, new TestOptions(("IntarsiaTierList", "Avx512")));
        Assert.Empty(outcome.Compiler);
        string tiles = outcome.Source(KernelGenerator.TileFile).SourceText.ToString();
        string[] methods = CSharpSyntaxTree.ParseText(tiles).GetRoot().DescendantNodes().OfType<MethodDeclarationSyntax>().Select(method => method.Identifier.Text).ToArray();
        Assert.NotEmpty(methods);
        Assert.Equal(methods.Distinct(), methods);
    }

    [Fact]
    public void Tiles_WhenAnotherKernelBringsNone_AreNotEmittedAgain()
    {
        const string one = "using Intarsia; public static partial class One { [Gemm(Rows = 64, Depth = 128)] public static partial void F(PackedMatrix w, ReadOnlySpan<float> x, Span<float> y, int tokens); }";
        CSharpCompilation compilation = Compilations.Create(one);
        GeneratorDriver driver = GeneratorHarness.Driver(new TestOptions(("IntarsiaTierList", "Avx2"))).RunGenerators(compilation);
        string two = one.Replace("One", "Two", StringComparison.Ordinal);
        driver = driver.RunGenerators(compilation.AddSyntaxTrees(CSharpSyntaxTree.ParseText(two, Compilations.ParseOptions, "Two.cs")));
        GeneratorRunResult result = driver.GetRunResult().Results.Single();
        Assert.Equal(3, result.GeneratedSources.Length);
        ImmutableArray<IncrementalGeneratorRunStep> tiles = result.TrackedSteps[TrackingNames.Tiles];
        Assert.Contains(Assert.Single(Assert.Single(tiles).Outputs).Reason, new[] { IncrementalStepRunReason.Cached, IncrementalStepRunReason.Unchanged });
    }

    /// <summary>A turn of a stream of bytes unpacks four vectors, eight instructions, for all rows that share them, each of which has four dot products and one broadcast.</summary>
    [Theory]
    [InlineData("Csr", "stream_s8s8_1x8_clip_v256", 1, 2)]
    [InlineData("VectorRows, V = 8", "stream_s8s8_2of8x4_clip_v256", 2, 1)]
    public void Loop_OfAStreamOfBytes_UnpacksOnceForItsRows(string pattern, string name, int rows, int parts)
    {
        Outcome outcome = GeneratorHarness.Run($$"""
            using Intarsia;
            public static partial class C
            {
                [Spmm(Rows = 96)]
                public static partial void Multiply([Sparse(Pattern.{{pattern}}), Format(NumberFormat.Int8, Scale = Per.None)] PackedMatrix w, ReadOnlySpan<sbyte> x, Span<int> y, int columns);
            }
            """, new TestOptions(("IntarsiaTierList", "Avx2")));
        Assert.Empty(outcome.Compiler);
        MethodDeclarationSyntax method = CSharpSyntaxTree.ParseText(outcome.Source(KernelGenerator.TileFile).SourceText.ToString()).GetRoot().DescendantNodes().OfType<MethodDeclarationSyntax>().Single(method => method.Identifier.Text == name);
        string loop = method.DescendantNodes().OfType<ForStatementSyntax>().Single(loop => !loop.Statement.DescendantNodes().OfType<ForStatementSyntax>().Any()).ToString();
        int Count(string text) => loop.Split(text).Length - 1;
        Assert.Equal([4 * parts, 8 * parts, rows, 4 * parts * rows], new[] { "Vector256.LoadUnsafe(ref row", "V256.Unpack", "Vector256.Create(Pair.Read(", "V256.Dot4(" }.Select(Count));
    }

    /// <summary>A step of 2:4 weights of floats has one permutation and one multiply-add for each value of a row and token, where a dense one has two multiply-adds; vectors of activations are loaded once for all values, values and places once for all tokens.</summary>
    [Theory]
    [InlineData("contract_f32of16x8_8x2_clip_v512", "V512", "Vector512", 8, 2, 8)]
    [InlineData("contract_f32of16x8_1x1of2_clip_v512", "V512", "Vector512", 1, 1, 8)]
    [InlineData("contract_f32of8x4_4x2_clip_v256", "V256", "Vector256", 4, 2, 4)]
    public void Loop_OfPlacedFloats_PermutesOnceForEachMultiplyAdd(string name, string helpers, string vector, int tokens, int vectors, int stored)
    {
        Outcome outcome = GeneratorHarness.Run("""
            using Intarsia;
            public static partial class C
            {
                [Spmm(Depth = 96)]
                public static partial void Multiply([Sparse(Pattern.NM, N = 2, M = 4)] PackedMatrix w, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<float> x, [Layout(MatrixLayout.TokenMajor)] Span<float> y, int tokens);
            }
            """);
        Assert.Empty(outcome.Compiler);
        MethodDeclarationSyntax method = Assert.Single(CSharpSyntaxTree.ParseText(outcome.Source(KernelGenerator.TileFile).SourceText.ToString()).GetRoot().DescendantNodes().OfType<MethodDeclarationSyntax>(), method => method.Identifier.Text == name);
        string loop = method.DescendantNodes().OfType<ForStatementSyntax>().Single(loop => !loop.Statement.DescendantNodes().OfType<ForStatementSyntax>().Any()).ToString();
        int Count(string text) => loop.Split(text).Length - 1;
        int products = tokens * vectors * stored;
        Assert.Equal([products, products, tokens + vectors * (stored + stored / 4), vectors * (stored - stored / 4)],
            new[] { $"{helpers}.Take(", $"{vector}.FusedMultiplyAdd(", $"{vector}.LoadUnsafe(", ">>> 8" }.Select(Count));
    }

    /// <summary>Masks that live across the loop over the depth would take the registers of accumulators; tiles that fill the file make theirs where lanes are left over.</summary>
    [Theory]
    [InlineData("contract_f32_6x4_direct_clip_v512", false)] // 24 accumulators, 4 vectors, 1 that is broadcast: 29 of 32
    [InlineData("contract_f32_6x2of4_direct_clip_v512", true)]
    [InlineData("contract_f32_4x3_direct_clip_v256", false)] // 12, 3 and 1: all of 16
    public void Masks_OfTile_LiveAcrossItsLoopWhereRegistersAreLeft(string name, bool live)
    {
        Outcome outcome = GeneratorHarness.Run("""
            using Intarsia;
            public static partial class C
            {
                [Gemm(Rows = 96)]
                public static partial void Multiply(PackedMatrix w, ReadOnlySpan<float> x, Span<float> y, int columns);
            }
            """);
        MethodDeclarationSyntax method = Assert.Single(CSharpSyntaxTree.ParseText(outcome.Source(KernelGenerator.TileFile).SourceText.ToString()).GetRoot().DescendantNodes().OfType<MethodDeclarationSyntax>(), method => method.Identifier.Text == name);
        VariableDeclaratorSyntax[] masks = [.. method.DescendantNodes().OfType<VariableDeclaratorSyntax>().Where(variable => variable.Initializer?.Value.ToString().Contains(".Mask(", StringComparison.Ordinal) == true)];
        Assert.NotEmpty(masks);
        Assert.All(masks, mask => Assert.Equal(live, mask.Ancestors().OfType<BlockSyntax>().First() == method.Body));
        Assert.DoesNotContain(masks, mask => !live && mask.Ancestors().OfType<BlockSyntax>().First().Parent is not ElseClauseSyntax);
    }

    /// <summary>Dot products of one or two tokens would wait for each other in one sum; each row has as many as make four in all.</summary>
    [Theory]
    [InlineData("few_s4_dots32_1_codes_clip_v256", 4)]
    [InlineData("few_s4_dots32_2_codes_clip_v256", 2)]
    [InlineData("few_s4_dots32_4_codes_clip_v256", 0)]
    public void DotProducts_OfFewTokens_AreSummedInChains(string name, int chains)
    {
        Outcome outcome = GeneratorHarness.Run("""
            using Intarsia;
            public static partial class C
            {
                [Gemm(Rows = 96, Depth = 512)]
                public static partial void Multiply([Format(NumberFormat.Int4)] PackedMatrix w, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<sbyte> x, [Layout(MatrixLayout.TokenMajor)] Span<int> y, int tokens);
            }
            """);
        MethodDeclarationSyntax method = Assert.Single(CSharpSyntaxTree.ParseText(outcome.Source(KernelGenerator.TileFile).SourceText.ToString()).GetRoot().DescendantNodes().OfType<MethodDeclarationSyntax>(), method => method.Identifier.Text == name);
        string[] sums = [.. method.DescendantNodes().OfType<AssignmentExpressionSyntax>().Select(add => add.Left.ToString()).Concat(method.DescendantNodes().OfType<VariableDeclaratorSyntax>().Select(variable => variable.Identifier.Text))
            .Where(variable => variable.StartsWith("chain0_", StringComparison.Ordinal)).Distinct()];
        Assert.Equal(chains, sums.Length);
    }
}
