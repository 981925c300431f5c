using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Intarsia.PtxEmulator.Execution;

/// <summary>A box of a tensor at some coordinates, as rows of its innermost dimension.</summary>
internal sealed unsafe class TensorBox
{
    private readonly int _elementBytes;
    private readonly int _rank;
    private readonly int _swizzle;
    private readonly nint _address;
    private readonly long[] _dims = new long[5];
    private readonly long[] _strides = new long[5];
    private readonly int[] _box = new int[5];
    private readonly int[] _origin = new int[5];

    private TensorBox(ReadOnlySpan<byte> map, ReadOnlySpan<int> coordinates)
    {
        (_elementBytes, _rank, _swizzle) = (map[4], map[5], map[6]);
        _address = (nint)BinaryPrimitives.ReadInt64LittleEndian(map[8..]);
        for (int i = 0; i < 5; i++)
        {
            bool used = i < _rank;
            _dims[i] = used ? BinaryPrimitives.ReadInt64LittleEndian(map[(16 + 8 * i)..]) : 1;
            _box[i] = used ? BinaryPrimitives.ReadUInt16LittleEndian(map[(88 + 2 * i)..]) : 1;
            _strides[i] = i == 0 ? _elementBytes : used ? BinaryPrimitives.ReadInt64LittleEndian(map[(56 + 8 * (i - 1))..]) : 0;
            _origin[i] = used ? coordinates[i] : 0;
        }
    }

    /// <summary>Bytes of the box in shared memory, with those outside the tensor.</summary>
    public int Bytes => RowBytes * _box[1] * _box[2] * _box[3] * _box[4];

    /// <summary>What the address in shared memory must be a multiple of.</summary>
    public int Alignment => 128;

    private int RowBytes => _box[0] * _elementBytes;

    /// <summary>The box that an encoded map describes, or null after saying what is wrong.</summary>
    public static TensorBox? Decode(ReadOnlySpan<byte> map, ReadOnlySpan<int> coordinates, out string wrong)
    {
        wrong = "";
        if (BinaryPrimitives.ReadUInt32LittleEndian(map) != TensorMap.Magic) wrong = "there is no tensor map made by TensorMap.Tiled";
        else if (map[5] != coordinates.Length) wrong = $"the tensor map has {map[5]} dimensions, and the instruction {coordinates.Length}";
        return wrong.Length > 0 ? null : new TensorBox(map, coordinates);
    }

    /// <summary>The first and the last byte of the tensor that the box touches, or null if it lies wholly outside.</summary>
    public (nint First, nint Last)? Extent()
    {
        nint first = _address;
        nint last = _address;
        for (int i = 0; i < 5; i++)
        {
            long low = Math.Max(0, _origin[i]);
            long high = Math.Min(_dims[i], _origin[i] + (long)_box[i]) - 1;
            if (low > high) return null;
            first += (nint)(low * _strides[i]);
            last += (nint)(high * _strides[i]);
        }
        return (first, last + _elementBytes - 1);
    }

    public void Load(byte* shared, uint address) => ForEachRow((row, global, skipped, inside) =>
    {
        for (int chunk = 0; chunk < RowBytes; chunk += 16)
        {
            byte* to = shared + Swizzle(address + (uint)(row + chunk));
            NativeMemory.Clear(to, 16);
            int from = Math.Max(chunk, skipped);
            int end = Math.Min(chunk + 16, skipped + inside);
            if (from < end) Buffer.MemoryCopy((byte*)global + (from - skipped), to + (from - chunk), 16, end - from);
        }
    });

    public void Store(byte* shared, uint address) => ForEachRow((row, global, skipped, inside) =>
    {
        for (int chunk = 0; chunk < RowBytes; chunk += 16)
        {
            byte* source = shared + Swizzle(address + (uint)(row + chunk));
            int from = Math.Max(chunk, skipped);
            int end = Math.Min(chunk + 16, skipped + inside);
            if (from < end) Buffer.MemoryCopy(source + (from - chunk), (byte*)global + (from - skipped), end - from, end - from);
        }
    });

    /// <summary>Calls with the row's offset in the box, the global address of its first byte inside the tensor, the bytes of the row before that, and the bytes inside.</summary>
    private void ForEachRow(Action<int, nint, int, int> row)
    {
        long low = Math.Clamp(-(long)_origin[0], 0, _box[0]);
        long high = Math.Clamp(_dims[0] - _origin[0], low, _box[0]);
        int offset = 0;
        for (int e = 0; e < _box[4]; e++)
        {
            for (int d = 0; d < _box[3]; d++)
            {
                for (int c = 0; c < _box[2]; c++)
                {
                    for (int b = 0; b < _box[1]; b++, offset += RowBytes)
                    {
                        bool inside = Inside(1, b) && Inside(2, c) && Inside(3, d) && Inside(4, e);
                        nint global = inside && high > low
                            ? (nint)(_address + (_origin[0] + low) * _strides[0] + (_origin[1] + (long)b) * _strides[1] + (_origin[2] + (long)c) * _strides[2] + (_origin[3] + (long)d) * _strides[3] + (_origin[4] + (long)e) * _strides[4])
                            : 0;
                        row(offset, global, (int)low * _elementBytes, inside ? (int)(high - low) * _elementBytes : 0);
                    }
                }
            }
        }
    }

    private bool Inside(int dimension, int index) => (ulong)(_origin[dimension] + (long)index) < (ulong)_dims[dimension];

    private uint Swizzle(uint address) => _swizzle == 0 ? address : address ^ (address >> 7 & (1u << _swizzle) - 1) << 4;
}
