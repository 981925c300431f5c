using Intarsia.Compiler;
using Intarsia.Compiler.Rules;
using Intarsia.Compiler.Specs;
using Intarsia.Generators.Tests.Harness;

namespace Intarsia.Generators.Tests.Rules;

/// <summary>Files that name a sparsity pattern, as the compiler reads them.</summary>
public class PatternFileTests
{
    [Fact]
    public void Smtx_Valid_GivesPattern()
    {
        KnownPattern pattern = Valid("a/b.smtx", "3, 4, 4\r\n0 2 2 4 \r\n1 3 0 3\r\n");
        Assert.Equal(("b.smtx", 3, 4), (pattern.File, pattern.Rows, pattern.Depth));
        Assert.Equal([0, 2, 2, 4], pattern.RowPointers);
        Assert.Equal([1, 3, 0, 3], pattern.Columns);
    }

    [Theory]
    [InlineData("0, 5, 0\n0\n\n")]
    [InlineData("2, 0, 0\n0 0 0\n")]
    public void Smtx_Empty_GivesEmptyPattern(string text) => Assert.Equal(0, Valid("a.smtx", text).Count);

    [Fact]
    public void Smtx_OfEveryBenchmark_IsWhatTheRuntimeReads()
    {
        string[] files = Directory.GetFiles(Path.Combine(Repository.Root, "bench", "Intarsia.Bench", "Patterns"), "*.smtx");
        Assert.NotEmpty(files);
        foreach (string file in files)
        {
            KnownPattern pattern = Valid(file, File.ReadAllText(file));
            CsrMatrix expected = SmtxReader.Read(file);
            Assert.Equal((expected.Rows, expected.Depth), (pattern.Rows, pattern.Depth));
            Assert.Equal(expected.RowPointers, pattern.RowPointers);
            Assert.Equal(expected.ColumnIndices, pattern.Columns);
        }
    }

    [Fact]
    public void MatrixMarket_EntriesInAnyOrder_GivesSortedPattern()
    {
        KnownPattern pattern = Valid("m.mtx", "%%MatrixMarket matrix coordinate real general\n% a comment\n3 4 3\n3 1 -1.5\n1 4 2e3\n1 2 0\n");
        Assert.Equal([0, 2, 2, 3], pattern.RowPointers);
        Assert.Equal([1, 3, 0], pattern.Columns);
    }

    [Fact]
    public void MatrixMarket_Symmetric_GivesBothTriangles()
    {
        KnownPattern pattern = Valid("m.mtx", "%%matrixMarket".Replace("%%m", "%%M", StringComparison.Ordinal) + " matrix coordinate pattern symmetric\n3 3 3\n1 1\n2 1\n3 2\n");
        Assert.Equal([0, 2, 4, 5], pattern.RowPointers);
        Assert.Equal([0, 1, 0, 2, 1], pattern.Columns);
    }

    [Theory]
    [InlineData("", "the header is 0 numbers; expected 3")]
    [InlineData("2, 2\n", "the header is 2 numbers; expected 3")]
    [InlineData("2, 2, 5\n0 2 5\n0 1 0 1 1\n", "the number of non-zeros is 5; expected at most 4")]
    [InlineData("2, 2, 1\n0 1\n0\n", "the line of row pointers is 2 numbers; expected 3")]
    [InlineData("2, 2, 1\n0 1 1\n\n", "the line of column indices is 0 numbers; expected 1")]
    [InlineData("2, 2, 1\n1 1 1\n0\n", "row pointer 0 is 1; expected 0")]
    [InlineData("2, 2, 2\n0 1 1\n0 1\n", "row pointer 2 is 1; expected the number of non-zeros, 2")]
    [InlineData("2, 2, 1\n0 2 1\n0\n", "row pointer 1 is 2; expected between 0 and 1")]
    [InlineData("1, 2, 2\n0 2\n1 0\n", "a column index of row 0 is 0; expected between 2 and 1, ascending")]
    [InlineData("1, 2, 1\n0 1\n2\n", "a column index of row 0 is 2; expected between 0 and 1, ascending")]
    [InlineData("1, 2, 1\n0 1\n-1\n", "a number in the line of column indices is '-1'; expected an integer")]
    [InlineData("1, 99999999999, 1\n0 1\n0\n", "a number in the header is '99999999999'; expected an integer")]
    [InlineData("1, 2, 1\n0 1\n0\nmore\n", "line 4 is 'more'; expected the end of the file after three lines")]
    public void Smtx_Invalid_NamesFault(string text, string expected) => Assert.Contains(expected, Fault("a.smtx", text));

    [Theory]
    [InlineData("", "the first line is ''; expected '%%MatrixMarket matrix coordinate'")]
    [InlineData("%%MatrixMarket matrix array real general\n2 2\n", "expected '%%MatrixMarket matrix coordinate'")]
    [InlineData("%%MatrixMarket matrix coordinate real general\n", "the line of sizes is missing")]
    [InlineData("%%MatrixMarket matrix coordinate real general\n2 2\n", "the line of sizes is 2 numbers; expected 3")]
    [InlineData("%%MatrixMarket matrix coordinate real general\n2000000000 2 0\n", "the number of rows is 2000000000; expected at most 16777216")]
    [InlineData("%%MatrixMarket matrix coordinate real symmetric\n2 3 0\n", "the shape of a symmetric matrix is 2×3")]
    [InlineData("%%MatrixMarket matrix coordinate real general\n2 2 2\n1 1 5\n", "the number of entries is 1; expected 2")]
    [InlineData("%%MatrixMarket matrix coordinate real general\n2 2 1\n3 1 5\n", "the row in line 3 is 3; expected between 1 and 2")]
    [InlineData("%%MatrixMarket matrix coordinate real general\n2 2 1\n1 0 5\n", "the column in line 3 is 0; expected between 1 and 2")]
    [InlineData("%%MatrixMarket matrix coordinate real general\n2 2 1\n1\n", "line 3 is '1'; expected a row and a column")]
    [InlineData("%%MatrixMarket matrix coordinate real general\n2 2 2\n1 1 5\n1 1 6\n", "an entry is row 1, column 1 a second time")]
    [InlineData("%%MatrixMarket matrix coordinate real general\n2 2 1\n1 1 5\n2 2 6\n", "line 4 is '2 2 6'; expected the end of the file")]
    public void MatrixMarket_Invalid_NamesFault(string text, string expected) => Assert.Contains(expected, Fault("a.mtx", text));

    [Theory]
    [InlineData("a.smtx", true)]
    [InlineData("layers/a.smtx", true)]
    [InlineData("layers\\a.smtx", true)]
    [InlineData("/p/layers/a.smtx", true)]
    [InlineData("ers/a.smtx", false)]
    [InlineData("b.smtx", false)]
    [InlineData("", false)]
    public void Answers_ToNames_ThatEndItsPath(string name, bool expected) => Assert.Equal(expected, PatternFile.Read("/p/layers/a.smtx", "").Answers(name));

    [Fact]
    public void Fingerprint_OfPatternsThatDiffer_Differs()
    {
        string[] texts = ["1, 3, 1\n0 1\n0\n", "1, 3, 1\n0 1\n1\n", "1, 4, 1\n0 1\n1\n", "2, 3, 1\n0 1 1\n1\n", "2, 3, 1\n0 0 1\n1\n"];
        Assert.Distinct(texts.Select(text => Valid("a.smtx", text).Fingerprint));
    }

    private static KnownPattern Valid(string path, string text)
    {
        PatternFile file = PatternFile.Read(path, text);
        Assert.Null(file.Fault);
        return file.Pattern!;
    }

    private static string Fault(string path, string text)
    {
        PatternFile file = PatternFile.Read(path, text);
        Assert.Null(file.Pattern);
        return DiagnosticTable.PatternFileInvalid.Format([file.Name, file.Fault!.What, file.Fault.Found, file.Fault.Expected]);
    }
}
