namespace Intarsia.RealData.Tests.Data;

/// <summary>The really pruned matrices of the data folder.</summary>
internal static class SparseMatrices
{
    public const string HandLandmarkPath = "pruned-weights/hand_landmark.safetensors";
    public const string DlmcPath = "dlmc";

    /// <summary>The 37 matrices of a pruned hand-landmark CNN, pattern and values (stored as binary16), by name: <c>m23_1152x192</c> is 1152 output channels × 192.</summary>
    public static IReadOnlyList<(string Name, CsrMatrix Matrix)> HandLandmark()
    {
        using var file = SafetensorsFile.Open(DataFolder.Require(HandLandmarkPath));
        const string Suffix = ".indptr";
        var matrices = new List<(string, CsrMatrix)>();
        foreach (SafetensorsTensor pointers in file.Tensors.Where(tensor => tensor.Name.EndsWith(Suffix, StringComparison.Ordinal)))
        {
            string name = pointers.Name[..^Suffix.Length];
            string[] shape = name[(name.IndexOf('_', StringComparison.Ordinal) + 1)..].Split('x');
            matrices.Add((name, new CsrMatrix(int.Parse(shape[0]), int.Parse(shape[1]), pointers.GetInt32s(), file[$"{name}.indices"].GetInt32s(), file[$"{name}.values"].GetFloats())));
        }
        return matrices;
    }

    /// <summary>The patterns of the Deep Learning Matrix Collection, by their path below <c>dlmc</c>, with values drawn from the name's own seed.</summary>
    public static IReadOnlyList<(string Name, CsrMatrix Matrix)> Dlmc()
    {
        string folder = DataFolder.Require(DlmcPath);
        return Directory.GetFiles(folder, "*.smtx.gz", SearchOption.AllDirectories)
            .Select(path => (Path: path, Name: Path.GetRelativePath(folder, path).Replace('\\', '/')))
            .OrderBy(item => item.Name, StringComparer.Ordinal)
            .Select((item, index) => (item.Name, WithValues(SmtxReader.Read(item.Path), new Random(1000 + index))))
            .ToList();
    }

    private static CsrMatrix WithValues(CsrMatrix pattern, Random random)
    {
        var values = new float[pattern.ColumnIndices.Length];
        for (int i = 0; i < values.Length; i++)
            values[i] = random.NextSingle() * 2 - 1;
        return new CsrMatrix(pattern.Rows, pattern.Depth, pattern.RowPointers, pattern.ColumnIndices, values);
    }
}
