namespace Intarsia.Compiler.Specs;

/// <summary>The C# declaration a kernel implements: everything the emitter needs to write the other half of the partial method, as plain text.</summary>
public sealed record MethodSpec
{
    /// <summary>Namespace, empty for the global one.</summary>
    public required string Namespace { get; init; }

    /// <summary>Containing types, outermost first.</summary>
    public required EquatableArray<TypeSpec> Types { get; init; }

    public required string Name { get; init; }

    /// <summary>Accessibility keywords as written in C#, for example <c>protected internal</c>; empty when the declaration has none.</summary>
    public required string Accessibility { get; init; }

    /// <summary>The method is declared <c>unsafe</c>.</summary>
    public bool IsUnsafe { get; init; }

    public required EquatableArray<ParameterSpec> Parameters { get; init; }

    /// <summary>The parameters that play <paramref name="role"/>, in declaration order.</summary>
    public IEnumerable<ParameterSpec> WithRole(Role role) => Parameters.Where(p => p.Role == role);

    public ParameterSpec? Find(Role role) => WithRole(role).FirstOrDefault();
}

/// <summary>A containing type: its keyword (<c>class</c>, <c>struct</c>, <c>record</c>, <c>record struct</c>, <c>interface</c>), modifiers that must be repeated (<c>static</c>, <c>ref</c>, <c>readonly</c>) and name.</summary>
public sealed record TypeSpec(string Keyword, string Modifiers, string Name);

/// <summary>The shape of a parameter's type.</summary>
public enum ParameterShape
{
    /// <summary><c>PackedMatrix</c>.</summary>
    Packed,

    /// <summary><c>ReadOnlySpan&lt;T&gt;</c>.</summary>
    ReadOnlySpan,

    /// <summary><c>Span&lt;T&gt;</c>.</summary>
    Span,

    /// <summary><c>ReadOnlyTensorSpan&lt;T&gt;</c>.</summary>
    ReadOnlyTensorSpan,

    /// <summary><c>TensorSpan&lt;T&gt;</c>.</summary>
    TensorSpan,

    /// <summary>A scalar passed by value.</summary>
    Scalar,

    /// <summary><c>ReadOnlySpan&lt;ReadOnlyMemory&lt;T&gt;&gt;</c>.</summary>
    MemoryList,

    /// <summary><c>T**</c> in an unsafe signature.</summary>
    Addresses,
}

/// <summary>One parameter: its name, the full type text (with <c>global::</c>), its shape, the C# keyword or name of its element type, and the part it plays.</summary>
public sealed record ParameterSpec(string Name, string Type, ParameterShape Shape, string ElementType, Role Role)
{
    /// <summary>A leading dimension that may be left out, or be 0: the rows then follow each other without a gap. Only overloads for accelerators have such parameters.</summary>
    public bool IsOptional { get; init; }
}
