using System.Runtime.InteropServices;
using Xunit;

namespace Intarsia.Runtime.Tests;

/// <summary>Where kernels that write a packed matrix find its elements: entries, and the slot of each, by a formula or from a list.</summary>
public class EntryIndexTests
{
    [Fact]
    public void Entries_AnyPattern_NameEachElementAndItsSlot()
    {
        var random = new Random(11);
        foreach (WeightLayout layout in Layouts.Of(NumberFormat.Float32).Where(layout => layout.Pattern != Pattern.Dense))
        {
            // Rows and columns that neither vectors nor blocks divide, now and then none.
            (int rows, int columns) = (random.Next(40), random.Next(60));
            var dense = new float[rows * columns];
            for (int i = 0; i < dense.Length; i++) dense[i] = IsKept(layout, i / columns, i % columns) && random.Next(3) > 0 ? 1 + i : 0;
            PackedMatrix matrix = PackedMatrix.Pack(dense, rows, columns, layout);
            ReadOnlySpan<float> values = MemoryMarshal.Cast<byte, float>(matrix.ValueBytes);
            EntryIndex entries = matrix.Entries;

            int v = matrix.VectorLength;
            var slots = new HashSet<int>();
            int[] depth = new int[columns];
            float[] read = new float[columns * v];
            for (int group = 0; group < matrix.GroupCount; group++)
            {
                (int begin, int end) = (entries.Bounds[2 * group], entries.Bounds[2 * group + 1]);
                matrix.ReadGroup(group, depth, read);
                Assert.Equal(matrix.GroupLength(group), end - begin);
                Assert.Equal(depth[..(end - begin)], entries.Columns[begin..end]);
                for (int p = begin; p < end; p++)
                {
                    for (int row = group * v; row < (group + 1) * v; row++)
                    {
                        int slot = SlotOf(matrix, entries, row, p);
                        if (row >= rows)
                        {
                            Assert.True(entries.Places.Length == 0 || slot == -1, $"{layout}: row {row} of {rows} has a place, {slot}");
                            continue;
                        }
                        Assert.True(slots.Add(slot), $"{layout}: slot {slot} is named twice");
                        Assert.True(values[slot] == dense[row * columns + entries.Columns[p]], $"{layout}: row {row}, column {entries.Columns[p]} is not in slot {slot}");
                    }
                }
            }

            // All other slots are padding.
            Assert.Equal(matrix.StoredElements, slots.Count);
            for (int slot = 0; slot < values.Length; slot++) Assert.True(slots.Contains(slot) || values[slot] == 0, $"{layout}: slot {slot} is not named");
        }
    }

    /// <summary>Values that lie row by row need no list, and an order of their own has one.</summary>
    [Fact]
    public void Places_ValuesInTheOrderOfRows_AreNotListed()
    {
        var dense = new float[32 * 32];
        for (int i = 0; i < 32; i++) dense[i * 32 + i / 16 * 8 % 32] = 1;
        foreach (WeightLayout layout in Layouts.Of(NumberFormat.Float32).Where(layout => layout.Pattern != Pattern.Dense))
            Assert.Equal(
                layout.Pattern is Pattern.Hyb or Pattern.RowWindows or Pattern.RelativeCsc or Pattern.GatherScatter or Pattern.Composite || layout is { Pattern: Pattern.NM, V: > 1 },
                PackedMatrix.Pack(dense, 32, 32, layout).Entries.Places.Length > 0);
    }

    private static int SlotOf(PackedMatrix matrix, EntryIndex entries, int row, int p)
    {
        (WeightLayout layout, int v) = (matrix.Layout, matrix.VectorLength);
        return entries.Places.Length > 0 ? entries.Places[row % v * entries.Bounds[^1] + p]
            : layout.Pattern == Pattern.Bsr ? (p / layout.BlockColumns * layout.BlockRows + row % layout.BlockRows) * layout.BlockColumns + p % layout.BlockColumns
            : v == 1 ? p : p / 16 * 16 * v + row % v * 16 + p % 16;
    }

    /// <summary>What an N:M pattern can keep, the same in V rows; anything in others.</summary>
    private static bool IsKept(WeightLayout layout, int row, int column) => layout.Pattern != Pattern.NM || (column + row / layout.VectorLength) % layout.M < layout.N;
}
