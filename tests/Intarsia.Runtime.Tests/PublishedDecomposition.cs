namespace Intarsia.Runtime.Tests;

/// <summary>
/// The decomposition as SmartDeal's code has it (<c>core_decompose</c> without row thresholds and scales; VITA-Group/SmartDeal at 8e1de77): from B = I, coefficients rounded to the nearest power of two of any exponent up to 5, then the basis and the coefficients
/// by least squares, coefficients below 0.001 becoming 0; at last the coefficients rounded and a basis for them. What <see cref="BasisSolver"/> is held against.
/// </summary>
internal static class PublishedDecomposition
{
    private const int Order = BasisMatrix.Order, Turns = 30;
    private const double Threshold = 1e-3, Tolerance = 1e-10, Largest = 32;

    /// <summary>What a row loses, Σ (w − (Ce·B))²; its exponents are added to a set.</summary>
    public static double Error(ReadOnlySpan<float> row, ISet<int> exponents)
    {
        int threes = row.Length / Order;
        double[] weights = new double[threes * Order], coefficients = new double[weights.Length], before = new double[weights.Length];
        for (int i = 0; i < weights.Length; i++) coefficients[i] = weights[i] = row[i];
        for (int turn = 0; turn < Turns - 1; turn++)
        {
            double[] rounded = Array.ConvertAll(coefficients, Nearest);
            if (turn > 0 && Math.Sqrt(rounded.Zip(before, (now, then) => (now - then) * (now - then)).Sum()) <= Tolerance) break;
            before = rounded;
            double[] basis = Basis(rounded, weights);
            coefficients = Coefficients(basis, weights);
            for (int i = 0; i < coefficients.Length; i++)
                if (Math.Abs(coefficients[i]) < Threshold) coefficients[i] = 0;
        }
        coefficients = Array.ConvertAll(coefficients, Nearest);
        double[] last = Basis(coefficients, weights);
        double error = 0;
        for (int i = 0; i < weights.Length; i++)
        {
            double difference = weights[i];
            for (int c = 0; c < Order; c++) difference -= coefficients[i / Order * Order + c] * last[c * Order + i % Order];
            error += difference * difference;
            if (coefficients[i] != 0) exponents.Add(Math.ILogB(coefficients[i]));
        }
        return error;
    }

    /// <summary>The nearest power of two of any exponent, up to the largest; of two as near, the smaller.</summary>
    private static double Nearest(double value)
    {
        if (value == 0) return 0;
        double magnitude = Math.Abs(value), upper = Math.ScaleB(1, Math.ILogB(magnitude));
        if (upper < magnitude) upper *= 2;
        return Math.CopySign(Math.Min(magnitude - upper / 2 <= upper - magnitude ? upper / 2 : upper, Largest), value);
    }

    private static double[] Basis(double[] coefficients, double[] weights)
    {
        double[] gram = new double[Order * Order], right = new double[gram.Length];
        for (int i = 0; i < weights.Length; i++)
        {
            for (int c = 0; c < Order; c++)
            {
                gram[c * Order + i % Order] += coefficients[i / Order * Order + c] * coefficients[i];
                right[c * Order + i % Order] += coefficients[i / Order * Order + c] * weights[i];
            }
        }
        return Solve(gram, right, Order);
    }

    /// <summary>W·B⁻¹: the transpose solves Bᵀ·Ceᵀ = Wᵀ.</summary>
    private static double[] Coefficients(double[] basis, double[] weights)
    {
        int threes = weights.Length / Order;
        double[] transposed = new double[basis.Length], right = new double[weights.Length], coefficients = new double[weights.Length];
        for (int i = 0; i < basis.Length; i++) transposed[i % Order * Order + i / Order] = basis[i];
        for (int i = 0; i < weights.Length; i++) right[i % Order * threes + i / Order] = weights[i];
        double[] solution = Solve(transposed, right, threes);
        for (int i = 0; i < weights.Length; i++) coefficients[i] = solution[i % Order * threes + i / Order];
        return coefficients;
    }

    /// <summary>Solves m·s = right, of so many columns, by elimination with the largest pivot.</summary>
    private static double[] Solve(double[] m, double[] right, int columns)
    {
        double[] left = [.. m], solution = [.. right];
        for (int pivot = 0; pivot < Order; pivot++)
        {
            int best = Enumerable.Range(pivot, Order - pivot).MaxBy(row => Math.Abs(left[row * Order + pivot]));
            for (int j = 0; j < Order; j++) (left[best * Order + j], left[pivot * Order + j]) = (left[pivot * Order + j], left[best * Order + j]);
            for (int j = 0; j < columns; j++) (solution[best * columns + j], solution[pivot * columns + j]) = (solution[pivot * columns + j], solution[best * columns + j]);
            for (int row = 0; row < Order; row++)
            {
                double factor = (row == pivot ? left[pivot * Order + pivot] - 1 : left[row * Order + pivot]) / left[pivot * Order + pivot];
                for (int j = 0; j < Order; j++) left[row * Order + j] -= factor * left[pivot * Order + j];
                for (int j = 0; j < columns; j++) solution[row * columns + j] -= factor * solution[pivot * columns + j];
            }
        }
        return solution;
    }
}
