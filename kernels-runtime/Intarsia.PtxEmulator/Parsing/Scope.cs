namespace Intarsia.PtxEmulator.Parsing;

/// <summary>Names declared between a pair of braces; inner ones hide outer ones (PTX ISA, section "Scoping").</summary>
internal sealed class Scope(Scope? parent)
{
    private readonly Dictionary<string, Register> _registers = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Variable> _variables = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _labels = new(StringComparer.Ordinal);

    public Scope? Parent { get; } = parent;

    public bool Declare(Register register) => !IsDeclaredHere(register.Name) && _registers.TryAdd(register.Name, register);

    public bool Declare(Variable variable) => !IsDeclaredHere(variable.Name) && _variables.TryAdd(variable.Name, variable);

    public bool DeclareLabel(string name, int instruction) => !IsDeclaredHere(name) && _labels.TryAdd(name, instruction);

    public Register? FindRegister(string name) => _registers.TryGetValue(name, out Register? register) ? register : HidesOutside(name) ? null : Parent?.FindRegister(name);

    public Variable? FindVariable(string name) => _variables.TryGetValue(name, out Variable? variable) ? variable : HidesOutside(name) ? null : Parent?.FindVariable(name);

    /// <summary>Index of the instruction that follows the label, or −1.</summary>
    public int FindLabel(string name) => _labels.TryGetValue(name, out int instruction) ? instruction : Parent?.FindLabel(name) ?? -1;

    private bool HidesOutside(string name) => _registers.ContainsKey(name) || _variables.ContainsKey(name);

    private bool IsDeclaredHere(string name) => HidesOutside(name) || _labels.ContainsKey(name);
}
