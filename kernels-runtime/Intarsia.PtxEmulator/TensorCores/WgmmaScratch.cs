namespace Intarsia.PtxEmulator.TensorCores;

/// <summary>Room for the matrices of one wgmma, too much for the stack; each emulating thread has its own.</summary>
internal sealed class WgmmaScratch
{
    [ThreadStatic]
    private static WgmmaScratch? _mine;

    private int[] _columns = [], _integers = [];
    private double[] _doubles = [];

    /// <summary>The calling thread's.</summary>
    public static WgmmaScratch Mine => _mine ??= new WgmmaScratch();

    /// <summary>Room for the columns of a sparse A.</summary>
    public Span<int> Columns(int length) => Room(ref _columns, length).AsSpan(0, length);

    /// <summary>Room for floating-point matrices.</summary>
    public Matrices<double> Doubles(int left, int right, int sums) => new(Room(ref _doubles, left + right + sums), left, right, sums);

    /// <summary>Room for integer matrices.</summary>
    public Matrices<int> Integers(int left, int right, int sums) => new(Room(ref _integers, left + right + sums), left, right, sums);

    private static T[] Room<T>(ref T[] array, int length) => array.Length >= length ? array : array = new T[length];

    /// <summary>A, B and the sums, with what they held before.</summary>
    internal readonly ref struct Matrices<T>(T[] room, int left, int right, int sums)
    {
        /// <summary>A.</summary>
        public Span<T> Left { get; } = room.AsSpan(0, left);

        /// <summary>B.</summary>
        public Span<T> Right { get; } = room.AsSpan(left, right);

        /// <summary>A·B.</summary>
        public Span<T> Sums { get; } = room.AsSpan(left + right, sums);
    }
}
