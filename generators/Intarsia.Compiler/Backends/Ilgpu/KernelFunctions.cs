namespace Intarsia.Compiler.Backends.Ilgpu;

/// <summary>
/// The functions that kernels call: 16-bit floats by their bits, rounding, and the activation functions. The polynomials are those of every backend; ILGPU has no fused multiply-add, so that each product is rounded for itself, which
/// the bound that kernels promise has room for. Nothing rests on subnormal numbers, which some devices flush to zero, nor on how a device converts a NaN.
/// </summary>
internal sealed class KernelFunctions
{
    private static readonly (string Name, string[] Calls, string Text)[] All =
    [
        ("Silu", ["Sigmoid"], "private static float Silu(float x) => x * Sigmoid(x);"),
        ("Gelu", ["Erf"], """
            private static float Gelu(float x)
            {
                float half = x * 0.5f;
                return half + half * Erf(x * 0.70710678f);
            }
            """),
        ("GeluTanh", ["Sigmoid"], """
            /// <summary>x·sigmoid of twice the argument of the tanh: one exponential, no cancellation.</summary>
            private static float GeluTanh(float x) => x * Sigmoid(x * (x * x * 0.07135481627f + 1.595769122f));
            """),
        ("Sigmoid", ["Exp"], "private static float Sigmoid(float x) => 1f / (Exp(-x) + 1f);"),
        ("Erf", ["Exp"], """
            /// <summary>Up to 1 a polynomial in 2x² − 1; from there to 4, where it is 1, one of −log(1 − erf x).</summary>
            private static float Erf(float x)
            {
                float t = x < 0f ? -x : x;
                if (t > 4f) t = 4f;
                float u = 2f * t * t - 1f;
                float near = -7.55237952e-08f * u + 1.23163959e-06f;
                near = near * u - 1.75369142e-05f;
                near = near * u + 0.000217511991f;
                near = near * u - 0.00228548561f;
                near = near * u + 0.0198524977f;
                near = near * u - 0.140536089f;
                near = (near * u + 0.965468739f) * t;
                u = (t - 2.5f) * (1f / 1.5f);
                float log = 2.211287e-06f * u + 2.5428875e-06f;
                log = log * u - 4.68955813e-05f;
                log = log * u + 0.000221681939f;
                log = log * u - 0.000876732226f;
                log = log * u + 0.00319476389f;
                log = log * u - 0.0109628526f;
                log = log * u + 0.036646303f;
                log = log * u + 2.12376091f;
                log = log * u + 8.02902111f;
                log = log * u + 7.80681527f;
                float erf = t < 1f ? near : 1f - Exp(-log);
                return x < 0f ? -erf : erf;
            }
            """),
        ("Exp", [], """
            /// <summary>e^x on the normal range: below −87 it is e^−87, above 88 it is e^88.</summary>
            private static float Exp(float x)
            {
                if (x > 88f) x = 88f;
                if (x < -87f) x = -87f;
                int n = unchecked((int)(x * 1.44269504f + (x < 0f ? -0.5f : 0.5f)));
                // Cody and Waite: ln 2 in two parts, the first exact in n·c.
                float r = x - n * 0.693359375f + n * 2.12194440e-4f;
                float p = 1.9875691500e-4f * r + 1.3981999507e-3f;
                p = p * r + 8.3334519073e-3f;
                p = p * r + 4.1665795894e-2f;
                p = p * r + 1.6666665459e-1f;
                p = p * r + 5.0000001201e-1f;
                p = p * (r * r) + r + 1f;
                return p * Interop.IntAsFloat(unchecked((uint)(n + 127) << 23));
            }
            """),
        ("Max", [], """
            /// <summary>The larger one; where one is no number, either.</summary>
            private static float Max(float a, float b) => a > b ? a : b;
            """),
        ("GroupMax", ["Max"], """
            /// <summary>The largest of what the threads of the group hold, for each of them.</summary>
            private static float GroupMax(ArrayView<float> shared, int thread, int threads, float value)
            {
                shared[thread] = value;
                Group.Barrier();
                if (thread < 16)
                {
                    for (int i = thread + 16; i < threads; i += 16) value = Max(value, shared[i]);
                    shared[threads + thread] = value;
                }
                Group.Barrier();
                float max = shared[threads];
                for (int i = 1; i < 16; i++) max = Max(max, shared[threads + i]);
                return max;
            }
            """),
        ("GroupSum", [], """
            /// <summary>The sum of what the threads of the group hold, for each of them, always in the same order.</summary>
            private static float GroupSum(ArrayView<float> shared, int thread, int threads, float value)
            {
                shared[thread] = value;
                Group.Barrier();
                if (thread < 16)
                {
                    for (int i = thread + 16; i < threads; i += 16) value += shared[i];
                    shared[threads + thread] = value;
                }
                Group.Barrier();
                float sum = shared[threads];
                for (int i = 1; i < 16; i++) sum += shared[threads + i];
                return sum;
            }
            """),
        ("RoundSaturate", [], """
            /// <summary>Rounds half to even and saturates; NaN gives 0.</summary>
            private static int RoundSaturate(float x, int least, int most)
            {
                if (!(x > least)) return x <= least ? least : 0;
                if (x >= most) return most;
                int whole = (int)x;
                float rest = x - whole;
                bool isOdd = (whole & 1) != 0;
                if (rest > 0.5f || (rest == 0.5f && isOdd)) whole++;
                if (rest < -0.5f || (rest == -0.5f && isOdd)) whole--;
                return whole;
            }
            """),
        ("Nibble", [], """
            /// <summary>The element at an index of those that lie two to a byte, the even one in the low half.</summary>
            private static int Nibble(ArrayView<byte> view, long index) => (view[index >> 1] >> ((int)(index & 1) << 2)) & 15;
            """),
        ("SignedNibble", ["Nibble"], """
            private static int SignedNibble(ArrayView<byte> view, long index) => (Nibble(view, index) ^ 8) - 8;
            """),
        ("FromHalf", [], """
            private static float FromHalf(ushort bits)
            {
                uint sign = (bits & 0x8000u) << 16, magnitude = bits & 0x7fffu;
                if (magnitude >= 0x400u) return Interop.IntAsFloat(sign | ((magnitude << 13) + (magnitude < 0x7c00u ? 0x38000000u : 0x70000000u)));
                float subnormal = (int)magnitude * 5.9604645e-8f;
                return sign == 0u ? subnormal : -subnormal;
            }
            """),
        ("ToHalf", [], """
            /// <summary>Rounds to nearest even.</summary>
            private static ushort ToHalf(float value)
            {
                uint bits = Interop.FloatAsInt(value), sign = (bits >> 16) & 0x8000u, magnitude = bits & 0x7fffffffu;
                if (magnitude > 0x7f800000u) return (ushort)(sign | 0x7e00u);
                if (magnitude >= 0x477ff000u) return (ushort)(sign | 0x7c00u);
                if (magnitude >= 0x38800000u) return (ushort)(sign | ((magnitude - 0x38000000u + 0xfffu + ((magnitude >> 13) & 1u)) >> 13));
                float units = Interop.IntAsFloat(magnitude) * 16777216f;
                uint whole = (uint)(int)units;
                float rest = units - (int)whole;
                if (rest > 0.5f || (rest == 0.5f && (whole & 1u) != 0u)) whole++;
                return (ushort)(sign | whole);
            }
            """),
        ("FromBFloat16", [], "private static float FromBFloat16(ushort bits) => Interop.IntAsFloat((uint)bits << 16);"),
        ("ToBFloat16", [], """
            /// <summary>Rounds to nearest even.</summary>
            private static ushort ToBFloat16(float value)
            {
                uint bits = Interop.FloatAsInt(value);
                if ((bits & 0x7fffffffu) > 0x7f800000u) return (ushort)((bits >> 16) | 0x40u);
                return (ushort)((bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16);
            }
            """),
    ];

    private readonly HashSet<string> _called = new(StringComparer.Ordinal);

    /// <summary>The functions that were called, and those that they call.</summary>
    public IEnumerable<string> Texts => All.Where(function => _called.Contains(function.Name)).Select(function => function.Text);

    /// <summary>A call as C#.</summary>
    public string Call(string name, params string[] arguments)
    {
        Need(name);
        return $"{name}({string.Join(", ", arguments)})";
    }

    private void Need(string name)
    {
        if (!_called.Add(name)) return;
        foreach (string called in All.Single(function => function.Name == name).Calls) Need(called);
    }
}
