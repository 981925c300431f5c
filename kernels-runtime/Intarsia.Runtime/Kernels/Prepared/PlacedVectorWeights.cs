using System.ComponentModel;

namespace Intarsia.Kernels;

/// <summary>
/// N:M weights in panels for kernels whose lanes are rows and which permute a vector of activations to where the weights of each row stand: of every vector of the depth (the preparation's interleave, a multiple of M) each row has as
/// many values as it stores there, and as many vectors as hold the values of a step (the preparation's depth tile, a multiple of 4) are one step: <c>values[⌈rows/width⌉][⌈depth/step⌉·stored][width]</c>. Their places within the vector
/// ascend and stand four to a lane, <c>places[⌈rows/width⌉][⌈depth/step⌉·stored/4][width][4]</c>, so that a shift by a byte brings the next one. What a row does not store because the depth ends is a zero at a place behind it.
/// </summary>
/// <typeparam name="T"><see cref="float"/>.</typeparam>
[EditorBrowsable(EditorBrowsableState.Never)]
public sealed class PlacedVectorWeights<T> : IPreparedWeights<PlacedVectorWeights<T>>
    where T : unmanaged
{
    /// <summary>Places in one lane.</summary>
    private const int Together = 4;

    private readonly AlignedArray<T> _values;
    private readonly AlignedArray<byte> _indices;

    private PlacedVectorWeights(PackedMatrix matrix, Preparation<PlacedVectorWeights<T>> preparation)
    {
        (int width, int lanes, int stored) = (preparation.Width, preparation.Interleave, preparation.DepthTile);
        int perVector = matrix.Layout.Pattern == Pattern.NM && lanes % matrix.Layout.M == 0 ? lanes / matrix.Layout.M * matrix.Layout.N : 0;
        if (perVector == 0 || stored % perVector != 0 || stored % Together != 0)
            throw new ArgumentException($"Vectors of {lanes} lanes, {stored} values in a step, for {matrix.Layout}: expected N:M weights with M a divisor of the lanes, and whole vectors and fours of values in a step.", nameof(preparation));
        int steps = Extents.CeilingDivide(matrix.Depth, stored / perVector * lanes), panels = Extents.CeilingDivide(matrix.Rows, width);
        _values = new AlignedArray<T>((long)panels * steps * stored * width);
        _indices = new AlignedArray<byte>((long)panels * steps * stored * width);

        long At(int row, int slot) => ((long)(row / width) * steps * stored + slot) * width + row % width;
        long PlaceAt(int row, int slot) => (At(row, slot / Together * Together) - row % width) + row % width * Together + slot % Together;
        var source = new WeightSource<T>(matrix);
        int[] depth = [];
        T[] values = [];
        for (int row = 0; row < matrix.Rows; row++)
        {
            for (int slot = 0; slot < steps * stored; slot++) _indices.Span[(int)PlaceAt(row, slot)] = (byte)(lanes - perVector + slot % perVector);
            int length = source.ReadRow(row, ref depth, ref values);
            for (int entry = 0, vector = -1, slot = 0; entry < length; entry++, slot++)
            {
                if (depth[entry] / lanes != vector) slot = (vector = depth[entry] / lanes) * perVector;
                _values.Span[(int)At(row, slot)] = values[entry];
                _indices.Span[(int)PlaceAt(row, slot)] = (byte)(depth[entry] % lanes);
            }
        }

        // Rows behind the last have places, too, as whoever reads the order as a program expects them.
        for (int row = matrix.Rows; row < panels * width; row++)
            for (int slot = 0; slot < steps * stored; slot++) _indices.Span[(int)PlaceAt(row, slot)] = (byte)(slot % perVector);
    }

    /// <summary>The first value.</summary>
    public ref T Values => ref _values.First;

    /// <summary>The place of the first value within its vector.</summary>
    public ref byte Indices => ref _indices.First;

    /// <inheritdoc/>
    public static PlacedVectorWeights<T> Prepare(PackedMatrix matrix, Preparation<PlacedVectorWeights<T>> preparation)
    {
        ArgumentNullException.ThrowIfNull(matrix);
        ArgumentNullException.ThrowIfNull(preparation);
        return new(matrix, preparation);
    }
}
