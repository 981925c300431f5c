using System.Buffers.Binary;
using System.Numerics;

namespace Intarsia.Runtime.Tests;

/// <summary>Reads the file of a packed matrix by what docs/formats.md says and nothing else: the slow twin of the loader, one element at a time, without checks.</summary>
internal static class DocumentedDecoder
{
    private static readonly int[][] s_tables =
    [
        [0, 1, 2, 3, 16, 8, 4, 6, 0, -1, -2, -3, -16, -8, -4, -6],
        [0, 1, 2, 3, 4, 5, 6, 7, 64, 32, 16, 24, 8, 10, 12, 14],
        [0, 1, 2, 4, 8, 16, 32, 64, 0, -1, -2, -4, -8, -16, -32, -64],
        [0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384],
        [0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12],
        [0, 1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192],
    ];

    /// <summary>The stored elements by (row, depth): the bits of a value as an integer, or its number for floats. Padding is left out.</summary>
    public static Dictionary<(int Row, int Depth), double> Decode(byte[] file)
    {
        int I32(long at) => BinaryPrimitives.ReadInt32LittleEndian(file.AsSpan((int)at));
        int pattern = file[12], format = file[13], n = I32(16), m = I32(20), v = I32(24), rows = I32(32), depth = I32(36);
        long indexAt = 84, valueAt = 84 + BinaryPrimitives.ReadInt64LittleEndian(file.AsSpan(48));

        // The codebook stands before the values.
        long tableAt = valueAt;
        valueAt += format switch { 19 => 16, 20 => 64, 21 => 1024, 52 => 512, _ => 0 };

        double ValueAt(long slot) => format switch
        {
            0 or 5 => BinaryPrimitives.ReadSingleLittleEndian(file.AsSpan((int)(valueAt + 4 * slot))),
            1 => (double)BinaryPrimitives.ReadHalfLittleEndian(file.AsSpan((int)(valueAt + 2 * slot))),
            2 => BitConverter.Int32BitsToSingle(file[(int)(valueAt + 2 * slot)] << 16 | file[(int)(valueAt + 2 * slot + 1)] << 24),
            3 => Integer(slot, 8, isSigned: true),
            4 => Integer(slot, 4, isSigned: true),
            6 => I32(valueAt + 4 * slot),
            7 => Integer(slot, 16, isSigned: true),
            8 => Integer(slot, 16, isSigned: false),
            9 => Integer(slot, 12, isSigned: true),
            10 => Integer(slot, 12, isSigned: false),
            11 => Integer(slot, 8, isSigned: false),
            12 => Integer(slot, 4, isSigned: false),
            19 => (sbyte)file[(int)(tableAt + Integer(slot, 4, isSigned: false))],
            20 => BinaryPrimitives.ReadSingleLittleEndian(file.AsSpan((int)(tableAt + 4 * Integer(slot, 4, isSigned: false)))),
            21 => BinaryPrimitives.ReadSingleLittleEndian(file.AsSpan((int)(tableAt + 4 * Integer(slot, 8, isSigned: false)))),
            52 => BinaryPrimitives.ReadInt16LittleEndian(file.AsSpan((int)(tableAt + 2 * Integer(slot, 8, isSigned: false)))),
            22 or 24 => Integer(slot, 2, isSigned: true),
            23 => Integer(slot, 2, isSigned: false),
            25 => Integer(slot, 1, isSigned: false),
            26 => 2 * Integer(slot, 1, isSigned: false) - 1,
            >= 27 and <= 34 => Integer(slot, format - 26, isSigned: false),
            35 => s_tables[2][Integer(slot, 4, isSigned: false)],
            >= 36 and <= 43 => Integer(slot, format - 35, isSigned: false),
            >= 44 and <= 51 => 2 * Integer(slot, format - 43, isSigned: false) - ((1 << (format - 43)) - 1),
            >= 13 and <= 18 => s_tables[format - 13][Integer(slot, 4, isSigned: false)],
            _ => throw new InvalidOperationException($"Format {format} is not documented."),
        };
        int Integer(long slot, int bits, bool isSigned)
        {
            int value = BitsFrom(valueAt, slot * bits, bits);
            return isSigned && value >> (bits - 1) == 1 ? value - (1 << bits) : value;
        }
        int BitsFrom(long at, long bit, int count)
        {
            int value = 0;
            for (int i = 0; i < count; i++)
                value |= (file[(int)(at + (bit + i) / 8)] >> (int)((bit + i) % 8) & 1) << i;
            return value;
        }

        var elements = new Dictionary<(int, int), double>();
        if (pattern != 7)
        {
            Read(pattern, n, m, v, indexAt, 0);
            return format == 35 ? Rebuilt() : elements;
        }

        // Patterns and parameters of the parts, their slots, then their index data one after the other.
        long partAt = indexAt + 24L * n;
        for (int part = 0, first = 0; part < n; part++)
        {
            int[] fields = [.. Enumerable.Range(0, 4).Select(i => I32(indexAt + 20L * part + 4 * i))];
            int slots = I32(indexAt + 20L * n + 4L * part);
            Read(fields[0], fields[1], fields[2], fields[3], partAt, first);
            partAt += IndexBytes(fields[0], fields[1], fields[2], fields[3], partAt, slots);
            first += slots;
        }

        return elements;

        // Three neighbours are three coefficients times the basis of their scale group; missing coefficients are 0.
        Dictionary<(int, int), double> Rebuilt()
        {
            int group = I32(28);
            long basesAt = valueAt + BinaryPrimitives.ReadInt64LittleEndian(file.AsSpan(56));
            int Basis(int row, int k) => file[14] switch { 1 => 0, 2 => row, _ => row * ((depth + group - 1) / group) + k / group };
            return elements.ToDictionary(e => e.Key, e =>
            {
                (int row, int k) = e.Key;
                float sum = 0;
                for (int i = 0; i < 3; i++)
                    sum += (float)elements.GetValueOrDefault((row, k - k % 3 + i)) * BinaryPrimitives.ReadSingleLittleEndian(file.AsSpan((int)(basesAt + 4L * (9 * Basis(row, k) + 3 * i + k % 3))));
                return (double)sum;
            });
        }

        // How long the index data is follows from the pattern and what is stored.
        long IndexBytes(int pattern, int n, int m, int v, long indexAt, long slots) => pattern switch
        {
            1 => ((rows + Math.Max(v, 1) - 1) / Math.Max(v, 1) * (long)((depth + m - 1) / m) * Math.Min(m, n * BitOperations.Log2((uint)m)) + 7) / 8,
            2 => 8L * ((rows + v - 1) / v) + 4 * slots / v,
            3 => 4L * (rows + 1) + 4 * slots,
            4 => 4L * ((rows + n - 1) / n + 1) + 4 * slots / (n * m),
            5 => 4 * slots,
            8 => 4L * ((rows + 15) / 16 + 2) + 36L * I32(indexAt + 4L * ((rows + 15) / 16)) + slots,
            _ => 4L * (rows + n * (m + 1) + Enumerable.Range(0, n * (m + 1)).Sum(bucket => I32(indexAt + 4L * (rows + bucket)))) + 4 * slots,
        };

        void Read(int pattern, int n, int m, int v, long indexAt, int firstSlot)
        {
            HashSet<(int, int)> earlier = [.. elements.Keys];
            double Value(long slot) => ValueAt(firstSlot + slot);
            // What a part before this one has is padding here.
            void Add((int, int) place, double value)
            {
                if (!earlier.Contains(place)) elements.Add(place, value);
            }

            int Bits(long bit, int count) => BitsFrom(indexAt, bit, count);
            for (int row = 0; row < rows; row++)
            {
                switch (pattern)
                {
                    case 0:
                        for (int k = 0; k < depth; k++)
                            Add((row, k), Value((long)row * depth + k));
                        break;
                    case 1:
                        int groups = (depth + m - 1) / m, field = BitOperations.Log2((uint)m);
                        bool bitmap = m < n * field;
                        for (int g = 0; g < groups; g++)
                        {
                            // Rows of one vector share their positions.
                            long index = (long)(row / Math.Max(v, 1)) * groups + g;
                            int[] positions = bitmap
                                ? [.. Enumerable.Range(0, m).Where(p => Bits(index * m + p, 1) == 1)]
                                : [.. Enumerable.Range(0, n).Select(i => Bits((index * n + i) * field, field))];
                            for (int i = 0; i < n; i++)
                                if (g * m + positions[i] < depth)
                                    Add((row, g * m + positions[i]), Value(((long)row * groups + g) * n + i));
                        }

                        break;
                    case 2:
                        int stride = format is 4 or 9 or 10 or >= 12 and not (21 or 43 or 52) ? 32 : 16, bounds = 2 * ((rows + v - 1) / v), group = row / v;
                        int begin = I32(indexAt + 8 * group), end = I32(indexAt + 8 * group + 4);
                        for (int e = begin; e < end; e++)
                            Add((row, I32(indexAt + 4L * (bounds + e))), Value((long)(e / stride) * v * stride + row % v * stride + e % stride));
                        break;
                    case 4:
                        // Rows and columns of a block stand where N and M do.
                        int blockRow = row / n, blockRows = (rows + n - 1) / n;
                        for (int block = I32(indexAt + 4L * blockRow); block < I32(indexAt + 4L * blockRow + 4); block++)
                        {
                            int first = m * I32(indexAt + 4L * (blockRows + 1 + block));
                            for (int k = first; k < Math.Min(first + m, depth); k++)
                                Add((row, k), Value((long)block * n * m + row % n * m + (k - first)));
                        }

                        break;
                    case 11:
                        // The same for those block rows that a list names.
                        int named = I32(indexAt), at = 0;
                        while (at < named && I32(indexAt + 4L * (1 + at)) != row / n) at++;
                        for (int block = at < named ? I32(indexAt + 4L * (1 + named + at)) : 0; at < named && block < I32(indexAt + 4L * (1 + named + at + 1)); block++)
                        {
                            int first = m * I32(indexAt + 4L * (1 + named + named + 1 + block));
                            for (int k = first; k < Math.Min(first + m, depth); k++)
                                Add((row, k), Value((long)block * n * m + row % n * m + (k - first)));
                        }

                        break;
                    case 5:
                        // The width stands where N does.
                        for (int e = 0; e < n && I32(indexAt + 4L * (row * n + e)) >= 0; e++)
                            Add((row, I32(indexAt + 4L * (row * n + e))), Value((long)row * n + e));
                        break;
                    case 6:
                        // Partitions and exponent stand where N and M do. Pieces of all buckets, and places, are counted through.
                        int pieces = 0;
                        for (int bucket = 0; bucket < n * (m + 1); bucket++)
                            pieces += I32(indexAt + 4L * (rows + bucket));
                        long rowsAt = indexAt + 4L * (rows + n * (m + 1)), columnsAt = rowsAt + 4L * pieces;
                        for (int bucket = 0, piece = 0, place = 0; bucket < n * (m + 1); bucket++)
                            for (int last = piece + I32(indexAt + 4L * (rows + bucket)); piece < last; piece++, place += 1 << bucket % (m + 1))
                                for (int e = place; I32(rowsAt + 4L * piece) == row && e < place + (1 << bucket % (m + 1)); e++)
                                    if (I32(columnsAt + 4L * e) >= 0)
                                        Add((row, I32(columnsAt + 4L * e)), Value(e));
                        break;
                    case 8:
                        // The number of lanes stands where N does. Pointers, fillers, gaps; the row of an entry is one more than the gap behind that of the one before it, in its lane.
                        long fillersAt = indexAt + 4L * (n * depth + 1), gapsAt = fillersAt + 4 + 4L * I32(fillersAt);
                        HashSet<int> fillers = [.. Enumerable.Range(0, I32(fillersAt)).Select(i => I32(fillersAt + 4 + 4L * i))];
                        for (int k = 0; k < depth; k++)
                            for (int e = I32(indexAt + 4L * (row % n * depth + k)), local = -1; e < I32(indexAt + 4L * (row % n * depth + k + 1)); e++)
                                if ((local += BitsFrom(gapsAt, 4L * e, 4) + 1) == row / n && !fillers.Contains(e))
                                    Add((row, k), Value(e));
                        break;
                    case 9:
                        // Blocks of the window, entries of the block: the place is row·8 + column.
                        int windows = (rows + 15) / 16, blocks = I32(indexAt + 4L * windows);
                        long entriesAt = indexAt + 4L * (windows + 1), namesAt = entriesAt + 4L * (blocks + 1), placesAt = namesAt + 32L * blocks;
                        for (int block = I32(indexAt + 4L * (row / 16)); block < I32(indexAt + 4L * (row / 16) + 4); block++)
                            for (int e = I32(entriesAt + 4L * block); e < I32(entriesAt + 4L * block + 4); e++)
                                if (file[(int)(placesAt + e)] / 8 == row % 16)
                                    Add((row, I32(namesAt + 4L * (block * 8 + file[(int)(placesAt + e)] % 8))), Value(e));
                        break;
                    case 10:
                        // N holds the banks, the elements of a row in a group, and whether rows are permuted; M the groups allowed. A lane belongs to the row of its bundle that its number says.
                        int banks = n & 255, perRow = n >> 8 & 255, inBundle = banks / perRow, bundles = (rows + inBundle - 1) / inBundle, wide = depth > 65535 ? 4 : 2;
                        long orderAt = indexAt + 4L * (bundles + 1), lanesAt = orderAt + (n >> 16 != 0 ? 4L * rows : 0);
                        for (int place = 0; place < rows; place++)
                            for (int g = I32(indexAt + 4L * (place / inBundle)); row == (n >> 16 != 0 ? I32(orderAt + 4L * place) : place) && g < I32(indexAt + 4L * (place / inBundle) + 4); g++)
                                for (int e = g * banks + place % inBundle * perRow, last = e + perRow; e < last; e++)
                                    if ((wide == 4 ? I32(lanesAt + 4L * e) : (short)(file[(int)(lanesAt + 2L * e)] | file[(int)(lanesAt + 2L * e + 1)] << 8)) is >= 0 and int column)
                                        Add((row, column), Value(e));
                        break;
                    default:
                        for (int e = I32(indexAt + 4L * row); e < I32(indexAt + 4L * row + 4); e++)
                            Add((row, I32(indexAt + 4L * (rows + 1 + e))), Value(e));
                        break;
                }
            }
        }
    }
}
