using Intarsia.Compiler.Rules;
using Intarsia.Generators.Tests.Harness;
using Microsoft.CodeAnalysis;

namespace Intarsia.Generators.Tests.Rules;

/// <summary>Every diagnostic has a page whose first example reports it and whose second does not, and a release line.</summary>
public class DiagnosticPageTests
{
    /// <summary>What the compiler itself says of a mistake, beside us: no body of ours can stand in such a type.</summary>
    private static readonly Dictionary<string, string[]> CompilerErrors = new() { ["TPP0005"] = ["CS0751", "CS8795"], ["TPP0021"] = ["CS8795"] };

    public static TheoryData<string> Ids => new(DiagnosticTable.All.Select(row => row.Id));

    /// <summary>Those whose mistake stands in C# source.</summary>
    public static TheoryData<string> SourceIds => new(DiagnosticTable.All.Select(row => row.Id).Where(id => DiagnosticPage.Read(id).Language == "csharp"));

    [Fact]
    public void Table_All_IsOrderedAndUnique()
    {
        string[] ids = DiagnosticTable.All.Select(row => row.Id).ToArray();
        Assert.Equal(ids.Order(StringComparer.Ordinal).Distinct(), ids);
        Assert.All(ids, id => Assert.Matches("^TPP0[0-9]{3}$", id));
        IEnumerable<string> fields = typeof(DiagnosticTable).GetFields().Select(field => field.GetValue(null)).OfType<DiagnosticRow>().Select(row => row.Id);
        Assert.Equal(fields.Order(StringComparer.Ordinal), ids);
    }

    [Theory]
    [MemberData(nameof(Ids))]
    public void Page_OfEachId_HasTitleAndSections(string id)
    {
        DiagnosticPage page = DiagnosticPage.Read(id);
        DiagnosticRow row = DiagnosticTable.Get(id);
        Assert.Equal($"# {id}: {row.Title}", page.Title);
        foreach (string section in new[] { "## Why", "## How to fix it", "## Example", "Reported:", "Not reported:" }) Assert.Contains(section, page.Text);
        Assert.EndsWith($"docs/diagnostics/{id}.md", row.HelpLink);
        Assert.Contains($"[{id}]({id}.md) | {row.Title} |", Repository.Read("docs", "diagnostics", "README.md"));
    }

    [Theory]
    [MemberData(nameof(Ids))]
    public void ReleaseFile_OfEachId_HasLine(string id)
    {
        DiagnosticRow row = DiagnosticTable.Get(id);
        string lines = Repository.Read("generators", "Intarsia.Generators", "AnalyzerReleases.Shipped.md") + Repository.Read("generators", "Intarsia.Generators", "AnalyzerReleases.Unshipped.md");
        Assert.Single(lines.Split('\n'), line => line.StartsWith($"{id} | {row.Category} | {row.Severity} | {row.Title}, ", StringComparison.Ordinal));
    }

    [Fact]
    public void Pages_OfNoId_DoNotExist()
    {
        IEnumerable<string?> pages = Directory.GetFiles(Path.Combine(Repository.Root, "docs", "diagnostics"), "TPP*.md").Select(Path.GetFileNameWithoutExtension);
        Assert.Equal(DiagnosticTable.All.Select(row => row.Id), pages.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Targets_CompilerTooOld_SayWhatTheTableSays()
    {
        string targets = Repository.Read("generators", "package", "build", "Intarsia.targets");
        Assert.Contains($"Code=\"{DiagnosticTable.CompilerTooOld.Id}\"", targets);
        Assert.Contains(DiagnosticTable.CompilerTooOld.Format(["$(_IntarsiaMinimumCompiler)", "$(_IntarsiaCompiler)"]), targets);
    }

    [Theory]
    [MemberData(nameof(SourceIds))]
    public void Example_Reported_ReportsExactlyThisIdAndNoCompilerError(string id)
    {
        Outcome outcome = Run(DiagnosticPage.Read(id).Reported);
        Assert.Equal([id], outcome.Ids.Distinct());
        Assert.Equal(CompilerErrors.GetValueOrDefault(id, []), outcome.Compiler.Select(diagnostic => diagnostic.Id).Distinct().Order(StringComparer.Ordinal));
        Assert.All(outcome.Intarsia, diagnostic => Assert.True(diagnostic.Location.IsInSource));
        // No hole of the message was left over, and no word is missing or said twice.
        Assert.All(outcome.Intarsia, diagnostic => Assert.DoesNotMatch(@"\{\d\}|  |''|\b(\w+) \1\b", diagnostic.GetMessage(System.Globalization.CultureInfo.InvariantCulture)));
    }

    [Theory]
    [MemberData(nameof(SourceIds))]
    public void Example_NotReported_ReportsNothing(string id)
    {
        Outcome outcome = Run(DiagnosticPage.Read(id).NotReported);
        Assert.Empty(outcome.Intarsia);
        Assert.Empty(outcome.Compiler);
    }

    /// <summary>Examples with tiles need the tiers they name, for the others one will do; those that say so stand in a project with accelerators, or with a file.</summary>
    private static Outcome Run(string example)
    {
        string source = DiagnosticPage.Source(example);
        bool accelerators = example.Contains("references Intarsia.Ilgpu", StringComparison.Ordinal);
        return GeneratorHarness.Run(accelerators ? Compilations.WithAccelerators(source) : Compilations.Create(source), example.Contains("[Tile(Tier.", StringComparison.Ordinal) ? null : GeneratorHarness.ScalarOnly, DiagnosticPage.Files(example));
    }
}
