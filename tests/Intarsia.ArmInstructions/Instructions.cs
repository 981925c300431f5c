using System.Runtime.Intrinsics;

namespace Intarsia.Arm;

/// <summary>
/// The Arm instructions that kernels of the AdvSimd tier run on, each by its definition: lane by lane, after the pseudocode of its page in the Arm Architecture Reference Manual for A-profile (DDI 0487),
/// chapter "A64 Advanced SIMD and Floating-point Instruction Descriptions". Nothing here asks what the processor below can do.
/// </summary>
public static class Instructions
{
    /// <summary>SDOT (vector), Vd.4S, Vn.16B, Vm.16B: to each 32-bit lane, the four products of the signed bytes that stand in it are added, wrapping.</summary>
    public static Vector128<int> Sdot(Vector128<int> d, Vector128<sbyte> n, Vector128<sbyte> m)
    {
        for (int lane = 0; lane < 4; lane++)
        {
            int sum = d[lane];
            for (int i = 0; i < 4; i++) sum = unchecked(sum + n[4 * lane + i] * m[4 * lane + i]);
            d = d.WithElement(lane, sum);
        }
        return d;
    }

    /// <summary>SMLAL (vector), Vd.2D, Vn.2S, Vm.2S: the product of signed 32-bit lanes, with all its bits, is added to the 64-bit lane.</summary>
    public static Vector128<long> Smlal(Vector128<long> d, Vector64<int> n, Vector64<int> m)
    {
        for (int lane = 0; lane < 2; lane++) d = d.WithElement(lane, unchecked(d[lane] + (long)n[lane] * m[lane]));
        return d;
    }

    /// <summary>SMLAL2 (vector), Vd.2D, Vn.4S, Vm.4S: the same of the upper halves of its sources.</summary>
    public static Vector128<long> Smlal2(Vector128<long> d, Vector128<int> n, Vector128<int> m)
    {
        for (int lane = 0; lane < 2; lane++) d = d.WithElement(lane, unchecked(d[lane] + (long)n[2 + lane] * m[2 + lane]));
        return d;
    }

    /// <summary>SHL, Vd.16B, Vn.16B, #shift: each byte to the left; what leaves it is lost.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The instruction encodes shifts of 0 to 7.</exception>
    public static Vector128<sbyte> Shl(Vector128<sbyte> n, int shift)
    {
        Encodable(shift, 0, 7);
        for (int lane = 0; lane < 16; lane++) n = n.WithElement(lane, unchecked((sbyte)(n[lane] << shift)));
        return n;
    }

    /// <summary>SSHR, Vd.16B, Vn.16B, #shift: each signed byte to the right, filled with its sign.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The instruction encodes shifts of 1 to 8.</exception>
    public static Vector128<sbyte> Sshr(Vector128<sbyte> n, int shift)
    {
        Encodable(shift, 1, 8);
        for (int lane = 0; lane < 16; lane++) n = n.WithElement(lane, (sbyte)(n[lane] >> shift));
        return n;
    }

    /// <summary>USHR, Vd.16B, Vn.16B, #shift: each byte to the right, filled with zeros.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The instruction encodes shifts of 1 to 8.</exception>
    public static Vector128<byte> Ushr(Vector128<byte> n, int shift)
    {
        Encodable(shift, 1, 8);
        for (int lane = 0; lane < 16; lane++) n = n.WithElement(lane, (byte)(n[lane] >> shift));
        return n;
    }

    /// <summary>TBL, Vd.16B, {Vn.16B}, Vm.16B: the byte of the table that each index names; 0 for an index past its 16 bytes.</summary>
    public static Vector128<byte> Tbl(Vector128<byte> n, Vector128<byte> m)
    {
        Vector128<byte> d = Vector128<byte>.Zero;
        for (int lane = 0; lane < 16; lane++)
            if (m[lane] < 16) d = d.WithElement(lane, n[m[lane]]);
        return d;
    }

    /// <summary>TBL, Vd.16B, {Vn.16B … Vn+3.16B}, Vm.16B: the byte of the table of four registers that each index names; 0 for an index past its 64 bytes.</summary>
    public static Vector128<byte> Tbl4((Vector128<byte>, Vector128<byte>, Vector128<byte>, Vector128<byte>) n, Vector128<byte> m)
    {
        Vector128<byte> d = Vector128<byte>.Zero;
        Vector128<byte>[] registers = [n.Item1, n.Item2, n.Item3, n.Item4];
        for (int lane = 0; lane < 16; lane++)
            if (m[lane] < 64) d = d.WithElement(lane, registers[m[lane] / 16][m[lane] % 16]);
        return d;
    }

    /// <summary>CNT, Vd.16B, Vn.16B: for each byte the number of its bits that are set.</summary>
    public static Vector128<byte> Cnt(Vector128<byte> n)
    {
        for (int lane = 0; lane < 16; lane++)
        {
            byte count = 0;
            for (int bit = 0; bit < 8; bit++) count += (byte)(n[lane] >> bit & 1);
            n = n.WithElement(lane, count);
        }
        return n;
    }

    /// <summary>UADDLP, Vd.8H, Vn.16B: the sums of neighbouring unsigned bytes, in 16 bits.</summary>
    public static Vector128<ushort> Uaddlp(Vector128<byte> n)
    {
        Vector128<ushort> d = Vector128<ushort>.Zero;
        for (int lane = 0; lane < 8; lane++) d = d.WithElement(lane, (ushort)(n[2 * lane] + n[2 * lane + 1]));
        return d;
    }

    /// <summary>UADDLP, Vd.4S, Vn.8H: the same of 16-bit elements, in 32.</summary>
    public static Vector128<uint> Uaddlp(Vector128<ushort> n)
    {
        Vector128<uint> d = Vector128<uint>.Zero;
        for (int lane = 0; lane < 4; lane++) d = d.WithElement(lane, (uint)n[2 * lane] + n[2 * lane + 1]);
        return d;
    }

    /// <summary>ZIP1, Vd.16B, Vn.16B, Vm.16B or of 16-bit elements: those of the lower halves of the sources in turns, the first source's first.</summary>
    public static Vector128<T> Zip1<T>(Vector128<T> n, Vector128<T> m)
        where T : unmanaged => Zip(n, m, 0);

    /// <summary>ZIP2, Vd.16B, Vn.16B, Vm.16B or of 16-bit elements: the same of the upper halves.</summary>
    public static Vector128<T> Zip2<T>(Vector128<T> n, Vector128<T> m)
        where T : unmanaged => Zip(n, m, Vector128<T>.Count / 2);

    private static Vector128<T> Zip<T>(Vector128<T> n, Vector128<T> m, int first)
        where T : unmanaged
    {
        Vector128<T> d = Vector128<T>.Zero;
        for (int lane = 0; lane < Vector128<T>.Count / 2; lane++) d = d.WithElement(2 * lane, n[first + lane]).WithElement(2 * lane + 1, m[first + lane]);
        return d;
    }

    /// <summary>FMLA (vector), Vd.4S, Vn.4S, Vm.4S: d + n·m of each lane, rounded once.</summary>
    public static Vector128<float> Fmla(Vector128<float> d, Vector128<float> n, Vector128<float> m)
    {
        for (int lane = 0; lane < 4; lane++) d = d.WithElement(lane, MathF.FusedMultiplyAdd(n[lane], m[lane], d[lane]));
        return d;
    }

    /// <summary>FMAX (vector), Vd.4S, Vn.4S, Vm.4S: the larger of each lane; NaN where either is, and +0 is larger than −0.</summary>
    public static Vector128<float> Fmax(Vector128<float> n, Vector128<float> m)
    {
        for (int lane = 0; lane < 4; lane++) n = n.WithElement(lane, MathF.Max(n[lane], m[lane]));
        return n;
    }

    /// <summary>FMIN (vector), Vd.4S, Vn.4S, Vm.4S: the smaller of each lane; NaN where either is, and −0 is smaller than +0.</summary>
    public static Vector128<float> Fmin(Vector128<float> n, Vector128<float> m)
    {
        for (int lane = 0; lane < 4; lane++) n = n.WithElement(lane, MathF.Min(n[lane], m[lane]));
        return n;
    }

    private static void Encodable(int shift, int least, int most)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(shift, least);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(shift, most);
    }
}
