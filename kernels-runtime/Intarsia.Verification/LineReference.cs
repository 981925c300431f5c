using Intarsia.Compiler.Specs;

namespace Intarsia.Verification;

/// <summary>What the operations without weights hand to the chain.</summary>
internal static class LineReference
{
    public static Chain Start(KernelSpec spec, ReferenceOperands o)
    {
        var chain = new Chain(o.Rows, o.Columns);
        for (int row = 0; row < o.Rows; row++)
            for (int column = 0; column < o.Columns; column++)
                chain.SetExact(row, column, o.X[row * o.Columns + column]);
        return chain;
    }
}
