using System.Globalization;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Text;

namespace Intarsia.ProductSpace.Tests;

/// <summary>
/// How many vector registers the innermost loops of a generated method need as they are written: the most of its vector variables that hold a value at one place there. What an expression needs beside its
/// variables comes on top. Between the loops, once for each tile or group of scales, more may be kept: there a compiler has room to put some into memory.
/// </summary>
public static class RegisterPressure
{
    /// <param name="method">The method.</param>
    /// <param name="bits">Bits of its vectors.</param>
    public static int Of(MethodDeclarationSyntax method, int bits)
    {
        ILookup<string, TextSpan> uses = method.DescendantNodes().OfType<IdentifierNameSyntax>().ToLookup(name => name.Identifier.Text, name => name.Span);
        SyntaxNode[] loops = [.. method.DescendantNodes().Where(node => node is ForStatementSyntax or WhileStatementSyntax or DoStatementSyntax)];
        TextSpan[] spans = [.. loops.Select(loop => loop.Span)];
        (TextSpan Life, int Registers)[] lives = [.. method.DescendantNodes().OfType<VariableDeclarationSyntax>()
            .Where(declaration => Registers(declaration, bits) > 0)
            .SelectMany(declaration => declaration.Variables.Select(variable => (Life(variable, uses[variable.Identifier.Text], spans), Registers(declaration, bits))))];
        IEnumerable<int> places = loops.Where(loop => IsInnermost(loop, spans, bits)).Select(loop => loop.Span)
            .SelectMany(loop => lives.Select(entry => entry.Life.Start).Where(start => loop.Contains(start)).Prepend(loop.Start));
        return places.Select(place => lives.Where(other => other.Life.Contains(place)).Sum(other => other.Registers)).DefaultIfEmpty().Max();
    }

    // A loop that loads under masks, lane by lane, is the ragged end of an operand: it calls the runtime, and no register outlives a call.
    private static bool IsInnermost(SyntaxNode loop, TextSpan[] loops, int bits) =>
        loops.Count(other => loop.Span.Contains(other)) == 1 && !loop.ToString().Contains($"V{bits}.Load(", StringComparison.Ordinal);

    private static int Registers(VariableDeclarationSyntax declaration, int bits)
    {
        string type = declaration.Type.ToString();
        // Sums of 64 bits, as many as a vector has lanes of 32.
        if (type == string.Create(CultureInfo.InvariantCulture, $"I64x{bits / 32}")) return 2;
        return type.StartsWith(string.Create(CultureInfo.InvariantCulture, $"Vector{bits}<"), StringComparison.Ordinal) ? 1 : 0;
    }

    // From the first value to the last use; a use in a loop that the variable is older than is one in each turn.
    private static TextSpan Life(VariableDeclaratorSyntax variable, IEnumerable<TextSpan> uses, TextSpan[] loops)
    {
        TextSpan scope = variable.FirstAncestorOrSelf<BlockSyntax>()!.Span;
        TextSpan[] within = [.. uses.Where(use => scope.Contains(use) && use.Start > variable.SpanStart)];
        int start = variable.Initializer is null && within.Length > 0 ? within[0].Start : variable.SpanStart, end = variable.Span.End;
        foreach (TextSpan use in within)
        {
            end = Math.Max(end, use.End);
            foreach (TextSpan loop in loops)
                if (loop.Contains(use) && !loop.Contains(variable.Span)) end = Math.Max(end, loop.End);
        }
        return TextSpan.FromBounds(start, end);
    }
}
