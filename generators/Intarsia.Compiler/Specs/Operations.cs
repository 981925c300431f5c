namespace Intarsia.Compiler.Specs;

/// <summary>The facts of one operation that parsing, names and rules share. A new operation is a new row here, its schedule, its rules and its tests.</summary>
/// <param name="Operation">The operation.</param>
/// <param name="Name">Its part of a kernel's name.</param>
/// <param name="Attribute">The attribute that declares it, as a user writes it.</param>
/// <param name="IsContraction">It multiplies weights with X over a depth.</param>
public sealed record OperationRow(Operation Operation, string Name, string Attribute, bool IsContraction);

/// <summary>The table of operations.</summary>
public static class Operations
{
    private static readonly OperationRow[] Rows =
    [
        new(Operation.Gemm, "gemm", "Gemm", IsContraction: true),
        new(Operation.Spmm, "spmm", "Spmm", IsContraction: true),
        new(Operation.BatchReduceGemm, "brgemm", "BatchReduceGemm", IsContraction: true),
        new(Operation.Elementwise, "elementwise", "Elementwise", IsContraction: false),
        new(Operation.Softmax, "softmax", "Softmax", IsContraction: false),
        new(Operation.LayerNorm, "layernorm", "LayerNorm", IsContraction: false),
        new(Operation.RmsNorm, "rmsnorm", "RmsNorm", IsContraction: false),
        new(Operation.Sddmm, "sddmm", "Sddmm", IsContraction: true),
        new(Operation.Butterfly, "butterfly", "Butterfly", IsContraction: true),
        new(Operation.Rgms, "rgms", "Rgms", IsContraction: true),
    ];

    /// <summary>Every row, in the order of the enumeration.</summary>
    public static IReadOnlyList<OperationRow> All => Rows;

    public static OperationRow Get(Operation operation) => Rows[(int)operation];

    /// <summary>The row of a name in a kernel's name.</summary>
    /// <exception cref="FormatException">There is none.</exception>
    public static OperationRow Parse(string name) =>
        Rows.FirstOrDefault(row => row.Name == name)
        ?? throw new FormatException($"Operation '{name}' is not known; expected one of {string.Join(", ", Rows.Select(row => row.Name))}.");
}
