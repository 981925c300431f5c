using System.Collections;
using System.Runtime.CompilerServices;

namespace Intarsia;

/// <summary>The formats whose sum a matrix in a <see cref="Pattern.Composite"/> layout is, in the order in which they take elements. Equal where their formats are; written as a collection expression.</summary>
[CollectionBuilder(typeof(LayoutParts), nameof(Create))]
public sealed class LayoutParts : IReadOnlyList<WeightLayout>, IEquatable<LayoutParts>
{
    private readonly WeightLayout[] _parts;

    private LayoutParts(WeightLayout[] parts) => _parts = parts;

    /// <summary>No parts: those of every other pattern.</summary>
    public static LayoutParts None { get; } = new([]);

    /// <inheritdoc/>
    public int Count => _parts.Length;

    /// <inheritdoc/>
    public WeightLayout this[int index] => _parts[index];

    /// <summary>The parts in a given order.</summary>
    public static LayoutParts Create(ReadOnlySpan<WeightLayout> parts) => parts.IsEmpty ? None : new LayoutParts(parts.ToArray());

    /// <inheritdoc/>
    public bool Equals(LayoutParts? other) => other is not null && _parts.AsSpan().SequenceEqual(other._parts);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as LayoutParts);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        HashCode hash = default;
        foreach (WeightLayout part in _parts)
            hash.Add(part);
        return hash.ToHashCode();
    }

    /// <inheritdoc/>
    public override string ToString() => $"[{string.Join(", ", (object[])_parts)}]";

    /// <inheritdoc/>
    public IEnumerator<WeightLayout> GetEnumerator() => ((IEnumerable<WeightLayout>)_parts).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
