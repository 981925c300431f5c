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
        code.Line($"nint {local("aNeeds")} = Guard.Footprint(nameof({a.Name}), {rows}, {depth}, {stride(Role.Weights)});");
        code.Line($"nint {local("bNeeds")} = Guard.Footprint(nameof({b.Name}), {depth}, {columns}, {stride(Role.X)});");
        switch (batch.Addressing)
        {
            case BatchAddressing.Stride:
                string count = method.Find(Role.BatchCount)!.Name, strideA = method.Find(Role.BatchWeightsStride)!.Name, strideB = method.Find(Role.BatchXStride)!.Name;
                code.Line($"nint {local("terms")} = Guard.Extent(nameof({count}), {count});");
                code.Line($"nint {local("strideAElements")} = Guard.Extent(nameof({strideA}), {strideA});");
                code.Line($"nint {local("strideBElements")} = Guard.Extent(nameof({strideB}), {strideB});");
                code.Line($"Guard.Strided(nameof({a.Name}), {a.Name}.Length, {local("terms")}, {local("strideAElements")}, {local("aNeeds")});");
                code.Line($"Guard.Strided(nameof({b.Name}), {b.Name}.Length, {local("terms")}, {local("strideBElements")}, {local("bNeeds")});");
                break;
            case BatchAddressing.Offsets:
                string aOffsets = method.Find(Role.BatchWeightsOffsets)!.Name, bOffsets = method.Find(Role.BatchXOffsets)!.Name;
                code.Line($"nint {local("terms")} = {aOffsets}.Length;");
                code.Line($"Guard.Same(nameof({bOffsets}), {bOffsets}.Length, \"offsets\", {local("terms")});");
                code.Line($"Guard.Offsets(nameof({aOffsets}), {aOffsets}, {a.Name}.Length, {local("aNeeds")});");
                code.Line($"Guard.Offsets(nameof({bOffsets}), {bOffsets}, {b.Name}.Length, {local("bNeeds")});");
                break;
            case BatchAddressing.List:
                code.Line($"nint {local("terms")} = {a.Name}.Length;");
                code.Line($"Guard.Same(nameof({b.Name}), {b.Name}.Length, \"terms\", {local("terms")});");
                code.Line($"Guard.Terms<{a.ElementType}, {method.Find(Role.Y)!.ElementType}>(nameof({a.Name}), {a.Name}, {local("aNeeds")}, nameof({method.Find(Role.Y)!.Name}), {Output});");
                code.Line($"Guard.Terms<{b.ElementType}, {method.Find(Role.Y)!.ElementType}>(nameof({b.Name}), {b.Name}, {local("bNeeds")}, nameof({method.Find(Role.Y)!.Name}), {Output});");
                break;
            default:
                string number = method.Find(Role.BatchCount)!.Name;
                code.Line($"nint {local("terms")} = Guard.Extent(nameof({number}), {number});");
                code.Line($"Guard.Addresses(nameof({a.Name}), (void**){a.Name}, {local("terms")});");
                code.Line($"Guard.Addresses(nameof({b.Name}), (void**){b.Name}, {local("terms")});");
                break;
        }
        checks(code);
        code.Line($"if ({local("rows")} == 0 || {local("columns")} == 0) return;").Line();

        string? beta = method.Find(Role.Beta)?.Name;
        string accumulate = beta is null ? "0" : $"{beta} != 0f ? 1 : 0", scale = beta is null ? "0" : $"{beta} != 0f && {beta} != 1f ? 1 : 0";
        if (batch.Addressing is BatchAddressing.Stride or BatchAddressing.Offsets)
        {
            code.Line($"nint {local("aLength")} = {a.Name}.Length, {local("bLength")} = {b.Name}.Length, {local("finish")} = 1;");
            code.Line($"nint {local("accumulate")} = {accumulate}, {local("scale")} = {scale};");
            dispatch(code);
            return;
        }

        // One call a term; a batch without terms is one call without one.
        code.Line($"nint {local("all")} = Math.Max({local("terms")}, 1), {local("given")} = {local("terms")};");
        using (code.Block($"for (nint {local("term")} = 0; {local("term")} < {local("all")}; {local("term")}++)"))
        {
            code.Line($"{local("terms")} = Math.Min({local("given")}, 1);");
            code.Line($"nint {local("aLength")} = {local("aNeeds")}, {local("bLength")} = {local("bNeeds")}, {local("finish")} = {local("term")} + 1 == {local("all")} ? 1 : 0;");
            code.Line($"nint {local("accumulate")} = {local("term")} > 0 ? 1 : {accumulate}, {local("scale")} = {local("term")} > 0 ? 0 : {scale};");
            code.Line($"ref {a.ElementType} {local("aTerm")} = ref {Term(a)};");
            code.Line($"ref {b.ElementType} {local("bTerm")} = ref {Term(b)};");
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
        ? $"Guard.Term({operand.Name}, {local("term")})"
        : $"Guard.Term({operand.Name}, {local("term")}, {local("given")})";
}
