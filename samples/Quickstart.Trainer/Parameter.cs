namespace Quickstart.Trainer;

/// <summary>A tensor that is trained: values, gradients, and the moments of Adam (Kingma and Ba, ICLR 2015). A masked element stays zero.</summary>
public sealed class Parameter(int length)
{
    private const float Beta1 = 0.9f, Beta2 = 0.99f, Epsilon = 1e-6f;
    private readonly float[] first = new float[length];
    private readonly float[] second = new float[length];
    private float power1 = 1, power2 = 1;
    private bool[]? kept;

    /// <summary>The values.</summary>
    public float[] Values { get; } = new float[length];

    /// <summary>Gradients, summed until the next <see cref="Step"/>.</summary>
    public float[] Gradients { get; } = new float[length];

    /// <summary>From here on, elements that are zero now stay zero.</summary>
    public void KeepZeros() => kept = Array.ConvertAll(Values, value => value != 0);

    /// <summary>One step against the gradients, with decoupled weight decay; clears the gradients.</summary>
    public void Step(float rate, float decay)
    {
        power1 *= Beta1;
        power2 *= Beta2;
        for (int i = 0; i < Values.Length; i++)
        {
            float gradient = Gradients[i];
            Gradients[i] = 0;
            if (kept is not null && !kept[i]) continue;
            float keep1 = Beta1 * first[i], add1 = (1 - Beta1) * gradient;
            first[i] = keep1 + add1;
            float keep2 = Beta2 * second[i], add2 = (1 - Beta2) * gradient * gradient;
            second[i] = keep2 + add2;
            float step = first[i] / (1 - power1) / (MathF.Sqrt(second[i] / (1 - power2)) + Epsilon);
            float pull = decay * Values[i];
            float change = rate * (step + pull);
            Values[i] -= change;
        }
    }
}
