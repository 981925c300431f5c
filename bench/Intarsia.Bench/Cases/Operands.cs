namespace Intarsia.Bench.Cases;

/// <summary>Random operands from fixed seeds, over the full range of their types.</summary>
internal static class Operands
{
    /// <summary>Uniform in [−0.5, 0.5).</summary>
    public static float[] Floats(int length, int seed)
    {
        var random = new Random(seed);
        var values = new float[length];
        foreach (ref float value in values.AsSpan()) value = random.NextSingle() - 0.5f;
        return values;
    }

    /// <summary>Uniform in −128…127.</summary>
    public static sbyte[] Signed(int length, int seed)
    {
        var values = new sbyte[length];
        new Random(seed).NextBytes(System.Runtime.InteropServices.MemoryMarshal.AsBytes(values.AsSpan()));
        return values;
    }

    /// <summary>Uniform in 0…255.</summary>
    public static byte[] Unsigned(int length, int seed)
    {
        var values = new byte[length];
        new Random(seed).NextBytes(values);
        return values;
    }
}
