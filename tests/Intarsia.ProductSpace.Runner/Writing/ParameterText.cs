namespace Intarsia.ProductSpace.Writing;

/// <summary>One parameter of a declaration in C#, and the expression by which the adaptor passes it.</summary>
/// <param name="Role">The part it plays.</param>
/// <param name="Ordinal">Which operand of its role it is, from 0.</param>
/// <param name="Attributes">Attributes, each with its brackets' content.</param>
/// <param name="Type">Its type.</param>
/// <param name="Name">Its name.</param>
/// <param name="Argument">The argument, read from the bag.</param>
public sealed record ParameterText(Role Role, int Ordinal, IReadOnlyList<string> Attributes, string Type, string Name, string Argument)
{
    public override string ToString() => (Attributes.Count > 0 ? "[" + string.Join(", ", Attributes) + "] " : "") + Type + " " + Name;
}
