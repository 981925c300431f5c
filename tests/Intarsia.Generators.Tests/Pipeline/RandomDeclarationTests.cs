using System.Text;
using Intarsia.Compiler.Rules;
using Intarsia.Generators.Tests.Harness;
using Microsoft.CodeAnalysis;

namespace Intarsia.Generators.Tests.Pipeline;

/// <summary>
/// Declarations put together at random, nearly all of them wrong: the generator never throws, each is either valid or reported as an error, and the whole compiles, because invalid kernels
/// get a half of their own. The seed is fixed.
/// </summary>
public class RandomDeclarationTests
{
    private const int Count = 400;

    private static readonly string[] Attributes =
    [
        "Gemm", "Gemm(Rows = 8)", "Gemm(Rows = 8, Depth = 16, Columns = 3)", "Gemm(Depth = 70000)", "Gemm(Columns = -1)", "Gemm(Accumulator = Accumulator.Int32Wrap)", "Gemm(Accumulator = (Accumulator)5)",
        "Spmm", "Spmm(Columns = 1)", "Spmm(Rows = int.MaxValue, Depth = int.MaxValue)", "BatchReduceGemm", "BatchReduceGemm(Rows = 4, Depth = 4, Columns = 4)", "Gemm, Spmm",
    ];

    private static readonly string[] MethodAttributes =
    [
        "", "", "", "[Epilogue]", "[Epilogue(Tpp.Relu)]", "[Epilogue(Tpp.Dequantise, Tpp.Bias)]", "[Epilogue(Tpp.Requantise, Tpp.Gelu)]", "[Epilogue((Tpp)(-7))]", "[Epilogue(new Tpp[0])]", "[Epilogue(null!)]",
        "[Tile(Tier.Avx2)]", "[Tile(Tier.Scalar, Height = int.MinValue, Vectors = int.MaxValue, Depth = 1)]", "[Tile((Tier)44)]",
    ];

    private static readonly string[] Returns = ["void", "void", "void", "void", "void", "void", "int", "string?", "System.Collections.Generic.List<int>"];

    private static readonly string[] ParameterAttributes =
    [
        "", "", "", "", "[Sparse(Pattern.NM, N = 2, M = 4)]", "[Sparse(Pattern.VectorRows, V = 3)]", "[Sparse(Pattern.Csr)]", "[Sparse(Pattern.Csr, N = 1)]", "[Format(NumberFormat.Int8)]",
        "[Format(NumberFormat.Int4, ScaleGroup = 12)]", "[Format(NumberFormat.Int32, Scale = Per.Token, Asymmetric = true)]", "[Format((NumberFormat)99)]", "[ScaleOf(\"x\", Per.Token)]", "[ScaleOf(null!, (Per)9)]",
        "[Layout(MatrixLayout.TokenMajor)]", "[Operand(Role.Weights)]", "[Operand(Role.Beta)]", "[Operand((Role)1000)]",
    ];

    private static readonly string[] Types =
    [
        "PackedMatrix", "PackedMatrix?", "ReadOnlySpan<float>", "Span<float>", "ReadOnlySpan<sbyte>", "ReadOnlySpan<byte>", "Span<int>", "Span<sbyte>", "ReadOnlySpan<Half>", "ReadOnlySpan<BFloat16>", "ReadOnlySpan<long>",
        "ReadOnlySpan<ReadOnlyMemory<float>>", "ReadOnlyTensorSpan<float>", "TensorSpan<Half>", "int", "int", "long", "float", "double", "float[]", "string", "object?", "(int, float)", "System.Collections.Generic.IEnumerable<int>",
        "ref Span<float>", "in int", "out int", "scoped ReadOnlySpan<float>", "int?",
    ];

    private static readonly string[] Names =
        ["w", "weights", "a", "x", "b", "y", "c", "bias", "bias2", "residual", "gate", "wScale", "xScale", "yScale", "rows", "depth", "columns", "tokens", "ldw", "ldx", "ldy", "count", "strideA", "strideB", "aOffsets", "bOffsets", "beta", "@class", "other", "W1"];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Declarations_AtRandom_AreValidOrReportedAndCompile(int seed)
    {
        Outcome outcome = GeneratorHarness.Run(Compilations.Create(Write(new Random(seed))), GeneratorHarness.ScalarOnly);
        Assert.Empty(outcome.Compiler);
        HashSet<string> reported = [.. outcome.Intarsia.Where(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error).Select(MethodAt)];
        HashSet<string> emitted = [.. outcome.Sources.Select(source => source.HintName)];
        for (int i = 0; i < Count; i++) Assert.Contains($"Layers.F{i}.g.cs", emitted);
        foreach (GeneratedSourceResult source in outcome.Sources.Where(source => source.HintName != KernelGenerator.TileFile))
        {
            string method = source.HintName.Split('.')[1];
            Assert.Equal(reported.Contains(method), source.SourceText.ToString().Contains("This kernel is invalid", StringComparison.Ordinal));
        }
        // A wide net: nearly every rule of a declaration was broken somewhere.
        Assert.InRange(outcome.Ids.Distinct().Count(), 20, DiagnosticTable.All.Count);
    }

    private static string MethodAt(Diagnostic diagnostic) =>
        diagnostic.Location.SourceTree!.GetRoot().FindNode(diagnostic.Location.SourceSpan).FirstAncestorOrSelf<Microsoft.CodeAnalysis.CSharp.Syntax.MethodDeclarationSyntax>()!.Identifier.Text;

    private static string Write(Random random)
    {
        string Pick(string[] items) => items[random.Next(items.Length)];
        var text = new StringBuilder("using Intarsia; using System.Numerics.Tensors;\npublic static partial class Layers\n{\n");
        for (int i = 0; i < Count; i++)
        {
            string returns = Pick(Returns);
            string[] names = [.. Names.OrderBy(_ => random.Next()).Take(random.Next(0, 7))];
            // Half of the declarations begin as a good one, so that later rules are reached too.
            IEnumerable<string> parameters = names.Select(name => $"{Pick(ParameterAttributes)} {Pick(Types)} {name}");
            if (random.Next(2) == 0)
            {
                string[] used = ["w", "weights", "a", "x", "b", "y", "c", "tokens", "columns", "W1"];
                parameters = new[] { $"{Pick(ParameterAttributes)} PackedMatrix w", $"{Pick(ParameterAttributes)} {Pick(["ReadOnlySpan<float>", "ReadOnlySpan<sbyte>", "ReadOnlySpan<Half>"])} x", $"{Pick(["Span<float>", "Span<int>", "Span<byte>"])} y", "int tokens" }
                    .Concat(names.Except(used).Take(1).Select(name => $"{Pick(ParameterAttributes)} {Pick(Types)} {name}"));
            }
            string list = string.Join(", ", parameters);
            // A method with an out parameter or a result must have an accessibility; so must every extended partial method.
            text.Append($"    [{Pick(Attributes)}] {Pick(MethodAttributes)} public static partial {returns} F{i}({list});\n");
        }
        return text.Append("}\n").ToString();
    }
}
