using System.Buffers.Binary;
using System.Text;
using Xunit;

namespace Intarsia.Runtime.Tests.Readers;

public class SafetensorsFileTests
{
    [Fact]
    public void Parse_SeveralTypes_ReturnsShapesAndValues()
    {
        byte[] content = Build("""
            {"__metadata__":{"source":"a test"},
             "half":{"dtype":"F16","shape":[2],"data_offsets":[12,16]},
             "single":{"dtype":"F32","shape":[1,3],"data_offsets":[0,12]},
             "brain":{"dtype":"BF16","shape":[],"data_offsets":[16,18]},
             "bytes":{"dtype":"I8","shape":[2,1],"data_offsets":[18,20]},
             "long":{"dtype":"I64","shape":[1],"data_offsets":[20,28]},
             "double":{"dtype":"F64","shape":[1],"data_offsets":[28,36]}}
            """,
            [.. Bytes(1.5f), .. Bytes(-2f), .. Bytes(float.NaN), .. Bytes((Half)0.25), .. Bytes((Half)(-65504)), 0x80, 0x3F, 0x80, 0x7F, 0xFE, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, .. BitConverter.GetBytes(0.1)]);
        using var file = SafetensorsFile.Parse(content);

        Assert.Equal("a test", file.Metadata["source"]);
        Assert.Equal(["single", "half", "brain", "bytes", "long", "double"], file.Tensors.Select(tensor => tensor.Name));
        Assert.Equal([1L, 3L], file["single"].Shape.ToArray());
        Assert.Equal([1.5f, -2f, float.NaN], file["single"].GetFloats());
        Assert.Equal([0.25f, -65504f], file["half"].GetFloats());
        Assert.Equal([1f], file["brain"].GetFloats());
        Assert.Equal(1, file["brain"].ElementCount);
        Assert.Equal([-128, 127], file["bytes"].GetSBytes());
        Assert.Equal([-128, 127], file["bytes"].GetInt32s());
        Assert.Equal([-2], file["long"].GetInt32s());
        Assert.Equal([0.1f], file["double"].GetFloats());
        Assert.Equal([0x80, 0x7F], file["bytes"].GetBytes());
        Assert.Equal("single F32 [1, 3]", file["single"].ToString());
    }

    [Fact]
    public void Open_FileOnDisk_ReadsTheSameAsFromMemory()
    {
        byte[] content = Build("""{"a":{"dtype":"U16","shape":[2],"data_offsets":[0,4]},"empty":{"dtype":"F32","shape":[0,7],"data_offsets":[4,4]}}""", [1, 0, 255, 255]);
        string path = Path.GetTempFileName();
        try
        {
            File.WriteAllBytes(path, content);
            var file = SafetensorsFile.Open(path);
            Assert.Equal([1, 65535], file["a"].GetInt32s());
            Assert.Empty(file["empty"].GetFloats());
            file.Dispose();
            Assert.Throws<ObjectDisposedException>(() => file["a"].GetInt32s());
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void Open_FileCutWhileOpen_ThrowsFormatException()
    {
        byte[] content = Build("""{"a":{"dtype":"U8","shape":[100],"data_offsets":[0,100]}}""", new byte[100]);
        string path = Path.GetTempFileName();
        try
        {
            File.WriteAllBytes(path, content);
            using var file = SafetensorsFile.Open(path);
            using (var writer = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
                writer.SetLength(content.Length - 40);
            var exception = Assert.Throws<IntarsiaFormatException>(() => file["a"].GetBytes());
            Assert.Equal("data of tensor 'a'", exception.Field);
            Assert.Equal("end of file after 60 bytes", exception.Found);
            Assert.Equal("100 bytes", exception.Expected);
        }
        // Where an open file cannot be cut (mandatory locks), there is nothing to see.
        catch (IOException)
        {
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void Indexer_UnknownName_NamesWhatThereIs()
    {
        using var file = SafetensorsFile.Parse(Build("""{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}""", [1]));
        var exception = Assert.Throws<IntarsiaFormatException>(() => file["b"]);
        Assert.Equal("tensor 'b'", exception.Field);
        Assert.Equal("one of 'a'", exception.Expected);
        Assert.False(file.TryGetTensor("b", out _));
    }

    [Fact]
    public void GetValues_OtherType_ThrowsFormatException()
    {
        using var file = SafetensorsFile.Parse(Build("""{"i":{"dtype":"I32","shape":[1],"data_offsets":[0,4]},"f":{"dtype":"F32","shape":[1],"data_offsets":[4,8]},"q":{"dtype":"F8_E4M3","shape":[1],"data_offsets":[8,9]}}""", new byte[9]));
        Assert.Equal("dtype of tensor 'i'", Assert.Throws<IntarsiaFormatException>(() => file["i"].GetFloats()).Field);
        Assert.Equal("F32", Assert.Throws<IntarsiaFormatException>(() => file["f"].GetInt32s()).Found);
        Assert.Equal("I8", Assert.Throws<IntarsiaFormatException>(() => file["f"].GetSBytes()).Expected);
        Assert.Throws<IntarsiaFormatException>(() => file["q"].GetFloats());
        Assert.Equal([0], file["q"].GetBytes());
    }

    [Theory]
    [InlineData("U32", 0x80000000u)]
    [InlineData("U64", 0x80000000u)]
    [InlineData("I64", 0x80000000u)]
    public void GetInt32s_ElementOutOfRange_ThrowsFormatException(string dtype, uint value)
    {
        byte[] data = dtype == "U32" ? BitConverter.GetBytes(value) : BitConverter.GetBytes((ulong)value);
        using var file = SafetensorsFile.Parse(Build($$$"""{"a":{"dtype":"{{{dtype}}}","shape":[1],"data_offsets":[0,{{{data.Length}}}]}}""", data));
        var exception = Assert.Throws<IntarsiaFormatException>(() => file["a"].GetInt32s());
        Assert.Equal("2147483648", exception.Found);
    }

    [Fact]
    public void Pack_FloatsAndIntegers_GivesTheirValues()
    {
        using var file = SafetensorsFile.Parse(Build(
            """{"f":{"dtype":"F16","shape":[2,2],"data_offsets":[0,8]},"q":{"dtype":"I8","shape":[2,3],"data_offsets":[8,14]},"scale":{"dtype":"F32","shape":[2],"data_offsets":[14,22]}}""",
            [.. Bytes((Half)1), .. Bytes((Half)0), .. Bytes((Half)(-2)), .. Bytes((Half)0.5), 1, 0x80, 3, 0, 5, 0xFF, .. Bytes(0.5f), .. Bytes(2f)]));

        float[] floats = new float[4], integers = new float[6];
        file["f"].Pack(new WeightLayout(Pattern.Csr, NumberFormat.Float32)).Unpack(floats);
        file["q"].Pack(new WeightLayout(Pattern.Dense, NumberFormat.Int8) { Scale = Per.Row }, file["scale"].GetFloats()).Unpack(integers);

        Assert.Equal([1f, 0f, -2f, 0.5f], floats);
        Assert.Equal([0.5f, -64f, 1.5f, 0f, 10f, -2f], integers);
    }

    [Fact]
    public void Pack_WrongTensorOrScales_Throws()
    {
        using var file = SafetensorsFile.Parse(Build(
            """{"f":{"dtype":"F32","shape":[1,1],"data_offsets":[0,4]},"vector":{"dtype":"F32","shape":[1],"data_offsets":[4,8]},"i":{"dtype":"I32","shape":[1,1],"data_offsets":[8,12]},"q":{"dtype":"I8","shape":[1,1],"data_offsets":[12,13]}}""",
            new byte[13]));
        var floats = new WeightLayout(Pattern.Dense, NumberFormat.Float32);
        var integers = new WeightLayout(Pattern.Dense, NumberFormat.Int8) { Scale = Per.Tensor };
        Assert.Equal("shape of tensor 'vector'", Assert.Throws<IntarsiaFormatException>(() => file["vector"].Pack(floats)).Field);
        Assert.Equal("dtype of tensor 'i'", Assert.Throws<IntarsiaFormatException>(() => file["i"].Pack(floats)).Field);
        Assert.Equal("number of scales", Assert.Throws<IntarsiaFormatException>(() => file["q"].Pack(integers)).Field);
        Assert.Throws<IntarsiaFormatException>(() => file["q"].Pack(integers, [float.NaN]));
        Assert.Throws<ArgumentException>(() => file["q"].Pack(floats));
        Assert.Throws<ArgumentException>(() => file["f"].Pack(integers, [1f]));
    }

    [Fact]
    public void Parse_HeaderAlone_IsAnEmptyFile()
    {
        using var file = SafetensorsFile.Parse(Build("{}   ", []));
        Assert.Empty(file.Tensors);
        Assert.Empty(file.Metadata);
        Assert.Equal("the file is empty", Assert.Throws<IntarsiaFormatException>(() => file["a"]).Expected);
    }

    [Theory]
    [InlineData(ulong.MaxValue)]
    [InlineData((ulong)long.MaxValue)]
    [InlineData(100_000_001UL)]
    [InlineData(3UL)]
    public void Parse_HeaderLengthTooLarge_ThrowsFormatException(ulong length)
    {
        byte[] content = new byte[10];
        BinaryPrimitives.WriteUInt64LittleEndian(content, length);
        content[8] = (byte)'{';
        content[9] = (byte)'}';
        var exception = Assert.Throws<IntarsiaFormatException>(() => SafetensorsFile.Parse(content));
        Assert.Equal("header length", exception.Field);
        Assert.Equal(length.ToString(), exception.Found);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(7)]
    public void Parse_NoHeaderLength_ThrowsFormatException(int length)
    {
        var exception = Assert.Throws<IntarsiaFormatException>(() => SafetensorsFile.Parse(new byte[length]));
        Assert.Equal($"a file of {length} bytes", exception.Found);
    }

    // Each header stands before 8 bytes of data.
    [Theory]
    [InlineData("", "header")]
    [InlineData("[]", "header")]
    [InlineData("{", "header")]
    [InlineData("""{"a":{"dtype":"U8","shape":[8],"data_offsets":[0,8]}} x""", "header")]
    [InlineData("""{"a\ud800":{"dtype":"U8","shape":[8],"data_offsets":[0,8]}}""", "header")]
    [InlineData("""{"a":7}""", "tensor 'a'")]
    [InlineData("""{"a":{"shape":[8],"data_offsets":[0,8]}}""", "dtype of tensor 'a'")]
    [InlineData("""{"a":{"dtype":"U8","data_offsets":[0,8]}}""", "shape of tensor 'a'")]
    [InlineData("""{"a":{"dtype":"U8","shape":[8]}}""", "data_offsets of tensor 'a'")]
    [InlineData("""{"a":{"dtype":"u8","shape":[8],"data_offsets":[0,8]}}""", "dtype of tensor 'a'")]
    [InlineData("""{"a":{"dtype":8,"shape":[8],"data_offsets":[0,8]}}""", "dtype of tensor 'a'")]
    [InlineData("""{"a":{"dtype":"U8","dtype":"I8","shape":[8],"data_offsets":[0,8]}}""", "dtype of tensor 'a'")]
    [InlineData("""{"a":{"dtype":"U8","shape":8,"data_offsets":[0,8]}}""", "shape of tensor 'a'")]
    [InlineData("""{"a":{"dtype":"U8","shape":[-8],"data_offsets":[0,8]}}""", "shape of tensor 'a'")]
    [InlineData("""{"a":{"dtype":"U8","shape":[8.0],"data_offsets":[0,8]}}""", "shape of tensor 'a'")]
    [InlineData("""{"a":{"dtype":"U8","shape":["8"],"data_offsets":[0,8]}}""", "shape of tensor 'a'")]
    [InlineData("""{"a":{"dtype":"U8","shape":[99999999999999999999],"data_offsets":[0,8]}}""", "shape of tensor 'a'")]
    [InlineData("""{"a":{"dtype":"U8","shape":[4294967296,4294967296],"data_offsets":[0,8]}}""", "shape of tensor 'a'")]
    [InlineData("""{"a":{"dtype":"F64","shape":[2305843009213693953],"data_offsets":[0,8]}}""", "shape of tensor 'a'")]
    [InlineData("""{"a":{"dtype":"U8","shape":[7],"data_offsets":[0,8]}}""", "data_offsets of tensor 'a'")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,8]}}""", "data_offsets of tensor 'a'")]
    [InlineData("""{"a":{"dtype":"U8","shape":[8],"data_offsets":[8]}}""", "data_offsets of tensor 'a'")]
    [InlineData("""{"a":{"dtype":"U8","shape":[8],"data_offsets":[0,8,8]}}""", "data_offsets of tensor 'a'")]
    [InlineData("""{"a":{"dtype":"U8","shape":[8],"data_offsets":[-8,0]}}""", "data_offsets of tensor 'a'")]
    [InlineData("""{"a":{"dtype":"U8","shape":[8],"data_offsets":[8,0]}}""", "data_offsets of tensor 'a'")]
    [InlineData("""{"a":{"dtype":"U8","shape":[9],"data_offsets":[0,9]}}""", "data_offsets of tensor 'a'")]
    [InlineData("""{"a":{"dtype":"U8","shape":[7],"data_offsets":[1,8]}}""", "data_offsets of tensor 'a'")]
    [InlineData("""{"a":{"dtype":"U8","shape":[7],"data_offsets":[0,7]}}""", "data")]
    [InlineData("""{"a":{"dtype":"U8","shape":[5],"data_offsets":[0,5]},"b":{"dtype":"U8","shape":[4],"data_offsets":[4,8]}}""", "data_offsets of tensor 'b'")]
    [InlineData("""{"a":{"dtype":"U8","shape":[3],"data_offsets":[0,3]},"b":{"dtype":"U8","shape":[4],"data_offsets":[4,8]}}""", "data_offsets of tensor 'b'")]
    [InlineData("""{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"a":{"dtype":"U8","shape":[4],"data_offsets":[4,8]}}""", "tensor 'a'")]
    [InlineData("""{"__metadata__":[],"a":{"dtype":"U8","shape":[8],"data_offsets":[0,8]}}""", "__metadata__")]
    [InlineData("""{"__metadata__":{"k":1},"a":{"dtype":"U8","shape":[8],"data_offsets":[0,8]}}""", "__metadata__.k")]
    [InlineData("""{"__metadata__":{"k":"1","k":"2"},"a":{"dtype":"U8","shape":[8],"data_offsets":[0,8]}}""", "__metadata__.k")]
    public void Parse_BadHeader_NamesTheField(string header, string field)
    {
        var exception = Assert.Throws<IntarsiaFormatException>(() => SafetensorsFile.Parse(Build(header, new byte[8])));
        Assert.Equal(field, exception.Field);
        Assert.NotEmpty(exception.Found);
        Assert.NotEmpty(exception.Expected);
    }

    [Fact]
    public void Parse_HeaderNotUtf8_ThrowsFormatException()
    {
        byte[] content = Build("""{"a?":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}""", []);
        content[Array.IndexOf(content, (byte)'?')] = 0xFF;
        Assert.Equal("header", Assert.Throws<IntarsiaFormatException>(() => SafetensorsFile.Parse(content)).Field);
    }

    /// <summary>Any prefix of a file, and any file with one byte changed, is read or refused with the typed exception; nothing else gets out.</summary>
    [Fact]
    public void Parse_CutOrCorruptedAnywhere_ReadsOrThrowsFormatException()
    {
        byte[] content = Build("""{"__metadata__":{"k":"v"},"a":{"dtype":"F16","shape":[2,1],"data_offsets":[0,4]},"b":{"dtype":"I32","shape":[1],"data_offsets":[4,8]}}""", new byte[8]);
        for (int length = 0; length < content.Length; length++)
            Assert.Throws<IntarsiaFormatException>(() => SafetensorsFile.Parse(content.AsMemory(0, length)));

        int refused = 0;
        for (int position = 0; position < content.Length; position++)
        {
            foreach (byte value in (byte[])[0, 1, 0x20, 0x22, 0x2C, 0x39, 0x5D, 0x7B, 0x7F, 0x80, 0xFF])
            {
                byte[] corrupt = [.. content];
                corrupt[position] = value;
                try
                {
                    using var file = SafetensorsFile.Parse(corrupt);
                    foreach (SafetensorsTensor tensor in file.Tensors)
                        Assert.Equal(tensor.SizeInBytes, tensor.GetBytes().Length);
                }
                catch (IntarsiaFormatException)
                {
                    refused++;
                }
            }
        }
        Assert.InRange(refused, content.Length, content.Length * 11);
    }

    private static byte[] Build(string header, byte[] data)
    {
        byte[] text = Encoding.UTF8.GetBytes(header);
        byte[] length = new byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(length, (ulong)text.Length);
        return [.. length, .. text, .. data];
    }

    private static byte[] Bytes(float value) => BitConverter.GetBytes(value);

    private static byte[] Bytes(Half value) => BitConverter.GetBytes(value);
}
