namespace Intarsia.Compiler.Rules;

/// <summary>How much a violation matters.</summary>
public enum RuleSeverity
{
    /// <summary>Valid and compiled, but worth knowing.</summary>
    Info,

    /// <summary>Valid and compiled, but slow.</summary>
    Warning,

    /// <summary>Invalid: no kernel is planned.</summary>
    Error,
}

/// <summary>Which piece of a declaration a violation is about. The analyzer turns it into a location; a spec has none.</summary>
public enum PartKind
{
    /// <summary>The method itself.</summary>
    Method,

    /// <summary>A containing type; the index counts from the innermost.</summary>
    ContainingType,

    /// <summary>The attribute that names the operation, with its extents and accumulator.</summary>
    Operation,

    /// <summary>The parameter of that name.</summary>
    Parameter,

    /// <summary>The pattern of the weights.</summary>
    Pattern,

    /// <summary>The number format of the weights, with its scales.</summary>
    WeightFormat,

    /// <summary>The number format of X, with its scale.</summary>
    XFormat,

    /// <summary>The number format of Y.</summary>
    YFormat,

    /// <summary>The number format of the values of a graph's edges.</summary>
    EdgeFormat,

    /// <summary>The epilogue chain.</summary>
    Epilogue,

    /// <summary>The tile override at an index.</summary>
    Tile,

    /// <summary>The tile of a thread block at an index.</summary>
    Block,

    /// <summary>The number of threads.</summary>
    Threads,

    /// <summary>The build as a whole.</summary>
    Build,
}

/// <summary>A piece of a declaration, named without symbols or locations so that it can live in a cached model.</summary>
/// <param name="Kind">The kind of piece.</param>
/// <param name="Name">For <see cref="PartKind.Parameter"/>, its name.</param>
/// <param name="Index">For <see cref="PartKind.Tile"/>, <see cref="PartKind.Block"/>, <see cref="PartKind.ContainingType"/>, and the formats of <see cref="PartKind.Pattern"/>, which one.</param>
public readonly record struct Part(PartKind Kind, string Name = "", int Index = 0)
{
    public static Part Method => new(PartKind.Method);

    public static Part Operation => new(PartKind.Operation);

    public static Part Pattern => new(PartKind.Pattern);

    public static Part Format(int index) => new(PartKind.Pattern, Index: index);

    public static Part WeightFormat => new(PartKind.WeightFormat);

    public static Part XFormat => new(PartKind.XFormat);

    public static Part YFormat => new(PartKind.YFormat);

    public static Part EdgeFormat => new(PartKind.EdgeFormat);

    public static Part Epilogue => new(PartKind.Epilogue);

    public static Part Threads => new(PartKind.Threads);

    public static Part Parameter(string name) => new(PartKind.Parameter, name);

    public static Part Tile(int index) => new(PartKind.Tile, Index: index);

    public static Part Block(int index) => new(PartKind.Block, Index: index);

    public static Part ContainingType(int index) => new(PartKind.ContainingType, Index: index);
}

/// <summary>One broken rule: which, how badly, the values found and expected, and where.</summary>
public sealed record RuleViolation(string Id, RuleSeverity Severity, EquatableArray<string> Arguments, Part Part)
{
    /// <summary>The whole message: what was found, what was expected, the way out.</summary>
    public string Message => DiagnosticTable.Get(Id).Format(Arguments);

    public override string ToString() => $"{Id}: {Message}";
}
