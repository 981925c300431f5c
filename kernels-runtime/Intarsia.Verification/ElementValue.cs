namespace Intarsia.Verification;

/// <summary>Reads an element of any storage type as a number.</summary>
internal static class ElementValue
{
    public static double ToDouble<T>(T value)
        where T : unmanaged => value switch
        {
            float x => x,
            double x => x,
            Half x => (double)x,
            BFloat16 x => (float)x,
            sbyte x => x,
            byte x => x,
            short x => x,
            int x => x,
            long x => x,
            _ => throw new ArgumentException($"Elements of type {typeof(T)} have no known value; expected float, double, Half, BFloat16, sbyte, byte, short, int or long."),
        };
}
