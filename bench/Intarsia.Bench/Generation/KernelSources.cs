using System.Globalization;
using System.Text;

namespace Intarsia.Bench.Generation;

/// <summary>Declarations of many kernels: patterns, formats, layouts, extents and epilogues in turn, as an application with many layers would have them.</summary>
internal static class KernelSources
{
    private static readonly (string Attributes, string Weights, string X, string Y)[] Kinds =
    [
        ("Gemm", "", "float", "float"),
        ("Gemm", "Format(NumberFormat.Float16), ", "float", "float"),
        ("Gemm", "Format(NumberFormat.Int8, Scale = Per.None), ", "byte", "int"),
        ("Spmm", "Sparse(Pattern.NM, N = 2, M = 4), ", "float", "float"),
        ("Spmm", "Sparse(Pattern.NM, N = 1, M = 8), ", "float", "float"),
        ("Spmm", "Sparse(Pattern.Csr), ", "float", "float"),
        ("Spmm", "Sparse(Pattern.VectorRows, V = 4), ", "float", "float"),
        ("Spmm", "Sparse(Pattern.VectorRows, V = 8), ", "float", "float"),
        ("Gemm", "Format(NumberFormat.Int4, ScaleGroup = 32), ", "float", "float"),
        ("Gemm", "Format(NumberFormat.BFloat16), ", "float", "float"),
    ];

    private static readonly int[] Extents = [64, 96, 100, 128, 192, 256, 320, 384, 512, 768];
    private static readonly string[] Epilogues = ["", "Tpp.Bias", "Tpp.Bias, Tpp.Relu", "Tpp.Bias, Tpp.Gelu"];

    /// <summary>Partial methods for the generator.</summary>
    public static string Annotated(int count) => Write(count, annotated: true);

    /// <summary>The same methods with an empty body and no attributes.</summary>
    public static string Plain(int count) => Write(count, annotated: false);

    private static string Write(int count, bool annotated)
    {
        var text = new StringBuilder("using System;\nusing Intarsia;\n\nnamespace Many;\n\npublic static partial class Kernels\n{\n");
        for (int i = 0; i < count; i++)
        {
            var kind = Kinds[i % Kinds.Length];
            int rows = Extents[i / Kinds.Length % Extents.Length], depth = Extents[(i / Kinds.Length + i) % Extents.Length];
            bool tokenMajor = i / Kinds.Length % 2 == 0;
            string epilogue = kind.Y == "int" ? "" : Epilogues[i % Epilogues.Length];
            string bias = epilogue.Length > 0 ? "ReadOnlySpan<float> bias, " : "", columns = tokenMajor ? "tokens" : "columns";
            if (!annotated)
            {
                text.Append(CultureInfo.InvariantCulture, $"    public static void Kernel{i}(PackedMatrix weights, ReadOnlySpan<{kind.X}> x, {bias}Span<{kind.Y}> y, int {columns}) {{ }}\n");
                continue;
            }
            string layout = tokenMajor ? "[Layout(MatrixLayout.TokenMajor)] " : "", weights = kind.Weights.Length > 0 ? $"[{kind.Weights[..^2]}] " : "";
            text.Append(CultureInfo.InvariantCulture, $"    [{kind.Attributes}(Rows = {rows}, Depth = {depth})]\n");
            if (epilogue.Length > 0) text.Append(CultureInfo.InvariantCulture, $"    [Epilogue({epilogue})]\n");
            text.Append(CultureInfo.InvariantCulture, $"    public static partial void Kernel{i}({weights}PackedMatrix weights, {layout}ReadOnlySpan<{kind.X}> x, {bias}{layout}Span<{kind.Y}> y, int {columns});\n");
        }
        return text.Append("}\n").ToString();
    }
}
