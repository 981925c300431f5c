using Intarsia.Compiler.Specs;
using Intarsia.ProductSpace.Drawing;
using Intarsia.ProductSpace.Running;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Intarsia.ProductSpace.Tests;

/// <summary>The generated text of one tier, of drawn kernels.</summary>
/// <param name="tier">The tier, as in the MSBuild property.</param>
internal sealed class TierText(string tier)
{
    // Of dense ones all but of planes, which are many and alike, of those and of the others what the first round has of each eighth. Without tiles of the user's own, who may ask for more than there are registers.
    private static readonly DrawnKernel[] s_draws = [.. new SpecGenerator(7).Draw(0, 4 * SpecGenerator.DefaultCount).Where(draw => (draw.Spec.Operation == Operation.Gemm ? !NumberFormats.IsBitPlanes(draw.Spec.Weights.Format) || draw.Index % 8 == 0 : draw.Index < SpecGenerator.Round.Count && draw.Index % 8 == 0) && draw.Spec.Tiles.Count == 0 && !SpaceCompiler.NeedsUnsafe(draw))];

    private readonly Lazy<SyntaxTree[]> _generated = new(() =>
        [.. new SpaceCompiler { Tiers = tier }.Compile(tier + "Text", s_draws).Compilation.SyntaxTrees.Where(tree => tree.FilePath.EndsWith(".g.cs", StringComparison.Ordinal))]);

    public DrawnKernel[] Draws => s_draws;

    /// <summary>The generated files.</summary>
    public SyntaxTree[] Generated => _generated.Value;

    /// <summary>The methods of blocks.</summary>
    public IEnumerable<MethodDeclarationSyntax> Methods => Generated.Single(tree => tree.FilePath.EndsWith("Intarsia.Tiles.g.cs", StringComparison.Ordinal)).GetRoot().DescendantNodes().OfType<MethodDeclarationSyntax>();

    /// <summary>The registers that blocks need, by their names.</summary>
    /// <param name="suffix">How the names of those with vectors of the tier end.</param>
    /// <param name="bits">Bits of its vectors.</param>
    public Dictionary<string, int> Pressure(string suffix, int bits) =>
        Methods.Where(method => method.Identifier.Text.EndsWith(suffix, StringComparison.Ordinal)).ToDictionary(method => method.Identifier.Text, method => RegisterPressure.Of(method, bits));
}
