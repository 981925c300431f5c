using Intarsia.RealData.Tests.Data;
using Intarsia.Verification;
using Xunit;
using Xunit.Abstractions;

namespace Intarsia.RealData.Tests.Spmm;

/// <summary>SpMM on matrices that were really pruned, in both layouts, held against the reference with its own error bound.</summary>
[Trait("Category", "RealData")]
public class SparseProductTests(ITestOutputHelper output)
{
    // One column, fewer than a vector, ragged, more than a tile: each matrix gets the next.
    private static readonly int[] ColumnCounts = [33, 1, 16, 7, 64, 50];

    public static TheoryData<string> CaseNames => new(SparseCases.All.Keys);

    [SkippableTheory]
    [MemberData(nameof(CaseNames))]
    public void Spmm_EveryPrunedMatrixOfHandLandmark_EqualsTheReference(string name) => Check(name, SparseMatrices.HandLandmark());

    [SkippableTheory]
    [MemberData(nameof(CaseNames))]
    public void Spmm_EveryPatternOfDlmc_EqualsTheReference(string name) => Check(name, SparseMatrices.Dlmc());

    private void Check(string name, IReadOnlyList<(string Name, CsrMatrix Matrix)> matrices)
    {
        SparseCase sparse = SparseCases.All[name];
        long stored = 0, elements = 0;
        for (int i = 0; i < matrices.Count; i++)
        {
            (string matrixName, CsrMatrix matrix) = matrices[i];
            PackedMatrix packed = Check(sparse, matrix, matrixName, ColumnCounts[i % ColumnCounts.Length], new Random(i));
            stored += packed.StoredElements;
            elements += matrix.ColumnIndices.Length;
        }
        output.WriteLine($"{name}: {matrices.Count} matrices, {elements} non-zero elements before, {stored} stored");
    }

    private static PackedMatrix Check(SparseCase sparse, CsrMatrix matrix, string matrixName, int columns, Random random)
    {
        (PackedMatrix packed, float[] dense) = sparse.Prepare(matrix);
        int rows = matrix.Rows, depth = matrix.Depth;
        var x = new float[depth * columns];
        for (int i = 0; i < x.Length; i++)
            x[i] = random.NextSingle() * 2 - 1;
        ReferenceResult expected = SpecReference.Execute(sparse.Spec, new ReferenceOperands
        {
            Rows = rows,
            Depth = depth,
            Columns = columns,
            Weights = Array.ConvertAll(dense, value => (double)value),
            X = Array.ConvertAll(x, value => (double)value),
        });

        // What was in Y before must not matter.
        var y = new float[rows * columns];
        Array.Fill(y, float.NaN);
        sparse.RowMajor(packed, x, y, columns);
        string? mismatch = expected.FirstMismatch<float>(y, MatrixLayout.RowMajor);
        Assert.True(mismatch is null, $"{sparse.Name}, row-major, {matrixName}, {columns} columns: {mismatch}");

        Array.Fill(y, float.NaN);
        sparse.TokenMajor(packed, Transpose(x, depth, columns), y, columns);
        mismatch = expected.FirstMismatch<float>(y, MatrixLayout.TokenMajor);
        Assert.True(mismatch is null, $"{sparse.Name}, token-major, {matrixName}, {columns} tokens: {mismatch}");
        return packed;
    }

    private static float[] Transpose(float[] x, int rows, int columns)
    {
        var result = new float[x.Length];
        for (int row = 0; row < rows; row++)
        {
            for (int column = 0; column < columns; column++)
                result[column * rows + row] = x[row * columns + column];
        }
        return result;
    }
}
