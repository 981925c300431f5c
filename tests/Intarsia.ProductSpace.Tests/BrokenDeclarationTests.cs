using Intarsia.ProductSpace.Drawing;
using Intarsia.ProductSpace.Running;
using Intarsia.ProductSpace.Writing;
using Microsoft.CodeAnalysis;
using Xunit;
using Xunit.Abstractions;

namespace Intarsia.ProductSpace.Tests;

/// <summary>Every declaration that breaks a rule is refused by a diagnostic of ours, and by nothing else: its body throws, so the C# compiler is content.</summary>
public sealed class BrokenDeclarationTests(ITestOutputHelper output)
{
    private const int Count = 400;

    [Fact]
    public void Declaration_WithARandomMistake_IsRejectedByADiagnosticAlone()
    {
        BrokenDeclaration[] broken = [.. Draw(seed: 11)];
        SpaceCompilation compilation = new SpaceCompiler().Compile("Broken", broken.Select(declaration => (declaration.Kernel.TypeName + ".cs", declaration.Source)));

        ILookup<string, Diagnostic> byFile = compilation.IntarsiaDiagnostics().ToLookup(diagnostic => diagnostic.Location.SourceTree?.FilePath ?? "");
        var ids = new SortedDictionary<string, int>(StringComparer.Ordinal);
        foreach (BrokenDeclaration declaration in broken)
        {
            string[] found = [.. byFile[declaration.Kernel.TypeName + ".cs"].Where(diagnostic => diagnostic.DefaultSeverity == DiagnosticSeverity.Error).Select(diagnostic => diagnostic.Id).Distinct()];
            Assert.True(found.Length > 0, $"'{declaration.Mistake}' is not rejected:\n{declaration.Source}");
            Assert.All(found, id => Assert.StartsWith("TPP", id));
            foreach (string id in found) ids[id] = ids.GetValueOrDefault(id) + 1;
        }
        string[] errors = [.. compilation.CompilerErrors().Select(error => $"'{MistakeOf(error)}' gives {error}").Take(10)];
        Assert.True(errors.Length == 0, string.Join('\n', errors));
        output.WriteLine($"{broken.Length} broken declarations: " + string.Join("  ", ids.Select(entry => $"{entry.Key} {entry.Value}")));
        Assert.Equal(DeclarationBreaker.Mistakes.Order(), broken.Select(declaration => declaration.Mistake).Distinct().Order());

        string MistakeOf(Diagnostic error) => broken.FirstOrDefault(declaration => error.Location.SourceTree?.FilePath.Contains(declaration.Kernel.TypeName, StringComparison.Ordinal) == true)?.Mistake ?? "";
    }

    /// <summary>The product space compiles and runs all that x86-64 has; what is missing there is Arm, and all tiers in one assembly.</summary>
    [Theory]
    [InlineData("AdvSimd", 10)]
    [InlineData("Avx512,Avx2,AdvSimd,Vector128,Scalar", 48)]
    public void Declaration_Valid_CompilesForTheTiers(string tiers, int every)
    {
        DrawnKernel[] kernels = [.. new SpecGenerator(12).Draw(0, SpecGenerator.Round.Count).Where(kernel => kernel.Index % every == 0 && !SpaceCompiler.NeedsUnsafe(kernel))];
        SpaceCompilation compilation = new SpaceCompiler { Tiers = tiers }.Compile("Valid", kernels);
        Assert.DoesNotContain(compilation.IntarsiaDiagnostics(), diagnostic => diagnostic.DefaultSeverity >= DiagnosticSeverity.Warning);
        Assert.Empty(compilation.CompilerErrors());
        foreach (string tier in tiers.Split(',')) Assert.Contains(compilation.Compilation.SyntaxTrees, tree => tree.ToString().Contains(tier, StringComparison.Ordinal));
    }

    // The mistakes in turn; for each the next draw in which it can be made: within a pass, which visits every cell.
    private static IEnumerable<BrokenDeclaration> Draw(ulong seed)
    {
        var generator = new SpecGenerator(seed);
        int index = 0;
        for (int i = 0; i < Count; i++)
        {
            BrokenDeclaration? broken = null;
            for (int tries = 0; broken is null && tries < SpecGenerator.DefaultCount; tries++) broken = DeclarationBreaker.Break(generator.Draw(index++), i % DeclarationBreaker.Mistakes.Count);
            if (broken is not null) yield return broken;
        }
    }
}
