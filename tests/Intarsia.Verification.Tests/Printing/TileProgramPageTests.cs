using Intarsia.Compiler.Tiles;
using Xunit;

namespace Intarsia.Verification.Tests.Printing;

/// <summary>docs/tile-program.md gives every part of the form its meaning.</summary>
public class TileProgramPageTests
{
    private static string Page()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Intarsia.slnx"))) folder = folder.Parent;
        Assert.NotNull(folder);
        return File.ReadAllText(Path.Combine(folder.FullName, "docs", "tile-program.md"));
    }

    public static TheoryData<Type> Families() => [typeof(Statement), typeof(NonZeros)];

    [Theory]
    [MemberData(nameof(Families))]
    public void Page_EveryKindOfStatement_HasALine(Type family)
    {
        string page = Page();

        Assert.All(family.GetNestedTypes(), kind => Assert.True(page.Contains($"| `{kind.Name}", StringComparison.Ordinal) || (kind == typeof(Statement.Contract) && page.Contains("## `Contract`", StringComparison.Ordinal)), $"{kind.Name} has no line"));
    }

    [Fact]
    public void Page_EveryUnitOfAContraction_HasALine()
    {
        string page = Page();

        Assert.All(Enum.GetNames<ContractVia>(), via => Assert.Contains($"`{via}`", page, StringComparison.Ordinal));
    }
}
