using System.Runtime.InteropServices;
using Intarsia.Compiler.Specs;
using Intarsia.Compiler.Tiles;

namespace Intarsia.Verification;

/// <summary>The packed result of a sampled product: made with the pattern of the operands, and read back as <see cref="SpecReference"/> gives it.</summary>
public static class SampledResult
{
    /// <summary>What a value is before the call, where no kernel may read it: a number that none gives everywhere by accident.</summary>
    private const float Unwritten = 99;

    /// <summary>Which elements a matrix stores, rows×columns: what <see cref="ReferenceOperands.Sampled"/> wants. Patterns that fill up (N:M) store more than they were packed from.</summary>
    public static bool[] Stored(PackedMatrix matrix)
    {
        ArgumentNullException.ThrowIfNull(matrix);
        var stored = new bool[matrix.Rows * matrix.Depth];
        EntryIndex entries = matrix.Entries;
        for (int group = 0; group < matrix.GroupCount; group++)
            foreach (int column in entries.Columns.AsSpan(entries.Bounds[2 * group]..entries.Bounds[2 * group + 1]))
                for (int row = group * matrix.VectorLength; row < Math.Min(matrix.Rows, (group + 1) * matrix.VectorLength); row++) stored[row * matrix.Depth + column] = true;
        return stored;
    }

    /// <summary>
    /// The elements of a result that is packed from some: those, and what its layout fills up with. Where packing that again would store more still, as a sum of formats may, which divides it among its formats anew, so much more, until it stores
    /// just what it is packed from: an operand of a reference.
    /// </summary>
    /// <param name="y">The result.</param>
    /// <param name="wanted">rows×columns: what it must store, and its layout can.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="columns">Columns.</param>
    public static bool[] Fill(OutputSpec y, bool[] wanted, int rows, int columns)
    {
        ArgumentNullException.ThrowIfNull(y);
        ArgumentNullException.ThrowIfNull(wanted);
        WeightLayout layout = PackedLayouts.Of(y with { Format = NumberFormat.Float32, Scale = Per.None });
        while (true)
        {
            bool[] stored = Stored(PackedMatrix.Pack(Array.ConvertAll(wanted, element => element ? 1f : 0f), rows, columns, layout));
            if (stored.AsSpan().SequenceEqual(wanted)) return stored;
            wanted = stored;
        }
    }

    /// <summary>A matrix with the pattern of the operands: its values those of the mask, or numbers that must not stay.</summary>
    /// <param name="spec">A sampled product.</param>
    /// <param name="o">Its operands.</param>
    public static PackedMatrix Pack(KernelSpec spec, ReferenceOperands o)
    {
        ArgumentNullException.ThrowIfNull(spec);
        ArgumentNullException.ThrowIfNull(o);
        WeightLayout layout = PackedLayouts.Of(spec.Y);
        float[] pattern = Array.ConvertAll(o.Sampled, stored => stored ? 1f : 0f);
        // Quantising the pattern gives 8-bit ones some scale; what the kernel sets is its own.
        PackedMatrix matrix = PackedMatrix.Pack(pattern, o.Rows, o.Columns, layout);
        double Before(int i) => !o.Sampled[i] ? 0 : spec.Sddmm is { IsMasked: true } ? o.InitialY![i] : Unwritten;
        double[] values = [.. Enumerable.Range(0, o.Sampled.Length).Select(Before)];
        Write(matrix, values);
        return matrix;
    }

    /// <summary>Sets the stored values, rounded to the matrix's format.</summary>
    /// <param name="matrix">The matrix.</param>
    /// <param name="values">rows×columns, logical; zeros where nothing is stored.</param>
    public static void Write(PackedMatrix matrix, double[] values)
    {
        ArgumentNullException.ThrowIfNull(matrix);
        switch (matrix.Layout.Format)
        {
            case NumberFormat.Int8:
                matrix.SetValues(Array.ConvertAll(values, value => (sbyte)value));
                break;
            case NumberFormat.Int32:
                matrix.SetValues(Array.ConvertAll(values, value => (int)value));
                break;
            default:
                matrix.SetValues(Array.ConvertAll(values, value => (float)value));
                break;
        }
    }

    internal static Array Values(PackedMatrix matrix, ElementType element) => element switch
    {
        ElementType.F32 => Cast<float>(matrix),
        ElementType.F16 => Cast<Half>(matrix),
        ElementType.BF16 => Cast<BFloat16>(matrix),
        ElementType.S32 => Cast<int>(matrix),
        ElementType.S8 => Cast<sbyte>(matrix),
        _ => throw new ArgumentException($"Packed results of {element} are not known here."),
    };

    /// <summary>rows×columns, logical; zeros where nothing is stored. Loading what was saved checks that padding is still zero.</summary>
    /// <exception cref="IntarsiaFormatException">Padding was written.</exception>
    public static double[] Read(PackedMatrix matrix)
    {
        ArgumentNullException.ThrowIfNull(matrix);
        using var file = new MemoryStream();
        matrix.Save(file);
        file.Position = 0;
        matrix = PackedMatrix.Load(file);
        int count = matrix.Rows * matrix.Depth;
        switch (matrix.Layout.Format)
        {
            case NumberFormat.Int8:
                var bytes = new sbyte[count];
                matrix.UnpackIntegers(bytes);
                return Array.ConvertAll(bytes, value => (double)value);
            case NumberFormat.Int32:
                var integers = new int[count];
                matrix.UnpackIntegers(integers);
                return Array.ConvertAll(integers, value => (double)value);
            default:
                var floats = new float[count];
                matrix.Unpack(floats);
                return Array.ConvertAll(floats, value => (double)value);
        }
    }

    internal static double[] Read(PackedMatrix matrix, Array? values)
    {
        if (values is not null) Bytes(values).CopyTo(matrix.ValueBytes);
        return Read(matrix);
    }

    private static T[] Cast<T>(PackedMatrix matrix)
        where T : unmanaged => MemoryMarshal.Cast<byte, T>(matrix.ValueBytes).ToArray();

    private static ReadOnlySpan<byte> Bytes(Array values) => values switch
    {
        float[] a => MemoryMarshal.AsBytes(a.AsSpan()),
        Half[] a => MemoryMarshal.AsBytes(a.AsSpan()),
        BFloat16[] a => MemoryMarshal.AsBytes(a.AsSpan()),
        int[] a => MemoryMarshal.AsBytes(a.AsSpan()),
        _ => MemoryMarshal.AsBytes(((sbyte[])values).AsSpan()),
    };
}
