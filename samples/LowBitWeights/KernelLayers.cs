using System.Buffers;
using System.Collections.Concurrent;

namespace LowBitWeights;

/// <summary>Every layer in generated kernels: the matrices of the encoder in a format, everything else in binary32.</summary>
internal class KernelLayers(WeightFormat format) : ILayers
{
    // Lazy, so that of several threads that want a layer at once only one quantises it.
    private readonly ConcurrentDictionary<LinearLayer, Lazy<StoredLayer>> _stored = new(ReferenceEqualityComparer.Instance);

    /// <summary>The stored weights of a layer, made on its first use.</summary>
    public StoredLayer Stored(LinearLayer layer) => _stored.GetOrAdd(layer, l => new Lazy<StoredLayer>(() => (l.IsEncoder ? format : WeightFormat.Baseline).Store(l))).Value;

    public virtual void Linear(LinearLayer layer, Activations x, Span<float> y) => Stored(layer).Run(x, y);

    public void Attention(ReadOnlySpan<float> q, ReadOnlySpan<float> k, ReadOnlySpan<float> v, Span<float> result, int tokens, float scale)
    {
        int width = q.Length / tokens, pairs = tokens * tokens;
        float[] buffer = ArrayPool<float>.Shared.Rent(2 * pairs);
        Span<float> scores = buffer.AsSpan(0, pairs), shares = buffer.AsSpan(pairs, pairs);
        AttentionKernels.Scores(q, k, scores, tokens, width, tokens);
        AttentionKernels.Shares(scores, scale, shares, tokens, tokens);
        AttentionKernels.Collect(shares, v, result, tokens, tokens, width);
        ArrayPool<float>.Shared.Return(buffer);
    }

    public void AddAndNormalise(Span<float> x, ReadOnlySpan<float> residual, ReadOnlySpan<float> gamma, ReadOnlySpan<float> beta)
    {
        int tokens = x.Length / gamma.Length;
        float[] buffer = ArrayPool<float>.Shared.Rent(x.Length);
        Span<float> sum = buffer.AsSpan(0, x.Length);
        AttentionKernels.Add(x, residual, sum, gamma.Length, tokens);
        AttentionKernels.Normalise(sum, gamma, beta, x, gamma.Length, tokens);
        ArrayPool<float>.Shared.Return(buffer);
    }
}
