using System.Globalization;
using Intarsia.Compiler.Backends.Simd;
using Intarsia.Compiler.Backends.Vectors;
using Intarsia.Compiler.Text;
using Intarsia.Compiler.Tiles;

namespace Intarsia.Compiler.Backends.Native;

/// <summary>Blocks as machine code: the tile method that calls a function, and the class that holds the functions of an assembly with their disassembly.</summary>
internal static class NativeMethods
{
    /// <summary>The generated class that holds the functions.</summary>
    public const string Class = "NativeMethods";

    /// <summary>Operands that a call can hand over; the runtime pins each by name.</summary>
    private const int MinOperands = 3, MaxOperands = 7;

    /// <summary>Numbers that a call can hand over behind them.</summary>
    private const int MaxValues = 16;

    /// <summary>Lowers a block to a function and the tile method that calls it, which has the parameters of any other.</summary>
    public static LoweredBlock Lower(TileProgram program, Statement.Block block, string name)
    {
        (VectorProgram vectors, EquatableArray<BlockParameter> parameters) = VectorLowering.Lower(program, block);
        BlockParameter.Buffer[] operands = [.. parameters.OfType<BlockParameter.Buffer>()];
        if (operands.Length is < MinOperands or > MaxOperands) throw new InvalidOperationException($"'{block.Name}' has {operands.Length} operands; a function takes {MinOperands} to {MaxOperands}.");
        if (parameters.Count - operands.Length > MaxValues) throw new InvalidOperationException($"'{block.Name}' has {parameters.Count - operands.Length} numbers; a function takes {MaxValues}.");
        string addresses = string.Join(", ", operands.Select(b => VectorIsa.ElementName(b.Element) == "byte" ? "ref " + b.Name : $"ref Unsafe.As<{VectorIsa.ElementName(b.Element)}, byte>(ref {b.Name})"));
        string values = string.Join(", ", parameters.Where(p => p is not BlockParameter.Buffer).Select(BlockLowering.ParameterName));
        var code = new CodeWriter();
        using (code.Block($"internal static void {name}({string.Join(", ", parameters.Select(BlockLowering.Declaration))})"))
            code.Line($"{Class}.Module.Call({Class}.{name}, {addresses}, [{values}]);");
        return new LoweredBlock(new TileMethod(name, code.ToString()) { Code = X64Encoder.Encode(vectors) }, parameters);
    }

    /// <summary>The extensions as an expression of the runtime's enumeration.</summary>
    public static string Features(CpuFeatures features) => features == CpuFeatures.None
        ? "NativeFeatures.None"
        : string.Join(" | ", Enum.GetValues(typeof(CpuFeatures)).Cast<CpuFeatures>().Where(feature => feature != CpuFeatures.None && (features & feature) != 0).Select(feature => "NativeFeatures." + feature));

    /// <summary>Writes the class that holds the functions, numbered in the order given.</summary>
    public static void Write(CodeWriter code, IEnumerable<TileMethod> methods)
    {
        TileMethod[] functions = [.. methods];
        code.Line("/// <summary>The functions of this assembly as machine code for x86-64 (System V), with their disassembly; docs/native.md says how to read them.</summary>");
        code.Line(FileHeader.GeneratedCode);
        using (code.Block($"internal static class {Class}"))
        {
            code.Line("/// <summary>The functions, mapped read-execute at first use.</summary>");
            code.Line($"internal static readonly NativeModule Module = new NativeModule.Builder(){string.Concat(functions.Select(f => $".Add({f.Name}Code)"))}.Build();");
            code.Line();
            for (int i = 0; i < functions.Length; i++) code.Line(string.Format(CultureInfo.InvariantCulture, "internal const int {0} = {1};", functions[i].Name, i));
            foreach (TileMethod function in functions)
            {
                code.Line();
                code.Line($"/// <summary><c>{function.Name}</c>: {function.Code!.Length.ToString("N0", CultureInfo.InvariantCulture)} bytes, {Features(function.Code.Needs)}.</summary>");
                code.Line($"private static ReadOnlySpan<byte> {function.Name}Code =>");
                code.Line("[");
                foreach (CodeLine line in function.Code.Listing)
                    code.Line("    " + string.Join(" ", line.Bytes.Select(b => "0x" + b.ToString("X2", CultureInfo.InvariantCulture) + ",")).PadRight(62) + $" // {line.Offset.ToString("X4", CultureInfo.InvariantCulture)}  {line.Text}");
                code.Line("];");
            }
        }
    }
}
