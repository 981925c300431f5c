using Intarsia.Compiler.Planning;
using Intarsia.Compiler.Specs;
using Intarsia.ProductSpace.Drawing;
using Intarsia.ProductSpace.Operands;

namespace Intarsia.ProductSpace.Tests;

/// <summary>Kernels in which an instruction is looked for: draws of a kind whose plan, for their number of columns, says so.</summary>
/// <param name="Where">The kind.</param>
/// <param name="Says">Text of the plan.</param>
public sealed record ArmUse(Func<KernelSpec, bool> Where, string Says)
{
    private const int Draws = 4;

    /// <summary>The draws that are looked through.</summary>
    public static int Searched => 16 * SpecGenerator.DefaultCount;

    public static ArmUse Dots { get; } = new(spec => spec.IsIntegerContraction && spec.Weights.Format == NumberFormat.Int8, "via dot4signed");

    public static ArmUse Streams { get; } = new(spec => spec.IsIntegerContraction && spec.Operation == Operation.Spmm, "block stream_s8s8_");

    public static ArmUse Nibbles { get; } = new(spec => spec.IsIntegerContraction && spec.Weights.Format == NumberFormat.Int4, "block few_s4_");

    public static ArmUse Tables { get; } = new(spec => spec.IsIntegerContraction && spec.Operation == Operation.Gemm && NumberFormats.Get(spec.Weights.Format).HasTable, "block few_s8table_");

    public static ArmUse Planes { get; } = new(spec => spec.IsContraction && NumberFormats.IsBinaryCoded(spec.Weights.Format), "-bit sums of");

    public static ArmUse BitPlanes { get; } = new(spec => spec.IsContraction && NumberFormats.IsBitPlanes(spec.Weights.Format), "via bitplanes");

    public static ArmUse WideSums { get; } = new(spec => spec.IsIntegerContraction && spec.Accumulator == Accumulator.Int64, ": s64[");

    public static ArmUse Products { get; } = new(spec => spec.IsContraction && spec.Operation == Operation.Gemm && spec.X.Format == NumberFormat.Float32, "via fma");

    public static ArmUse Maxima { get; } = new(spec => spec.Operation == Operation.Softmax, "max");

    public static ArmUse Activations { get; } = new(spec => !spec.IsContraction && spec.Epilogue.Contains(Tpp.Gelu), "gelu");

    public static ArmUse Gathers { get; } = new(spec => spec.Operation == Operation.Spmm && spec.Depth.IsConstant, "indices: u16[");

    /// <summary>The first few of the draws.</summary>
    public IReadOnlyList<DrawnKernel> In(SpecGenerator generator) => [.. Enumerable.Range(0, Searched).Select(generator.Draw)
        .Where(draw => draw.SizeClass != SizeClass.Empty && Where(draw.Spec) && Plan(draw).Contains(Says, StringComparison.Ordinal)).Take(Draws)];

    private static string Plan(DrawnKernel draw)
    {
        double[] x = OperandFactory.Draw(draw).X;
        return TilePlanner.Plans(draw.Spec, Tier.AdvSimdDp).First(choice => choice.Takes(draw.Sizes.Columns, x.Length, x.Count(value => value != 0))).Plan.Program.ToString();
    }
}

/// <summary>One mistake in Arm's definitions, or in what the runtime makes of them.</summary>
/// <param name="Name">What is wrong.</param>
/// <param name="Use">The kernels that run.</param>
/// <param name="File">The file that is changed.</param>
/// <param name="Right">What stands in it.</param>
/// <param name="Wrong">What is to stand there.</param>
public sealed record ArmMutation(string Name, ArmUse Use, string File, string Right, string Wrong)
{
    private const string Definitions = "Instructions.cs";

    public static IReadOnlyList<ArmMutation> All { get; } =
    [
        new("unchanged", ArmUse.Nibbles, Definitions, "Sdot", "Sdot"),
        new("Sdot", ArmUse.Dots, Definitions, "i < 4; i++) sum", "i < 3; i++) sum"),
        new("Smlal", ArmUse.WideSums, Definitions, "(long)n[lane] * m[lane]", "(long)n[lane] * m[0]"),
        new("Smlal2", ArmUse.WideSums, Definitions, "n[2 + lane] * m[2 + lane]", "n[lane] * m[lane]"),
        new("Shl", ArmUse.Nibbles, Definitions, "n[lane] << shift", "n[lane] << (shift - 1)"),
        new("Sshr", ArmUse.Nibbles, Definitions, "(sbyte)(n[lane] >> shift)", "(sbyte)((byte)n[lane] >> shift)"),
        new("Ushr", ArmUse.Tables, Definitions, "(byte)(n[lane] >> shift)", "(byte)((sbyte)n[lane] >> shift)"),
        new("Tbl", ArmUse.Tables, Definitions, "m[lane] < 16", "m[lane] < 8"),
        new("Tbl4", ArmUse.Planes, Definitions, "m[lane] / 16", "m[lane] / 32"),
        new("Zip1", ArmUse.Streams, Definitions, "Zip(n, m, 0)", "Zip(m, n, 0)"),
        new("Zip2", ArmUse.Streams, Definitions, "Zip(n, m, Vector128<T>.Count / 2)", "Zip(n, m, 0)"),
        new("UnpackHigh16", ArmUse.Streams, "V128.Interleaving.cs", "ZipHigh(a.AsUInt16(), b.AsUInt16())", "ZipLow(a.AsUInt16(), b.AsUInt16())"),
        new("Cnt", ArmUse.BitPlanes, Definitions, "bit < 8; bit++", "bit < 7; bit++"),
        new("Uaddlp", ArmUse.BitPlanes, Definitions, "(ushort)(n[2 * lane] + n[2 * lane + 1])", "(ushort)(n[2 * lane] + n[2 * lane])"),
        new("Uaddlp.4S", ArmUse.BitPlanes, Definitions, "(uint)n[2 * lane] + n[2 * lane + 1]", "(uint)n[2 * lane] + n[2 * lane]"),
        new("Fmla", ArmUse.Products, Definitions, "n[lane], m[lane], d[lane]", "n[lane], m[lane], 0f"),
        new("Fmax", ArmUse.Maxima, Definitions, "MathF.Max(n[lane], m[lane])", "MathF.Min(n[lane], m[lane])"),
        new("Fmin", ArmUse.Activations, Definitions, "MathF.Min(n[lane], m[lane])", "n[lane]"),
        new("HighNibbles", ArmUse.Nibbles, "V128.Fields.cs", "ShiftRightArithmetic(bytes.AsSByte(), 4)", "ShiftRightArithmetic(bytes.AsSByte(), 3)"),
        new("GatherAt", ArmUse.Gathers, "V128.Rows.cs", "(ushort)(four >> 32)", "(ushort)(four >> 16)"),
        new("MultiplyAdd64", ArmUse.WideSums, "I64x4.cs", "MultiplyWideningUpperAndAdd(accumulator.High, a, b)", "MultiplyWideningUpperAndAdd(accumulator.High, b, b)"),
    ];

    /// <summary>The file is of the definitions, not of the runtime.</summary>
    public bool IsOfDefinitions => File == Definitions;

    /// <summary>Changes a file.</summary>
    public string Apply(string file, string text)
    {
        if (file != File) return text;
        return text.Contains(Right, StringComparison.Ordinal) ? text.Replace(Right, Wrong, StringComparison.Ordinal) : throw new InvalidOperationException($"'{Right}' stands nowhere in {file}.");
    }

    public override string ToString() => Name;
}
