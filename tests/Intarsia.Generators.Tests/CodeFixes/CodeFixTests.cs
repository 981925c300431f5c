using Intarsia.Compiler.Rules;
using Intarsia.Generators.Tests.Harness;
using Intarsia.Generators.Tests.Rules;

namespace Intarsia.Generators.Tests.CodeFixes;

public class CodeFixTests
{
    private const string Signature = "(PackedMatrix w, ReadOnlySpan<float> x, Span<float> y, int tokens)";
    private const string Integers = "([Format(NumberFormat.Int8)] PackedMatrix w, ReadOnlySpan<sbyte> x, Span<float> y, int tokens)";

    [Theory]
    [InlineData("TPP0001", $"[Gemm]\n    public static void F{Signature}\n    {{\n    }}", $"[Gemm]\n    public static partial void F{Signature};")]
    [InlineData("TPP0001", $"[Gemm]\n    static void F{Signature} => throw null!;", $"[Gemm]\n    static partial void F{Signature};")]
    [InlineData("TPP0001", $"[Gemm]\n    static void F{Signature};", $"[Gemm]\n    static partial void F{Signature};")]
    [InlineData("TPP0002", $"[Gemm]\n    public partial void F{Signature};", $"[Gemm]\n    public static partial void F{Signature};")]
    [InlineData("TPP0020", $"[Epilogue(Tpp.Relu)]\n    static void F() {{ }}", $"static void F() {{ }}")]
    [InlineData("TPP0020", $"[Tile(Tier.Avx2), Obsolete]\n    static void F() {{ }}", $"[Obsolete]\n    static void F() {{ }}")]
    [InlineData("TPP0020", "[Gemm]\n    public static partial void F(PackedMatrix w, [Sparse(Pattern.Csr)] ReadOnlySpan<float> x, Span<float> y, int tokens);", $"[Gemm]\n    public static partial void F{Signature};")]
    [InlineData("TPP0051", $"[Gemm]\n    [Epilogue(Tpp.Dequantise, Tpp.Relu)]\n    public static partial void F{Signature};", $"[Gemm]\n    [Epilogue(Tpp.Relu)]\n    public static partial void F{Signature};")]
    [InlineData("TPP0051", $"[Gemm, Epilogue(Tpp.Dequantise)]\n    public static partial void F{Signature};", $"[Gemm]\n    public static partial void F{Signature};")]
    [InlineData("TPP0051", $"[Epilogue(Tpp.Dequantise)]\n    [Gemm]\n    public static partial void F{Signature};", $"[Gemm]\n    public static partial void F{Signature};")]
    [InlineData("TPP0052", $"[Gemm]\n    [Epilogue(Tpp.Gelu)]\n    public static partial void F{Integers};", $"[Gemm]\n    [Epilogue(Tpp.Dequantise, Tpp.Gelu)]\n    public static partial void F{Integers};")]
    [InlineData("TPP0052", $"/// <summary>A kernel.</summary>\n    [Gemm]\n    public static partial void F{Integers};", $"/// <summary>A kernel.</summary>\n    [Gemm]\n    [Epilogue(Tpp.Dequantise)]\n    public static partial void F{Integers};")]
    [InlineData("TPP0052", $"[Intarsia.Gemm]\n    public static partial void F{Integers};", $"[Intarsia.Gemm]\n    [Intarsia.Epilogue(Intarsia.Tpp.Dequantise)]\n    public static partial void F{Integers};")]
    [InlineData("TPP0053", $"[Gemm]\n    [Epilogue(Tpp.Relu, Tpp.Dequantise, Tpp.Gelu)]\n    public static partial void F{Integers};", $"[Gemm]\n    [Epilogue(Tpp.Dequantise, Tpp.Relu, Tpp.Gelu)]\n    public static partial void F{Integers};")]
    [InlineData("TPP0102", $"[Gemm, Tile(Tier.Avx512, Height = 12, Vectors = 3)]\n    public static partial void F{Signature};", $"[Gemm, Tile(Tier.Avx512, Height = 9, Vectors = 3)]\n    public static partial void F{Signature};")]
    [InlineData("TPP0104", $"[Gemm, Tile(GpuArchitecture.Sm80, Rows = 64, Vectors = 3)]\n    public static partial void F{Signature};", $"[Gemm, Tile(GpuArchitecture.Sm80, Rows = 64)]\n    public static partial void F{Signature};")]
    [InlineData("TPP0107", "[Spmm, Tile(GpuArchitecture.Sm80, Columns = 64)]\n    public static partial void F([Sparse(Pattern.Csr)] PackedMatrix w, ReadOnlySpan<float> x, Span<float> y, int tokens);", "[Spmm, Tile(GpuArchitecture.Sm80)]\n    public static partial void F([Sparse(Pattern.Csr)] PackedMatrix w, ReadOnlySpan<float> x, Span<float> y, int tokens);")]
    [InlineData("TPP0204", "[Gemm(Rows = 8)]\n    public static partial void F([Sparse(Pattern.Csr)] PackedMatrix w, ReadOnlySpan<float> x, Span<float> y, int tokens);", "[Spmm(Rows = 8)]\n    public static partial void F([Sparse(Pattern.Csr)] PackedMatrix w, ReadOnlySpan<float> x, Span<float> y, int tokens);")]
    [InlineData("TPP0205", $"[Intarsia.SpmmAttribute]\n    public static partial void F{Signature};", $"[Intarsia.Gemm]\n    public static partial void F{Signature};")]
    [InlineData("TPP0201", "[Spmm(Columns = 1)]\n    public static partial void F([Sparse(Pattern.NM, M = 3)] PackedMatrix w, ReadOnlySpan<float> x, Span<float> y);", "[Spmm(Columns = 1)]\n    public static partial void F([Sparse(Pattern.NM, M = 4, N = 1)] PackedMatrix w, ReadOnlySpan<float> x, Span<float> y);")]
    [InlineData("TPP0202", "[Spmm(Columns = 1)]\n    public static partial void F([Sparse(Pattern.VectorRows, V = 7)] PackedMatrix w, ReadOnlySpan<float> x, Span<float> y);", "[Spmm(Columns = 1)]\n    public static partial void F([Sparse(Pattern.VectorRows, V = 4)] PackedMatrix w, ReadOnlySpan<float> x, Span<float> y);")]
    public void Fix_Member_GivesExactText(string id, string before, string after)
    {
        (string source, string? title) = CodeFixHarness.Fix(id, File(before), accelerators: before.Contains("GpuArchitecture", StringComparison.Ordinal));
        Assert.NotNull(title);
        Assert.Equal(File(after), source);
    }

    [Theory]
    [InlineData("TPP0051", $"[Gemm, Epilogue(new[] {{ Tpp.Dequantise }})] public static partial void F{Signature};")]
    [InlineData("TPP0204", "[BatchReduceGemm(Rows = 1, Depth = 1, Columns = 1)] public static partial void F([Sparse(Pattern.Csr)] ReadOnlySpan<float> a, ReadOnlySpan<float> b, Span<float> c, int strideA, int strideB, int count);")]
    public void Fix_WithoutAnObviousChange_IsNotOffered(string id, string member) => Assert.Null(CodeFixHarness.Fix(id, File(member)).Title);

    /// <summary>Every fix that an example's page promises is offered, takes that diagnostic away, and brings no other error.</summary>
    [Theory]
    [MemberData(nameof(FixableIds))]
    public void Fix_OfPageExample_RemovesTheDiagnostic(string id)
    {
        string reported = DiagnosticPage.Read(id).Reported;
        bool accelerators = reported.Contains("references Intarsia.Ilgpu", StringComparison.Ordinal);
        (string source, string? title) = CodeFixHarness.Fix(id, DiagnosticPage.Source(reported), accelerators);
        Assert.NotNull(title);
        Assert.DoesNotContain(GeneratorHarness.Analyze(accelerators ? Compilations.WithAccelerators(source) : Compilations.Create(source)), diagnostic => diagnostic.Id == id);
    }

    [Fact]
    public void Pages_NameExactlyTheFixesThereAre()
    {
        IEnumerable<string> promised = DiagnosticTable.All.Select(row => row.Id).Where(id => DiagnosticPage.Read(id).Text.Contains("Code fix: ", StringComparison.Ordinal));
        Assert.Equal(CodeFixHarness.Fixers.SelectMany(fixer => fixer.FixableDiagnosticIds).Order(StringComparer.Ordinal), promised);
    }

    public static TheoryData<string> FixableIds => new(CodeFixHarness.Fixers.SelectMany(fixer => fixer.FixableDiagnosticIds));

    private static string File(string member) => $"using Intarsia;\n\npublic partial class C\n{{\n    {member}\n}}\n";
}
