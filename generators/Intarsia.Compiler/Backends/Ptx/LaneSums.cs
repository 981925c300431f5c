using Intarsia.Compiler.Tiles;

namespace Intarsia.Compiler.Backends.Ptx;

/// <summary>Sums over the lanes of a warp by shuffles, in a fixed order.</summary>
internal static class LaneSums
{
    /// <summary>
    /// Sums many values over all lanes at once: at each of five exchanges, or fewer for fewer lanes, a lane keeps one half of the values and hands the other half to its partner, so that the work halves every time. Afterwards each lane holds a
    /// few of the sums.
    /// </summary>
    /// <param name="w">The writer.</param>
    /// <param name="lane">This lane.</param>
    /// <param name="values">The values; one kind of register.</param>
    /// <param name="team">Neighbouring lanes that are summed over: a power of two, all of the warp if it is not given.</param>
    /// <returns>
    /// Sums, and the number of the value that the first of them is of, which differs from lane to lane; one past the last value is none. Where there are fewer values than lanes, lanes that
    /// differ only in the bits of <c>Copies</c> hold the same.
    /// </returns>
    public static (Register[] Sums, Value First, int Copies) Scatter(WarpBuilder w, Register lane, Register[] values, int team = 32)
    {
        bool isFloat = values[0].Kind == RegisterKind.F32;
        Value first = 0;
        int copies = 0, even = 1;
        while (even < values.Length && even < team) even *= 2;
        even = (values.Length + even - 1) / even * even;
        values = [.. values, .. Enumerable.Repeat(0, even - values.Length).Select(_ => Zero(w, isFloat))];
        for (int distance = team / 2; distance > 0; distance /= 2)
        {
            if (values.Length == 1)
            {
                values = [Add(w, values[0], Exchange(w, values[0], distance))];
                copies |= distance;
                continue;
            }
            int half = values.Length / 2;
            Register upper = w.Compare("ne", w.And(lane, distance), 0);
            var kept = new Register[half];
            for (int i = 0; i < half; i++)
            {
                Register other = values[i + half], keep = New(w, isFloat), give = New(w, isFloat);
                string select = isFloat ? "selp.f32" : "selp.b32";
                w.Emit(select, keep, other, values[i], upper);
                w.Emit(select, give, values[i], other, upper);
                kept[i] = Add(w, keep, Exchange(w, give, distance));
            }
            Register offset = w.B32();
            w.Emit("selp.u32", offset, half, 0, upper);
            first = w.Add(first, offset);
            values = kept;
        }
        return (values, first, copies);
    }

    /// <summary>The sum over teams of neighbouring lanes, or what another operation that commutes makes of them, in every lane of the team: the same bits in all.</summary>
    public static Register OverTeam(WarpBuilder w, Register value, int team, ZipOp combine = ZipOp.Add)
    {
        for (int distance = 1; distance < team; distance *= 2) value = TppMath.Zip(w, combine, value, Exchange(w, value, distance), value.Kind == RegisterKind.F32);
        return value;
    }

    private static Register Exchange(WarpBuilder w, Register value, int distance)
    {
        Register other = w.New(value.Kind);
        w.Emit("shfl.sync.bfly.b32", other, value, distance, "31", "0xffffffff");
        return other;
    }

    private static Register Add(WarpBuilder w, Register a, Register b)
    {
        Register sum = w.New(a.Kind);
        w.Emit(a.Kind == RegisterKind.F32 ? "add.rn.f32" : "add.s32", sum, a, b);
        return sum;
    }

    private static Register New(WarpBuilder w, bool isFloat) => isFloat ? w.F32() : w.B32();

    private static Register Zero(WarpBuilder w, bool isFloat)
    {
        Register zero = New(w, isFloat);
        w.Emit(isFloat ? "mov.f32" : "mov.u32", zero, isFloat ? Elements.Constant(0) : "0");
        return zero;
    }
}
