namespace Intarsia.Compiler.Specs;

/// <summary>A sparsity pattern that is known at compile time, in compressed sparse rows: where the elements of a matrix stand whose values come at run time.</summary>
/// <param name="File">The name of the file that it was read from, for messages.</param>
/// <param name="Rows">Rows of the matrix.</param>
/// <param name="Depth">Columns of the matrix.</param>
/// <param name="RowPointers">The first entry of each row, and their number behind the last: Rows + 1 numbers.</param>
/// <param name="Columns">The column of each entry, ascending within a row.</param>
public sealed record KnownPattern(string File, int Rows, int Depth, EquatableArray<int> RowPointers, EquatableArray<int> Columns)
{
    /// <summary>Number of elements.</summary>
    public int Count => Columns.Count;

    /// <summary>Elements of a row.</summary>
    public int RowLength(int row) => RowPointers[row + 1] - RowPointers[row];

    /// <summary>16 hexadecimal digits (FNV-1a, 64 bits) that tell patterns apart in names of methods.</summary>
    public string Fingerprint
    {
        get
        {
            ulong hash = 14695981039346656037;
            void Add(int value)
            {
                for (int shift = 0; shift < 32; shift += 8) hash = unchecked((hash ^ (byte)(value >> shift)) * 1099511628211);
            }
            Add(Rows);
            Add(Depth);
            foreach (int pointer in RowPointers) Add(pointer);
            foreach (int column in Columns) Add(column);
            return hash.ToString("x16", System.Globalization.CultureInfo.InvariantCulture);
        }
    }
}
