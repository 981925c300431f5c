using System.Globalization;
using Intarsia.Compiler.Tiles;

namespace Intarsia.Compiler.Backends.Simd;

/// <summary>
/// The table from micro-operation to C# for one vector width. 32 bits is the scalar tier: a vector of one lane. What has no single intrinsic of the same name at every width is a
/// method of <c>V512</c>, <c>V256</c>, <c>V128</c> or <c>V1</c> in the runtime.
/// </summary>
internal sealed class VectorIsa(int bits)
{
    /// <summary>A vector of one lane.</summary>
    public static VectorIsa One { get; } = new(32);

    public int Bits { get; } = bits;

    /// <summary>Lanes of 32 bits.</summary>
    public int Lanes => Bits / 32;

    /// <summary>Vector registers, of the instruction set of this width that has the fewest.</summary>
    public int Registers => Bits == 512 ? 32 : 16;

    private bool Scalar => Bits == 32;

    private string Class => "Vector" + Number(Bits);

    /// <summary>The runtime's helper class of this width.</summary>
    public string Helpers => Scalar ? "V1" : "V" + Number(Bits);

    public string Type(ElementType element) => element == ElementType.S64 && !Scalar ? $"I64x{Number(Lanes)}" : Scalar ? ElementName(element) : $"{Class}<{ElementName(element)}>";

    public string MaskType => Scalar ? "int" : $"{Class}<int>";

    public string Zero(ElementType element) => Scalar ? (element == ElementType.F32 ? "0f" : "0") : $"{Type(element)}.Zero";

    public string Broadcast(string value) => Scalar ? value : $"{Class}.Create({value})";

    /// <summary>Loads a whole vector that stands some elements behind a reference.</summary>
    public string Load(string reference, int offset, ElementType element = ElementType.F32) =>
        Scalar ? Displaced(reference, offset) : $"{(element == ElementType.S64 ? Type(element) : Class)}.LoadUnsafe(ref {reference}{Displacement(offset)})";

    /// <summary>Loads a whole vector that stands a variable number of elements behind a reference.</summary>
    public string LoadAt(string reference, string offset) => Scalar ? $"Unsafe.Add(ref {reference}, {offset})" : $"{Class}.LoadUnsafe(ref {reference}, (nuint){offset})";

    /// <summary>The sums of the lanes of four vectors, as one vector of four.</summary>
    public string Sums(IEnumerable<string> vectors) => $"{Helpers}.Sums({string.Join(", ", vectors)})";

    /// <summary>The binary32 numbers that stand so many elements behind a reference as each lane says.</summary>
    public string Gather(string reference, string indices) => $"{Helpers}.Gather(ref {reference}, {indices})";

    /// <summary>The same of as many places as stand in memory.</summary>
    public string GatherAt(string reference, string places) => $"{Helpers}.GatherAt(ref {reference}, ref {places})";

    /// <summary>The lanes of a vector of binary32 numbers that the lowest bits of each lane of another name.</summary>
    public string Take(string vector, string places) => $"{Helpers}.Take({vector}, {places})";

    /// <summary>Loads a vector of pairs of 16-bit integers, or fours of bytes, as 32-bit lanes.</summary>
    public string LoadPairs(string reference, int offset) => Scalar ? $"Pair.Read(ref {Displaced(reference, offset)})" : $"{Class}.LoadUnsafe(ref {reference}{Displacement(offset)}).AsInt32()";

    /// <summary>Loads with a conversion, the first <paramref name="count"/> lanes; zero in the others. Bytes stay such, four to a lane, or become 16-bit integers, two to a lane, or 32-bit ones.</summary>
    public string LoadConverted(ElementType from, ElementType to, string reference, string count) => (from, to) switch
    {
        (ElementType.F16 or ElementType.BF16, ElementType.F32) => $"{Helpers}.LoadSingle(ref {reference}, {count})",
        (ElementType.S8, ElementType.S8) or (ElementType.U8, ElementType.U8) => $"{Helpers}.LoadFours(ref {reference}, {count})",
        (ElementType.S8 or ElementType.U8 or ElementType.S16, ElementType.S16) => $"{Helpers}.LoadInt16(ref {reference}, {count})",
        (ElementType.S8 or ElementType.U8 or ElementType.S16 or ElementType.U16, ElementType.S32) => $"{Helpers}.LoadInt32(ref {reference}, {count})",
        _ => throw new InvalidOperationException($"The SIMD backend cannot load {from} as {to}."),
    };

    public string LoadMasked(string reference, string mask) => $"{Helpers}.Load(ref {reference}, {mask})";

    public string Store(string value, string reference, int offset) => Scalar ? $"{Displaced(reference, offset)} = {value};" : $"{value}.StoreUnsafe(ref {reference}{Displacement(offset)});";

    /// <summary>The number that a broadcast holds in every lane.</summary>
    public string First(string value) => Scalar ? value : $"{value}.ToScalar()";

    public string StoreMasked(string value, string reference, string mask) => $"{Helpers}.Store({value}, ref {reference}, {mask});";

    public string Mask(string count) => $"{Helpers}.Mask({count})";

    /// <summary>accumulator + a·b on one vector.</summary>
    /// <param name="via">The unit.</param>
    /// <param name="accumulator">The accumulator.</param>
    /// <param name="a">The broadcast operand.</param>
    /// <param name="b">The vector operand.</param>
    /// <param name="unsignedA">For four bytes: a is the unsigned one.</param>
    /// <param name="bits">For single products: 16 where both factors fit, 32, or 64 where the accumulator is as wide.</param>
    public string Contract(ContractVia via, string accumulator, string a, string b, bool unsignedA, int bits = 16) => via switch
    {
        ContractVia.Fma when Scalar => $"{a} * {b} + {accumulator}",
        ContractVia.Fma when Bits == 128 => $"{Class}.MultiplyAddEstimate({a}, {b}, {accumulator})",
        ContractVia.Fma => $"{Class}.FusedMultiplyAdd({a}, {b}, {accumulator})",
        ContractVia.Dot2 => $"{Helpers}.Dot2({accumulator}, {a}, {b})",
        ContractVia.Dot4Signed => $"{Helpers}.Dot4Signed({accumulator}, {a}, {b})",
        ContractVia.Dot4 => unsignedA ? $"{Helpers}.Dot4({accumulator}, {a}, {b})" : $"{Helpers}.Dot4({accumulator}, {b}, {a})",
        ContractVia.IntegerMultiplyAdd => $"{Helpers}.MultiplyAdd{Number(bits)}({accumulator}, {a}, {b})",
        _ => throw new InvalidOperationException($"The SIMD backend has no instruction for {via}."),
    };

    /// <summary>The type of an accumulator of dot products, of which nothing but the sum of its lanes counts.</summary>
    public string DotType(ElementType element) => element == ElementType.S64 && !Scalar ? $"{Class}<long>" : Type(element);

    /// <summary>accumulator + a·b on one vector of a dot product, both factors of which differ from lane to lane.</summary>
    public string Dot(ContractVia via, ElementType sum, string accumulator, string a, string b, bool unsignedA) =>
        sum == ElementType.S64 ? $"{Helpers}.DotLong({accumulator}, {a}, {b})" : Contract(via, accumulator, a, b, unsignedA, bits: 32);

    /// <summary>Whether signed bytes have a dot product with signed ones; x86 has that of unsigned with signed ones.</summary>
    public bool HasSignedDots => Bits == 128;

    /// <summary>The sum of the lanes of a vector, as a number.</summary>
    public string Sum(string vector) => Scalar ? vector : $"{Class}.Sum({vector})";

    /// <summary>One field of every byte of a vector, as bytes in 32-bit lanes.</summary>
    public string Field(ElementType packed, string bytes, int field) => packed switch
    {
        ElementType.S4 => $"{Helpers}.{(field == 0 ? "LowNibbles" : "HighNibbles")}({bytes})",
        ElementType.U4 => $"{Helpers}.{(field == 0 ? "LowCodes" : "HighCodes")}({bytes})",
        _ => throw new InvalidOperationException($"The SIMD backend cannot unpack {packed}."),
    };

    /// <summary>A table of 16 bytes, which the prepared weights repeat as often as the longest vector holds it.</summary>
    public string LoadTable(string reference, ElementType element) => Load(reference, 0) + (element == ElementType.S8 ? ".AsByte()" : "");

    /// <summary>The bytes of a table that one field of every byte of a vector names.</summary>
    public string LookUp(string table, string bytes, int field, int bits) =>
        field == 0 ? $"{Helpers}.LookUpLow({table}, {bytes})" : bits == 4 ? $"{Helpers}.LookUpHigh({table}, {bytes})" : $"{Helpers}.LookUpFrom({table}, {bytes}, {Number(field * bits)})";

    /// <summary>A binary32 constant.</summary>
    public static string Constant(double value) => double.IsNegativeInfinity(value) ? "float.NegativeInfinity" : value.ToString("R", CultureInfo.InvariantCulture) + "f";

    /// <summary>Counts the lanes upwards from a number, or spreads it over them.</summary>
    public string Count(string start, bool spread) => Scalar ? $"(int)({start})" : spread ? $"{Class}.Create((int)({start}))" : $"{Class}<int>.Indices + {Class}.Create((int)({start}))";

    /// <summary>left where the condition is greater than 0, else right; all but the condition binary32.</summary>
    public string Select(ElementType condition, string value, string left, string right) => Scalar
        ? $"{value} > 0 ? {left} : {right}"
        : $"{Class}.ConditionalSelect({Class}.GreaterThan({value}, {Zero(condition)}){(condition == ElementType.F32 ? "" : ".AsSingle()")}, {left}, {right})";

    /// <summary>Two values of a reduction.</summary>
    public string Combine(ReduceOp op, string left, string right) => op switch
    {
        ReduceOp.Sum => $"({left} + {right})",
        ReduceOp.Max => Zip(ZipOp.Max, left, right),
        _ => throw new InvalidOperationException($"The SIMD backend cannot reduce by {op}."),
    };

    /// <summary>The reduction of the lanes of a vector, as a scalar.</summary>
    public string Reduce(ReduceOp op, string vector) => Scalar ? vector : $"{Helpers}.{op}({vector})";

    public string Map(MapOp op, ElementType from, ElementType to, string x, double argument = 0) => op switch
    {
        MapOp.Copy when from is ElementType.S32 or ElementType.S64 && to == ElementType.F32 => $"{Helpers}.ToSingle({x})",
        MapOp.Copy when from == to => x,
        MapOp.Relu or MapOp.Gelu or MapOp.GeluTanh or MapOp.Silu or MapOp.Exp => $"{Helpers}.{op}({x})",
        MapOp.Sqrt => Scalar ? $"MathF.Sqrt({x})" : $"{Class}.Sqrt({x})",
        MapOp.Negate => $"-{x}",
        MapOp.Reciprocal => $"{Broadcast("1f")} / {x}",
        MapOp.ReciprocalSqrt => $"{Broadcast("1f")} / {Map(MapOp.Sqrt, from, to, x)}",
        MapOp.Scale => $"{x} * {Broadcast(Constant(argument))}",
        MapOp.Offset => $"{x} + {Broadcast(Constant(argument))}",
        _ => throw new InvalidOperationException($"The SIMD backend has no instruction for {op} from {from} to {to}."),
    };

    public string Zip(ZipOp op, string left, string right) => op switch
    {
        ZipOp.Add => $"{left} + {right}",
        ZipOp.Subtract => $"{left} - {right}",
        ZipOp.Multiply => $"{left} * {right}",
        ZipOp.Divide => $"{left} / {right}",
        // One instruction, which gives either operand for NaN; see docs/tile-program.md.
        ZipOp.Max => Scalar ? $"MathF.Max({left}, {right})" : $"{Class}.MaxNative({left}, {right})",
        ZipOp.Min => Scalar ? $"MathF.Min({left}, {right})" : $"{Class}.MinNative({left}, {right})",
        _ => throw new InvalidOperationException($"The SIMD backend has no instruction for {op}."),
    };

    /// <summary>Stores with a conversion, the first <paramref name="count"/> lanes.</summary>
    public string StoreConverted(ElementType to, string value, string reference, string count) => to switch
    {
        ElementType.F16 => $"{Helpers}.StoreHalf({value}, ref {reference}, {count});",
        ElementType.BF16 => $"{Helpers}.StoreBFloat16({value}, ref {reference}, {count});",
        ElementType.S8 or ElementType.U8 => $"{Helpers}.StoreSaturated({value}, ref {reference}, {count});",
        _ => throw new InvalidOperationException($"The SIMD backend cannot store {to}."),
    };

    /// <summary>The C# type of an element in memory.</summary>
    public static string ElementName(ElementType element) => element switch
    {
        ElementType.F64 => "double",
        ElementType.F32 => "float",
        ElementType.F16 => "global::System.Half",
        ElementType.BF16 => "global::Intarsia.BFloat16",
        ElementType.S64 => "long",
        ElementType.S32 => "int",
        ElementType.S16 => "short",
        ElementType.U16 => "ushort",
        ElementType.S8 => "sbyte",
        ElementType.U8 or ElementType.S4 or ElementType.U4 or ElementType.U2 or ElementType.Bit => "byte",
        _ => throw new InvalidOperationException($"{element} has no C# type."),
    };

    private static string Displacement(int offset) => offset == 0 ? "" : ", " + Number(offset);

    private static string Displaced(string reference, int offset) => offset == 0 ? reference : $"Unsafe.Add(ref {reference}, {Number(offset)})";

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);
}
