using System.Buffers.Binary;

namespace Intarsia;

/// <summary>Sums of 32 bits, as a sampled product leaves them.</summary>
internal sealed class Int32Codec : ValueCodec<int>
{
    public static readonly Int32Codec Instance = new();

    public override int Bits => 32;

    public override void Read(ReadOnlySpan<byte> store, ReadOnlySpan<int> slots, Span<int> values)
    {
        for (int i = 0; i < slots.Length; i++)
            values[i] = BinaryPrimitives.ReadInt32LittleEndian(store[(4 * slots[i])..]);
    }

    public override void Write(Span<byte> store, ReadOnlySpan<int> slots, ReadOnlySpan<int> values)
    {
        for (int i = 0; i < slots.Length; i++)
            BinaryPrimitives.WriteInt32LittleEndian(store[(4 * slots[i])..], values[i]);
    }
}
