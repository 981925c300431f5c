namespace Intarsia.Bench.Cases;

/// <summary>Copies of weights that take turns, so that each call reads its own from memory; cases share those of the last one, because making them takes longer than timing them.</summary>
internal static class WeightCopies
{
    /// <summary>Bytes of weights that a run passes through before it comes back to the first: no cache holds any of them.</summary>
    private const long FromMemory = 640L << 20;

    private static (string Of, PackedMatrix[] Copies) _copies = ("", []);

    /// <summary>So many copies that all of them are <see cref="FromMemory"/>.</summary>
    /// <param name="first">The weights.</param>
    /// <param name="pack">Packs them once more.</param>
    public static PackedMatrix[] FromMemoryOf(PackedMatrix first, Func<PackedMatrix> pack)
    {
        string of = FormattableString.Invariant($"{first.Layout} {first.Rows}x{first.Depth}");
        if (_copies.Of == of) return _copies.Copies;
        _copies = ("", []);
        _copies = (of, [first, .. Enumerable.Range(1, (int)(FromMemory / first.SizeInBytes)).Select(_ => pack())]);
        return _copies.Copies;
    }
}
