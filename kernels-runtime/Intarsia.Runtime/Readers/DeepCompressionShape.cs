namespace Intarsia;

/// <summary>What a Deep-Compression file does not say of a layer itself: its name, its extents and the bits of its codes. The order of the layers is that of the network's description (a prototxt).</summary>
/// <param name="Name">The name of the layer.</param>
/// <param name="Rows">Output features, which are the biases too; at least 0.</param>
/// <param name="Depth">Input features of one output: channels times the places of a convolution's kernel; at least 0.</param>
public sealed record DeepCompressionShape(string Name, int Rows, int Depth)
{
    /// <summary>Bits of a code, 8 or 4. As the published decoders have it, 8 for a layer whose name contains <c>conv</c>, else 4.</summary>
    public int CodeBits { get; init; } = (Name ?? throw new ArgumentNullException(nameof(Name))).Contains("conv", StringComparison.Ordinal) ? 8 : 4;

    /// <summary>Entries of the codebook, 2^<see cref="CodeBits"/>.</summary>
    public int CodebookLength => 1 << CodeBits;

    /// <summary>Rejects extents and code bits that no layer has.</summary>
    /// <exception cref="ArgumentException">One is out of range; the message names the layer.</exception>
    internal void Validate()
    {
        if (CodeBits is not (4 or 8)) throw new ArgumentException($"Layer '{Name}' has codes of {CodeBits} bits; 4 and 8 are possible.");
        if (Rows < 0 || Depth < 0) throw new ArgumentException($"Layer '{Name}' is {Rows}×{Depth}; extents are at least 0.");
        if ((long)Rows * Depth > Array.MaxLength) throw new ArgumentException($"Layer '{Name}' is {Rows}×{Depth}, more elements than one array can hold.");
    }
}
