using Intarsia.Compiler.Specs;

namespace Intarsia.Compiler.Rules;

/// <summary>Rules on the pattern of the weights.</summary>
internal static class SparsityRules
{
    /// <summary>Group lengths of N:M: what a byte or word of index bits covers.</summary>
    private static readonly int[] GroupLengths = [2, 4, 8, 16, 32];

    private static readonly int[] VectorLengths = [1, 2, 4, 8, 16];

    /// <summary>The nearest possible N:M, for messages and for the code fix.</summary>
    public static (int N, int M) NearestNM(int n, int m)
    {
        int length = GroupLengths.FirstOrDefault(candidate => candidate >= m);
        if (length == 0) length = GroupLengths[GroupLengths.Length - 1];
        return (Math.Min(Math.Max(n, 1), length), length);
    }

    /// <summary>The nearest possible vector length, rounded down.</summary>
    public static int NearestVector(int v) => VectorLengths.LastOrDefault(candidate => candidate <= v) is int found and > 0 ? found : 1;

    public static IEnumerable<RuleViolation> NMIsPossible(KernelSpec spec)
    {
        foreach ((PatternSpec pattern, Part part) in Formats(spec))
        {
            if (pattern.Kind != Pattern.NM || (pattern.N >= 1 && pattern.N <= pattern.M && GroupLengths.Contains(pattern.M))) continue;
            (int n, int m) = NearestNM(pattern.N, pattern.M);
            yield return DiagnosticTable.ImpossibleNM.At(part, KernelRules.Text(pattern.N), KernelRules.Text(pattern.M), KernelRules.Text(n), KernelRules.Text(m));
        }
    }

    public static IEnumerable<RuleViolation> VectorIsPossible(KernelSpec spec)
    {
        foreach ((PatternSpec pattern, Part part) in Formats(spec))
            if ((pattern.Kind == Pattern.VectorRows || (pattern.Kind == Pattern.NM && pattern.V != 0)) && !VectorLengths.Contains(pattern.V))
                yield return DiagnosticTable.ImpossibleVector.At(part, KernelRules.Text(pattern.V), KernelRules.Text(NearestVector(pattern.V)));
    }

    /// <summary>Rows and columns that a block of BSR may have.</summary>
    public const int LongestBlock = 1024;

    public static IEnumerable<RuleViolation> BlockIsPossible(KernelSpec spec)
    {
        foreach ((PatternSpec pattern, Part part) in Formats(spec))
            if (pattern.Kind == Pattern.Bsr && (pattern.BlockRows is < 1 or > LongestBlock || pattern.BlockColumns is < 1 or > LongestBlock))
                yield return DiagnosticTable.ImpossibleBlock.At(part, KernelRules.Text(pattern.BlockRows), KernelRules.Text(pattern.BlockColumns));
    }

    /// <summary>Places that a row of ELL may have.</summary>
    public const int WidestRow = 65536;

    public static IEnumerable<RuleViolation> WidthIsPossible(KernelSpec spec)
    {
        foreach ((PatternSpec pattern, Part part) in Formats(spec))
            if (pattern.Kind == Pattern.Ell && pattern.Width is < 1 or > WidestRow)
                yield return DiagnosticTable.ImpossibleWidth.At(part, KernelRules.Text(pattern.Width), KernelRules.Text(pattern.Width > WidestRow ? WidestRow : 32));
    }

    /// <summary>Partitions of the columns that hyb may have.</summary>
    public const int MostPartitions = 1024;

    /// <summary>The largest exponent of a bucket of hyb.</summary>
    public const int WidestBucket = 16;

    public static IEnumerable<RuleViolation> HybIsPossible(KernelSpec spec)
    {
        foreach ((PatternSpec pattern, Part part) in Formats(spec))
        {
            if (pattern.Kind != Pattern.Hyb || (pattern.Partitions is >= 1 and <= MostPartitions && pattern.BucketExponent is >= 0 and <= WidestBucket)) continue;
            int c = Math.Min(Math.Max(pattern.Partitions, 1), MostPartitions), k = pattern.BucketExponent is >= 0 and <= WidestBucket ? pattern.BucketExponent : 5;
            yield return DiagnosticTable.ImpossibleHyb.At(part, KernelRules.Text(pattern.Partitions), KernelRules.Text(pattern.BucketExponent), KernelRules.Text(c), KernelRules.Text(k));
        }
    }

    /// <summary>Lanes that rows may be dealt to.</summary>
    public const int MostLanes = 1024;

    public static IEnumerable<RuleViolation> LanesArePossible(KernelSpec spec)
    {
        foreach ((PatternSpec pattern, Part part) in Formats(spec))
            if (pattern.Kind == Pattern.RelativeCsc && pattern.Lanes is < 1 or > MostLanes)
                yield return DiagnosticTable.ImpossibleLanes.At(part, KernelRules.Text(pattern.Lanes), KernelRules.Text(pattern.Lanes > MostLanes ? MostLanes : 1));
    }

    /// <summary>Banks that the elements of a gather-scatter group may be read from.</summary>
    private static readonly int[] BankCounts = [4, 8, 16, 32];

    /// <summary>Gather-scatter groups that a bundle of rows may be allowed.</summary>
    public const int MostGroups = 65536;

    public static IEnumerable<RuleViolation> GatherScatterIsPossible(KernelSpec spec)
    {
        foreach ((PatternSpec pattern, Part part) in Formats(spec))
        {
            if (pattern.Kind != Pattern.GatherScatter) continue;
            string found = $"GS({KernelRules.Text(pattern.Banks)}, {KernelRules.Text(pattern.PerRow)})";
            int banks = BankCounts.LastOrDefault(count => count <= pattern.Banks) is int nearest and > 0 ? nearest : pattern.Banks > 0 ? BankCounts[0] : 16;
            if (pattern.Banks != banks)
                yield return DiagnosticTable.ImpossibleGatherScatter.At(part, found, "Banks of 4, 8, 16 or 32", $"Banks = {KernelRules.Text(banks)}");
            else if (pattern.PerRow < 1 || banks % pattern.PerRow != 0)
                yield return DiagnosticTable.ImpossibleGatherScatter.At(part, found, $"PerRow that divides the {KernelRules.Text(banks)} banks", $"PerRow = {KernelRules.Text(Divisor(banks, pattern.PerRow))}");
            else if (pattern.Groups is < 0 or > MostGroups)
                yield return DiagnosticTable.ImpossibleGatherScatter.At(part, $"{found} with {KernelRules.Text(pattern.Groups)} groups", "Groups of 1 to 65536, or none", $"Groups = {KernelRules.Text(pattern.Groups < 0 ? 1 : MostGroups)}");
        }
    }

    /// <summary>The nearest power of two below, which divides the banks.</summary>
    private static int Divisor(int banks, int perRow)
    {
        while (banks > 1 && banks > perRow) banks /= 2;
        return banks;
    }

    public static IEnumerable<RuleViolation> ParametersBelong(KernelSpec spec)
    {
        foreach ((PatternSpec pattern, Part part) in Formats(spec))
        {
            (string Name, int Value, Pattern Owner)[] parameters = [("N", pattern.N, Pattern.NM), ("M", pattern.M, Pattern.NM), ("V", pattern.V, Pattern.VectorRows),
                ("BlockRows", pattern.BlockRows, Pattern.Bsr), ("BlockColumns", pattern.BlockColumns, Pattern.Bsr), ("DoublyCompressed", pattern.DoublyCompressed ? 1 : 0, Pattern.Bsr), ("Width", pattern.Width, Pattern.Ell),
                ("Partitions", pattern.Partitions, Pattern.Hyb), ("BucketExponent", pattern.BucketExponent, Pattern.Hyb), ("Lanes", pattern.Lanes, Pattern.RelativeCsc),
                ("Banks", pattern.Banks, Pattern.GatherScatter), ("PerRow", pattern.PerRow, Pattern.GatherScatter), ("Groups", pattern.Groups, Pattern.GatherScatter), ("Scatter", pattern.Scatter ? 1 : 0, Pattern.GatherScatter)];
            foreach ((string name, int value, Pattern owner) in parameters)
                if (value != 0 && pattern.Kind != owner && !(name == "V" && pattern.Kind == Pattern.NM))
                    yield return DiagnosticTable.ForeignPatternParameter.At(part, pattern.Kind.ToString(), name, name is "Scatter" or "DoublyCompressed" ? "true" : KernelRules.Text(value), $", or use Pattern.{owner}");
        }
    }

    /// <summary>Every format of the pattern, with the attribute that declares it.</summary>
    private static IEnumerable<(PatternSpec Pattern, Part Part)> Formats(KernelSpec spec) => spec.Pattern.Formats.Select((pattern, index) => (pattern, Part.Format(index)));

    public static IEnumerable<RuleViolation> DenseOperationHasDenseWeights(KernelSpec spec)
    {
        if (spec.Weights.Pattern.Kind == Pattern.Dense || spec.Operation == Operation.Spmm) yield break;
        string wayOut = spec.Operation == Operation.Gemm ? "use [Spmm]" : "remove [Sparse], or use [Spmm] for one product";
        yield return DiagnosticTable.SparseOperationExpected.At(Part.Pattern, spec.Weights.Pattern.Kind.ToString(), $"[{Operations.Get(spec.Operation).Attribute}]", wayOut);
    }

    public static IEnumerable<RuleViolation> SparseOperationHasSparseWeights(KernelSpec spec)
    {
        if (spec.Operation == Operation.Spmm && spec.Weights.Pattern.Kind == Pattern.Dense)
            yield return DiagnosticTable.DenseOperationExpected.At(Part.Operation);
    }

    public static IEnumerable<RuleViolation> SparseWeightsArePacked(KernelSpec spec)
    {
        if (spec.Weights.Pattern.Kind != Pattern.Dense && spec.Weights.Storage == WeightStorage.Span && spec.Operation == Operation.Spmm)
            yield return DiagnosticTable.SparseSpan.At(Part.Pattern, spec.Weights.Pattern.Kind.ToString());
    }
}
