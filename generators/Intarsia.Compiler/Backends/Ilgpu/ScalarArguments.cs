using System.Globalization;

namespace Intarsia.Compiler.Backends.Ilgpu;

/// <summary>
/// The parameters of a portable kernel as a launch takes them. ILGPU's launchers have fourteen at most, and a sparse kernel has many: where there are more, its numbers come together in one structure (<c>KernelScalars</c>), and
/// only arrays are parameters of their own.
/// </summary>
internal sealed class ScalarArguments
{
    /// <summary>ILGPU's launchers take so many parameters.</summary>
    private const int MostParameters = 14;

    private const string Name = "scalars";

    private ScalarArguments(KernelParameter[] apart, KernelParameter[] together) => (Apart, Together) = (apart, together);

    /// <summary>Parameters of their own.</summary>
    public KernelParameter[] Apart { get; }

    /// <summary>Those in the structure, which is the last parameter; empty where none is needed.</summary>
    public KernelParameter[] Together { get; }

    /// <summary>The declarations of a kernel's parameters.</summary>
    public IEnumerable<string> Declarations => Apart.Select(parameter => parameter.Declaration).Concat(Together.Length == 0 ? [] : [$"KernelScalars {Name}"]);

    /// <summary>Lines that give what is in the structure its names.</summary>
    public IEnumerable<string> Locals => Fields(Together, parameter => parameter.Type).GroupBy(pair => pair.Member.Type)
        .Select(group => $"{group.Key} {string.Join(", ", group.Select(pair => $"{pair.Member.Name} = {Name}.{pair.Field}"))};");

    /// <summary>Members with the fields that they stand in, in order.</summary>
    public static IEnumerable<(T Member, string Field)> Fields<T>(IEnumerable<T> members, Func<T, string> type)
    {
        int integers = 0, floats = 0;
        foreach (T member in members) yield return (member, type(member) == "int" ? "I" + Text(integers++) : "F" + Text(floats++));
    }

    /// <summary>Divides the parameters of a kernel; null where it has more arrays than a launch takes.</summary>
    public static ScalarArguments? Of(KernelParameter[] parameters)
    {
        if (parameters.Length <= MostParameters) return new ScalarArguments(parameters, []);
        KernelParameter[] apart = [.. parameters.Where(parameter => !parameter.IsValue)];
        return apart.Length < MostParameters ? new ScalarArguments(apart, [.. parameters.Where(parameter => parameter.IsValue)]) : null;
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
