using System.Globalization;
using Intarsia.Compiler.Backends.Simd;
using Intarsia.Compiler.Planning;
using Intarsia.Compiler.Specs;
using Intarsia.Compiler.Text;

namespace Intarsia.Compiler.Backends.Gpu;

/// <summary>Writes the body of an overload: extents, the checks that the CPU's entry has too, then a launch for each target in order of preference.</summary>
internal sealed class DeviceEntryWriter(DeviceCall call, GpuKernelText text, DeviceArguments arguments)
{
    private readonly DeviceBatch? _batch = call.Spec.Batch is { } batch ? new DeviceBatch(call, batch) : null;

    public void Write(CodeWriter code)
    {
        using (code.Block($"internal static void Run({string.Join(", ", call.Declarations())})"))
        {
            WriteExtents(code);
            WriteChecks(code);
            if (text.Targets.Any(target => target.Parameters.Any(parameter => parameter is GpuParameter.Size { Value: Tiles.Index.Var { Name: KernelPlan.SlotsSize } })))
                code.Line($"nint {call.Local(KernelPlan.SlotsSize)} = (nint){call.Packed!.Name}.Slots;");
            code.Line($"if ({call.Local("rows")} == 0 || {call.Local("columns")} == 0) return;").Line();
            WriteLaunches(code);
            if (call.WritesPacked) code.Line($"{call.Packed!.Name}.Written({(call.Spec.Y.Scale == Per.Tensor ? call.Method.Find(Role.YScale)!.Name : "")});");
        }
    }

    /// <summary>The name of a target as an identifier, Sm90a; where its entries are modules of their own, with the alignment that the module asks for.</summary>
    public static string FieldOf(GpuKernelText text, GpuTargetText target)
    {
        string name = "Sm" + target.Target.Substring("sm_".Length);
        if (text.Targets.Count(other => other.Target == target.Target) == 1) return name;
        int alignment = target.Entries[0].Alignment;
        return alignment == 1 ? name + "Ragged" : string.Format(CultureInfo.InvariantCulture, "{0}Aligned{1}", name, alignment);
    }

    private void WriteExtents(CodeWriter code)
    {
        ParameterSpec? packed = call.Packed;
        if (packed is not null) code.Line($"DeviceGuard.Weights({packed.Name}, nameof({packed.Name}), Layout, {call.Stream});");
        if (call.Graph is { } edges) code.Line($"DeviceGuard.Weights({edges.Name}, nameof({edges.Name}), GraphLayout, {call.Stream});");
        WriteExtent(code, "rows", call.Spec.Rows, Role.Rows);
        if (call.Spec.IsContraction) WriteExtent(code, "depth", call.Spec.Depth, Role.Depth);
        WriteExtent(code, "columns", call.Spec.Columns, Role.Columns);
        foreach (ParameterSpec leading in call.Method.Parameters.Where(parameter => parameter.IsOptional))
            code.Line($"nint {call.Local(leading.Name)} = {leading.Name} == 0 ? {call.ShapeOf(DeviceSignature.OwnerOf(leading.Role)).Columns} : {leading.Name};");
        if (packed is null) return;
        (string down, string along) = call.Spec.IsTransposed ? ("Depth, \"columns\"", "Rows, \"rows\"") : ("Rows, \"rows\"", "Depth, \"columns\"");
        if (call.Spec.Rows.IsConstant || call.Method.Find(Role.Rows) is not null) code.Line($"Guard.Same(nameof({packed.Name}), {packed.Name}.{down}, {call.Local("rows")});");
        if (call.Graph is { } graph)
        {
            foreach (string line in RelationChecks.Lines(call.Spec, packed.Name, graph.Name, call.Local)) code.Line(line);
            return;
        }
        // The columns of the packed operand are the depth of weights, their rows where the kernel transposes them, and the columns of a result.
        (string across, Extent extent, Role role) = call.WritesPacked ? ("columns", call.Spec.Columns, Role.Columns) : ("depth", call.Spec.Depth, Role.Depth);
        if (extent.IsConstant || call.Method.Find(role) is not null) code.Line($"Guard.Same(nameof({packed.Name}), {packed.Name}.{along}, {call.Local(across)});");
    }

    private void WriteExtent(CodeWriter code, string name, Extent extent, Role role)
    {
        string value = extent.IsConstant ? extent.ToString()
            : call.Method.Find(role) is { } parameter ? $"Guard.Extent(nameof({parameter.Name}), {parameter.Name})"
            : call.Packed is { } packed && (role == Role.Rows || role == (call.WritesPacked ? Role.Columns : Role.Depth)) ? role == Role.Rows != call.Spec.IsTransposed ? $"{packed.Name}.Rows" : RelationChecks.Depth(call.Spec, packed.Name)
            : call.Graph is { } graph && role == Role.Columns ? $"{graph.Name}.Rows"
            : throw new InvalidOperationException($"Nothing gives the run-time extent '{name}'.");
        code.Line($"nint {call.Local(name)} = {value};");
    }

    private void WriteChecks(CodeWriter code)
    {
        _batch?.Write(code);
        foreach (ParameterSpec matrix in call.Matrices.Where(matrix => _batch is null || matrix.Role is not (Role.Weights or Role.X)))
        {
            (string rows, string columns) = call.ShapeOf(matrix.Role);
            code.Line($"DeviceGuard.{(call.IsNibbles(matrix) ? "NibbleMatrix" : "Matrix")}(nameof({matrix.Name}), {matrix.Name}, {call.Stream}, {rows}, {columns}, {call.StrideOf(matrix.Role)});");
        }
        foreach (ParameterSpec vector in call.Vectors)
            code.Line($"DeviceGuard.Vector(nameof({vector.Name}), {vector.Name}, {call.Stream}, {call.LengthOf(vector)});");
        if (call.Method.Find(Role.Scale) is { } scale) code.Line($"Guard.Positive(nameof({scale.Name}), {scale.Name});");
        ParameterSpec y = call.Method.Find(Role.Y)!;
        if (call.WritesPacked)
        {
            // The matrix has its values to itself.
            if (call.Spec.Y.Scale == Per.Tensor) code.Line($"Guard.Positive(nameof({call.Method.Find(Role.YScale)!.Name}), {call.Method.Find(Role.YScale)!.Name});");
            return;
        }
        foreach (ParameterSpec input in call.Matrices.Concat(call.Vectors).Where(view => view != y))
            code.Line($"DeviceGuard.Disjoint(nameof({y.Name}), {y.Name}, nameof({input.Name}), {input.Name});");
    }

    private void WriteLaunches(CodeWriter code)
    {
        string alignment = WriteAlignment(code);
        string prefix = "";
        foreach (GpuTargetText target in text.Targets)
        {
            string field = FieldOf(text, target), function = call.Local(char.ToLowerInvariant(field[0]) + field.Substring(1));
            string also = string.Concat(target.AlsoAligned.Select(bytes => $" | (nuint)({call.Text(bytes)})"))
                + string.Concat(target.AlignedVectors.Select(vector => $" | DeviceGuard.Alignment({call.Method.WithRole(vector.Role).ElementAt(vector.Ordinal).Name}, 0)"));
            using (code.Block($"{prefix}if ({field}.Find({call.Stream}, {alignment}{also}) is {{ }} {function})"))
            {
                arguments.WritePrepared(code, target.Parameters);
                string list = string.Join(", ", target.Parameters.Select(arguments.Argument));
                code.Line($"{function}.Launch({call.Stream}, {call.Text(target.GridX)}, {call.Text(target.GridY)}, {call.Text(target.GridZ)}, [{list}]);");
            }
            prefix = "else ";
        }
        if (text.Portable is null)
        {
            code.Line($"{prefix}DeviceGuard.NoTarget(Kernel, {call.Stream}, \"{string.Join(", ", text.Targets.Select(target => target.Target).Distinct())}\");");
            return;
        }
        if (prefix.Length == 0)
        {
            WritePortable(code, text.Portable);
            return;
        }
        using (code.Block("else")) WritePortable(code, text.Portable);
    }

    /// <summary>What the addresses and leading dimensions are multiples of, where an entry asks; its name, or 0.</summary>
    private string WriteAlignment(CodeWriter code)
    {
        if (!text.Targets.Any(target => target.Entries.Any(entry => entry.Alignment > 1))) return "0";
        string name = call.Local("alignment");
        IEnumerable<string> terms = call.Matrices.Select(matrix => $"DeviceGuard.{(call.IsNibbles(matrix) ? "NibbleAlignment" : "Alignment")}({matrix.Name}, {call.StrideOf(matrix.Role)})").Concat(_batch?.Alignments ?? []);
        code.Line($"nuint {name} = {string.Join(" | ", terms)};");
        return name;
    }

    private void WritePortable(CodeWriter code, PortableKernelText portable)
    {
        arguments.WritePrepared(code, portable.Parameters);
        string grid = string.Join(", ", new[] { portable.GridX, portable.GridY, portable.GridZ }.Select(index => index is Tiles.Index.Const ? call.Text(index) : $"(int)({call.Text(index)})"));
        string list = string.Concat(portable.Parameters.Select(parameter => ", " + arguments.PortableArgument(parameter).Text));
        string threads = portable.Threads.ToString(CultureInfo.InvariantCulture);
        code.Line($"Fallback.On({call.Stream})({call.Stream}, new KernelConfig(new Index3D({grid}), new Index3D({threads}, 1, 1)){list});");
    }
}
