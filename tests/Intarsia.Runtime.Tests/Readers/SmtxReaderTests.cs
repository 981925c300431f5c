using System.IO.Compression;
using System.Text;
using Xunit;

namespace Intarsia.Runtime.Tests.Readers;

public class SmtxReaderTests
{
    private const string Small = "3, 4, 5\n0 2 2 5 \n1 3 0 1 2 \n";

    [Fact]
    public void Read_Plain_ReturnsPattern()
    {
        CsrMatrix matrix = SmtxReader.Read(Text(Small));
        Assert.Equal((3, 4), (matrix.Rows, matrix.Depth));
        Assert.Equal([0, 2, 2, 5], matrix.RowPointers);
        Assert.Equal([1, 3, 0, 1, 2], matrix.ColumnIndices);
        Assert.Null(matrix.Values);
    }

    [Fact]
    public void Read_Gzip_ReturnsTheSame()
    {
        CsrMatrix matrix = SmtxReader.Read(new MemoryStream(Gzip(Small)));
        Assert.Equal([0, 2, 2, 5], matrix.RowPointers);
        Assert.Equal([1, 3, 0, 1, 2], matrix.ColumnIndices);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Read_Path_TellsGzipByContent(bool compressed)
    {
        string path = Path.GetTempFileName();
        try
        {
            File.WriteAllBytes(path, compressed ? Gzip(Small) : Encoding.ASCII.GetBytes(Small));
            Assert.Equal([1, 3, 0, 1, 2], SmtxReader.Read(path).ColumnIndices);
            Assert.Equal([5f, 4f, 3f, 2f, 1f], SmtxReader.Read(path, [5f, 4f, 3f, 2f, 1f]).Values!);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void Read_WithValues_CarriesThem()
    {
        CsrMatrix matrix = SmtxReader.Read(Text(Small), [1f, -2f, 3f, -4f, 5f]);
        Assert.Equal([1f, -2f, 3f, -4f, 5f], matrix.Values!);
    }

    [Fact]
    public void Read_WrongNumberOfValues_ThrowsFormatException()
    {
        var exception = Assert.Throws<IntarsiaFormatException>(() => SmtxReader.Read(Text(Small), [1f, 2f]));
        Assert.Equal("2", exception.Found);
    }

    [Theory]
    [InlineData("0, 0, 0\n0\n\n", 0, 0)]
    [InlineData("0, 5, 0\n0\n", 0, 5)]
    [InlineData("2, 0, 0\n0 0 0\n", 2, 0)]
    [InlineData("2 3 0\r\n0 0 0\r\n\r\n \r\n", 2, 3)]
    public void Read_Empty_ReturnsEmptyMatrix(string text, int rows, int depth)
    {
        CsrMatrix matrix = SmtxReader.Read(Text(text));
        Assert.Equal((rows, depth, 0), (matrix.Rows, matrix.Depth, matrix.ColumnIndices.Length));
    }

    [Theory]
    [InlineData("", "header")]
    [InlineData("\n", "header")]
    [InlineData("3, 4\n0 2 2 5\n1 3 0 1 2\n", "header")]
    [InlineData("3, 4, 5, 6\n0 2 2 5\n1 3 0 1 2\n", "header")]
    [InlineData("-3, 4, 5\n0 2 2 5\n1 3 0 1 2\n", "header, number 0")]
    [InlineData("3, x, 5\n0 2 2 5\n1 3 0 1 2\n", "header, number 1")]
    [InlineData("3, 4, 5.0\n0 2 2 5\n1 3 0 1 2\n", "header, number 2")]
    [InlineData("3, 4, 99999999999999999999\n0 2 2 5\n1 3 0 1 2\n", "header, number 2")]
    [InlineData("2147483647, 4, 5\n0 2 2 5\n1 3 0 1 2\n", "header, number 0")]
    [InlineData("3, 4, 13\n0 2 2 5\n1 3 0 1 2\n", "non-zeros")]
    [InlineData("3, 4, 5\n", "row pointers")]
    [InlineData("3, 4, 5\n0 2 5\n1 3 0 1 2\n", "row pointers")]
    [InlineData("3, 4, 5\n0 2 2 2 5\n1 3 0 1 2\n", "row pointers")]
    [InlineData("3, 4, 5\n1 2 2 5\n1 3 0 1 2\n", "CSR row pointer 0")]
    [InlineData("3, 4, 5\n0 3 2 5\n0 1 3 1 2\n", "CSR row pointer 2")]
    [InlineData("3, 4, 5\n0 2 2 4\n1 3 0 1 2\n", "CSR row pointer 3")]
    [InlineData("3, 4, 5\n0 2 6 5\n1 3 0 1 2\n", "row pointers, number 2")]
    [InlineData("3, 4, 5\n0 2 2 5\n", "column indices")]
    [InlineData("3, 4, 5\n0 2 2 5\n1 3 0 1\n", "column indices")]
    [InlineData("3, 4, 5\n0 2 2 5\n1 3 0 1 2 3\n", "column indices")]
    [InlineData("3, 4, 5\n0 2 2 5\n1 4 0 1 2\n", "column indices, number 1")]
    [InlineData("3, 4, 5\n0 2 2 5\n1 -1 0 1 2\n", "column indices, number 1")]
    [InlineData("3, 4, 5\n0 2 2 5\n1 3 0 2 1\n", "column index 2 of row 2")]
    [InlineData("3, 4, 5\n0 2 2 5\n1 3 0 2 2\n", "column index 2 of row 2")]
    [InlineData("3, 4, 5\n0 2 2 5\n1 3 0 1 2", "column indices, number 4")]
    [InlineData("3, 4, 5\n0 2 2 5\n1 3 0 1 2\n7\n", "end of file")]
    [InlineData("3, 4, 5\n0 2 2 5\n1 3 \0 1 2\n", "column indices, number 2")]
    public void Read_BadText_NamesTheField(string text, string field)
    {
        var exception = Assert.Throws<IntarsiaFormatException>(() => SmtxReader.Read(Text(text)));
        Assert.Equal(field, exception.Field);
        Assert.NotEmpty(exception.Found);
        Assert.NotEmpty(exception.Expected);
    }

    /// <summary>A header that claims two thousand million rows costs nothing unless the rows are there.</summary>
    [Fact]
    public void Read_HugeClaim_AllocatesOnlyWhatIsThere()
    {
        Stream text = Text("2000000000, 2000000000, 2000000000\n0 0 0\n");
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Throws<IntarsiaFormatException>(() => SmtxReader.Read(text));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1_000_000);
    }

    [Fact]
    public void Read_CutAnywhere_ThrowsFormatException()
    {
        byte[] plain = Encoding.ASCII.GetBytes(Small.Replace(" \n", "\n", StringComparison.Ordinal));
        for (int length = 0; length < plain.Length; length++)
            Assert.Throws<IntarsiaFormatException>(() => SmtxReader.Read(new MemoryStream(plain, 0, length)));
    }

    /// <summary>A cut that loses text is refused. One that loses only the end mark and the checksum behind the text may pass, with the whole pattern.</summary>
    [Fact]
    public void Read_GzipCutAnywhere_ThrowsOrReadsTheWhole()
    {
        byte[] zipped = Gzip(Small);
        int refused = 0;
        for (int length = 0; length < zipped.Length; length++)
        {
            try
            {
                Assert.Equal([1, 3, 0, 1, 2], SmtxReader.Read(new MemoryStream(zipped, 0, length)).ColumnIndices);
            }
            catch (IntarsiaFormatException)
            {
                refused++;
            }
        }
        const int EndMarkAndTrailer = 10;
        Assert.InRange(refused, zipped.Length - EndMarkAndTrailer, zipped.Length);
    }

    [Fact]
    public void Read_GzipWithBadChecksum_ThrowsFormatException()
    {
        byte[] zipped = Gzip(Small);
        zipped[^6] ^= 0x10;
        Assert.Throws<IntarsiaFormatException>(() => SmtxReader.Read(new MemoryStream(zipped)));
    }

    [Fact]
    public void Read_LongFile_CrossesBuffersCorrectly()
    {
        const int Rows = 300, Depth = 5000;
        var random = new Random(7);
        var columns = new List<int>();
        var pointers = new List<int> { 0 };
        for (int row = 0; row < Rows; row++)
        {
            columns.AddRange(Enumerable.Range(0, Depth).Where(_ => random.Next(50) == 0));
            pointers.Add(columns.Count);
        }
        string text = $"{Rows}, {Depth}, {columns.Count}\n{string.Join(' ', pointers)} \n{string.Join(' ', columns)} \n";
        CsrMatrix matrix = SmtxReader.Read(new MemoryStream(Gzip(text)));
        Assert.Equal(pointers, matrix.RowPointers);
        Assert.Equal(columns, matrix.ColumnIndices);
    }

    private static MemoryStream Text(string text) => new(Encoding.ASCII.GetBytes(text));

    private static byte[] Gzip(string text)
    {
        var zipped = new MemoryStream();
        using (var writer = new GZipStream(zipped, CompressionLevel.SmallestSize))
            writer.Write(Encoding.ASCII.GetBytes(text));
        return zipped.ToArray();
    }
}
