using Intarsia.Compiler.Specs;
using Intarsia.Compiler.Text;

namespace Intarsia.Compiler.Backends.Simd;

/// <summary>The part of an entry that only a batch-reduce GEMM has: where its terms lie, and that each lies inside its operand.</summary>
internal sealed class BatchEntry(BatchSpec batch, MethodSpec method, Func<string, string> local, Func<Role, string> stride)
{
    /// <summary>The local that holds a size of the program.</summary>
    public static string SizeName(string size) => size switch
    {
        "count" => "terms",
        "accumulate" or "scale" or "finish" or "aLength" or "bLength" => size,
        _ => size + "Elements",
    };

    public void Write(CodeWriter code, Action<CodeWriter> checks, Action<CodeWriter> dispatch)
    {
        ParameterSpec a = method.Find(Role.Weights)!, b = method.Find(Role.X)!;
        string rows = local("rows"), depth = local("depth"), columns = local("columns");
        code.Line($"nint aNeeds = Guard.Footprint(nameof({a.Name}), {rows}, {depth}, {stride(Role.Weights)});");
        code.Line($"nint bNeeds = Guard.Footprint(nameof({b.Name}), {depth}, {columns}, {stride(Role.X)});");
        switch (batch.Addressing)
        {
            case BatchAddressing.Stride:
                string count = method.Find(Role.BatchCount)!.Name, strideA = method.Find(Role.BatchWeightsStride)!.Name, strideB = method.Find(Role.BatchXStride)!.Name;
                code.Line($"nint terms = Guard.Extent(nameof({count}), {count});");
                code.Line($"nint strideAElements = Guard.Extent(nameof({strideA}), {strideA});");
                code.Line($"nint strideBElements = Guard.Extent(nameof({strideB}), {strideB});");
                code.Line($"Guard.Strided(nameof({a.Name}), {a.Name}.Length, terms, strideAElements, aNeeds);");
                code.Line($"Guard.Strided(nameof({b.Name}), {b.Name}.Length, terms, strideBElements, bNeeds);");
                break;
            case BatchAddressing.Offsets:
                string aOffsets = method.Find(Role.BatchWeightsOffsets)!.Name, bOffsets = method.Find(Role.BatchXOffsets)!.Name;
                code.Line($"nint terms = {aOffsets}.Length;");
                code.Line($"Guard.Same(nameof({bOffsets}), {bOffsets}.Length, \"offsets\", terms);");
                code.Line($"Guard.Offsets(nameof({aOffsets}), {aOffsets}, {a.Name}.Length, aNeeds);");
                code.Line($"Guard.Offsets(nameof({bOffsets}), {bOffsets}, {b.Name}.Length, bNeeds);");
                break;
            case BatchAddressing.List:
                code.Line($"nint terms = {a.Name}.Length;");
                code.Line($"Guard.Same(nameof({b.Name}), {b.Name}.Length, \"terms\", terms);");
                code.Line($"Guard.Terms<{a.ElementType}, {method.Find(Role.Y)!.ElementType}>(nameof({a.Name}), {a.Name}, aNeeds, nameof({method.Find(Role.Y)!.Name}), {Output});");
                code.Line($"Guard.Terms<{b.ElementType}, {method.Find(Role.Y)!.ElementType}>(nameof({b.Name}), {b.Name}, bNeeds, nameof({method.Find(Role.Y)!.Name}), {Output});");
                break;
            default:
                string number = method.Find(Role.BatchCount)!.Name;
                code.Line($"nint terms = Guard.Extent(nameof({number}), {number});");
                code.Line($"Guard.Addresses(nameof({a.Name}), (void**){a.Name}, terms);");
                code.Line($"Guard.Addresses(nameof({b.Name}), (void**){b.Name}, terms);");
                break;
        }
        checks(code);
        code.Line($"if ({local("rows")} == 0 || {local("columns")} == 0) return;").Line();

        string? beta = method.Find(Role.Beta)?.Name;
        string accumulate = beta is null ? "0" : $"{beta} != 0f ? 1 : 0", scale = beta is null ? "0" : $"{beta} != 0f && {beta} != 1f ? 1 : 0";
        if (batch.Addressing is BatchAddressing.Stride or BatchAddressing.Offsets)
        {
            code.Line($"nint aLength = {a.Name}.Length, bLength = {b.Name}.Length, finish = 1;");
            code.Line($"nint accumulate = {accumulate}, scale = {scale};");
            dispatch(code);
            return;
        }

        // One call a term; a batch without terms is one call without one.
        code.Line("nint all = Math.Max(terms, 1), given = terms;");
        using (code.Block("for (nint term = 0; term < all; term++)"))
        {
            code.Line("terms = Math.Min(given, 1);");
            code.Line("nint aLength = aNeeds, bLength = bNeeds, finish = term + 1 == all ? 1 : 0;");
            code.Line($"nint accumulate = term > 0 ? 1 : {accumulate}, scale = term > 0 ? 0 : {scale};");
            code.Line($"ref {a.ElementType} aTerm = ref {Term(a)};");
            code.Line($"ref {b.ElementType} bTerm = ref {Term(b)};");
            dispatch(code);
        }
    }

    private string Output
    {
        get
        {
            ParameterSpec y = method.Find(Role.Y)!;
            return y.Shape is ParameterShape.TensorSpan ? y.Name.TrimStart('@') + "Span" : y.Name;
        }
    }

    private string Term(ParameterSpec operand) => batch.Addressing == BatchAddressing.List
        ? $"Guard.Term({operand.Name}, term)"
        : $"Guard.Term({operand.Name}, term, given)";
}
