using Intarsia.Compiler.Planning;
using Intarsia.Compiler.Specs;
using Intarsia.Compiler.Text;

namespace Intarsia.Compiler.Backends.Simd;

/// <summary>Writes the entry of a kernel: extents, checks that cover every element a driver may touch, and the dispatcher.</summary>
internal sealed class EntryWriter(KernelSpec spec, MethodSpec method, Driver[] drivers)
{
    /// <summary>The local that says whether X has few elements that are not zero.</summary>
    private const string FewActive = "fewActive";

    /// <summary>The field that says which of the stages of a driver is at work.</summary>
    private const string Stage = "stage";

    private readonly Dictionary<Role, List<string>> _spans = [];

    public void Write(CodeWriter code)
    {
        string parameters = string.Join(", ", method.Parameters.Select(p => $"{p.Type} {p.Name}"));
        using (code.Block($"internal static {(method.IsUnsafe ? "unsafe " : "")}void Run({parameters})")) WriteEntry(code);
        if (IsThreaded) WriteSpread(code);
    }

    private void WriteEntry(CodeWriter code)
    {
        WriteOperands(code);
        WriteExtents(code);
        if (spec.Batch is { } batch)
        {
            new BatchEntry(batch, method, Local, Stride).Write(code, WriteChecks, WriteDispatch);
            return;
        }
        WriteChecks(code);
        code.Line($"if ({Local("rows")} == 0 || {Local("columns")} == 0) return;").Line();
        WriteDispatch(code);
        if (WritesPacked) code.Line($"SampledOutput.Written({Packed!.Name}{(spec.Y.Scale == Per.Tensor ? ", " + _spans[Role.YScale][0] : "")});");
    }

    /// <summary>The packed operand: the weights, or the result of a sampled product.</summary>
    private ParameterSpec? Packed => method.Parameters.FirstOrDefault(parameter => parameter.Shape == ParameterShape.Packed && parameter.Role != Role.Graph);

    /// <summary>The packed edges of a relational product.</summary>
    private ParameterSpec? Graph => method.Find(Role.Graph);

    private bool WritesPacked => Packed is { Role: Role.Y };

    /// <summary>Names of the spans that play a role; tensors become spans with the locals <c>…Rows</c>, <c>…Columns</c> and <c>…Stride</c>.</summary>
    private void WriteOperands(CodeWriter code)
    {
        if (Packed is { } packed) code.Line($"Guard.Packed({packed.Name}, nameof({packed.Name}), Layout);");
        if (Graph is { } graph) code.Line($"Guard.Packed({graph.Name}, nameof({graph.Name}), GraphLayout);");
        if (Packed is { Role: Role.Weights } weights && spec.Weights.Pattern.Known is not null) code.Line($"Guard.Pattern({weights.Name}, nameof({weights.Name}), Pattern);");
        foreach (ParameterSpec parameter in method.Parameters)
        {
            if (!_spans.TryGetValue(parameter.Role, out List<string>? names)) _spans[parameter.Role] = names = [];
            if (IsTensor(parameter))
            {
                string span = Plain(parameter) + "Span";
                string type = parameter.Shape == ParameterShape.TensorSpan ? "Span" : "ReadOnlySpan";
                code.Line($"{type}<{parameter.ElementType}> {span} = Guard.Tensor(nameof({parameter.Name}), in {parameter.Name}, out nint {Plain(parameter)}Rows, out nint {Plain(parameter)}Columns, out nint {Plain(parameter)}Stride);");
                names.Add(span);
            }
            else
            {
                names.Add(parameter.Name);
            }
        }
    }

    private void WriteExtents(CodeWriter code)
    {
        WriteExtent(code, "rows", spec.Rows, Role.Rows);
        if (spec.IsContraction) WriteExtent(code, "depth", spec.Depth, Role.Depth);
        WriteExtent(code, "columns", spec.Columns, Role.Columns);
        if (Packed is { } packed)
        {
            // The columns of the packed operand are the depth of weights, their rows where the kernel transposes them, and the columns of a result.
            (string across, bool given) = WritesPacked ? ("columns", spec.Columns.IsConstant || method.Find(Role.Columns) is not null) : ("depth", spec.Depth.IsConstant || method.Find(Role.Depth) is not null);
            (string down, string along) = spec.IsTransposed ? ("Depth, \"columns\"", "Rows, \"rows\"") : ("Rows, \"rows\"", "Depth, \"columns\"");
            if (spec.Rows.IsConstant || method.Find(Role.Rows) is not null) code.Line($"Guard.Same(nameof({packed.Name}), {packed.Name}.{down}, {Local("rows")});");
            if (given && spec.Rgms is null) code.Line($"Guard.Same(nameof({packed.Name}), {packed.Name}.{along}, {Local(across)});");
        }
        if (Graph is { } graph)
            foreach (string line in RelationChecks.Lines(spec, Packed!.Name, graph.Name, Local)) code.Line(line);
        foreach (ParameterSpec tensor in method.Parameters.Where(IsTensor))
        {
            (string rows, string columns) = ShapeOf(tensor.Role);
            code.Line($"Guard.Same(nameof({tensor.Name}), {Plain(tensor)}Rows, \"rows\", {rows});");
            code.Line($"Guard.Same(nameof({tensor.Name}), {Plain(tensor)}Columns, \"columns\", {columns});");
        }
    }

    private void WriteExtent(CodeWriter code, string name, Extent extent, Role role)
    {
        string value;
        if (extent.IsConstant)
        {
            // Parameters may have the name of an extent; constants are written as such where they are used.
            value = extent.ToString();
        }
        else if (method.Find(role) is { } parameter)
        {
            value = $"Guard.Extent(nameof({parameter.Name}), {parameter.Name})";
        }
        else if (Packed is { } packed && (role == Role.Rows || role == (WritesPacked ? Role.Columns : Role.Depth)))
        {
            value = role == Role.Rows != spec.IsTransposed ? $"{packed.Name}.Rows" : RelationChecks.Depth(spec, packed.Name);
        }
        else if (Graph is { } graph && role == Role.Columns)
        {
            value = $"{graph.Name}.Rows";
        }
        else
        {
            value = FromTensor(name) ?? throw new InvalidOperationException($"Nothing gives the run-time extent '{name}'.");
        }
        code.Line($"nint {Local(name)} = {value};");
    }

    /// <summary>The extent as a tensor operand carries it.</summary>
    private string? FromTensor(string extent)
    {
        foreach (ParameterSpec tensor in method.Parameters.Where(IsTensor))
        {
            (string rows, string columns) = ShapeOf(tensor.Role);
            if (rows == Local(extent)) return Plain(tensor) + "Rows";
            if (columns == Local(extent)) return Plain(tensor) + "Columns";
        }
        return null;
    }

    /// <summary>A local for an extent that does not clash with a parameter of that name.</summary>
    private string Local(string name) => method.Parameters.Any(p => p.Name == name) ? name + "Count" : name;

    /// <summary>Rows and columns of an operand as it lies in memory.</summary>
    private (string Rows, string Columns) ShapeOf(Role role)
    {
        string rows = Local("rows"), depth = Local("depth"), columns = Local("columns");
        return role switch
        {
            Role.Weights => spec.Weights.Layout == MatrixLayout.TokenMajor ? (depth, rows) : (rows, depth),
            Role.X when spec.X.Layout == MatrixLayout.BitPlanes => (columns, NumberFormats.PlaneWords(depth, spec.X.Format)),
            Role.Y when spec.Y.Layout == MatrixLayout.BitPlanes => (columns, NumberFormats.PlaneWords(rows, spec.Y.Format)),
            Role.X when spec.Rgms is not null => (Local(KernelPlan.SourcesSize), depth),
            Role.X when spec.IsContraction => spec.X.Layout == MatrixLayout.TokenMajor ? (columns, depth) : (depth, columns),
            _ => spec.Y.Layout != MatrixLayout.RowMajor ? (columns, rows) : (rows, columns),
        };
    }

    private void WriteChecks(CodeWriter code)
    {
        foreach (ParameterSpec parameter in method.Parameters)
        {
            string span = IsTensor(parameter) ? Plain(parameter) + "Span" : parameter.Name;
            switch (parameter.Role)
            {
                case Role.Weights or Role.X when spec.Batch is not null:
                    break;
                case Role.Y when parameter.Shape == ParameterShape.Packed:
                    // Its own layout says how many values there are.
                    if (spec.Y.Scale == Per.Tensor) code.Line($"Guard.Positive(nameof({method.Find(Role.YScale)!.Name}), {method.Find(Role.YScale)!.Name});");
                    break;
                case Role.Weights when spec.Butterfly is { } butterfly:
                    code.Line(FormattableString.Invariant($"Guard.Vector(nameof({parameter.Name}), {span}.Length, {butterfly.Count(spec.Rows.Constant, spec.Depth.Constant)});"));
                    break;
                case Role.Weights when parameter.Shape != ParameterShape.Packed:
                case Role.X or Role.Y or Role.Residual or Role.Multiplier:
                    (string rows, string columns) = ShapeOf(parameter.Role);
                    code.Line($"Guard.Matrix(nameof({parameter.Name}), {Elements(parameter, span)}, {rows}, {columns}, {Stride(parameter.Role)});");
                    break;
                case Role.Bias:
                    code.Line($"Guard.Vector(nameof({parameter.Name}), {span}.Length, {Local("rows")});");
                    break;
                case Role.WeightScale when parameter.Shape != ParameterShape.Scalar:
                    code.Line($"Guard.Vector(nameof({parameter.Name}), {span}.Length, {(spec.Weights.Scale == Per.Row ? Local("rows") : "1")});");
                    break;
                case Role.Gamma:
                case Role.Beta when spec.Norm is not null:
                    code.Line($"Guard.Vector(nameof({parameter.Name}), {span}.Length, {ShapeOf(Role.Y).Columns});");
                    break;
                case Role.Scale:
                    code.Line($"Guard.Positive(nameof({parameter.Name}), {parameter.Name});");
                    break;
                case Role.XScale when parameter.Shape != ParameterShape.Scalar:
                    code.Line($"Guard.Vector(nameof({parameter.Name}), {span}.Length, {(spec.X.Scale == Per.Token ? Local("columns") : "1")});");
                    break;
            }
        }
        // Nobody has a span over the values of a packed matrix.
        if (WritesPacked) return;
        ParameterSpec y = method.Find(Role.Y)!;
        string ySpan = _spans[Role.Y][0];
        foreach (ParameterSpec parameter in method.Parameters.Where(p => p.Role != Role.Y && p.Shape is ParameterShape.ReadOnlySpan or ParameterShape.ReadOnlyTensorSpan && p.Role != Role.Y))
        {
            string span = IsTensor(parameter) ? Plain(parameter) + "Span" : parameter.Name;
            code.Line($"Guard.Disjoint<{y.ElementType}, {parameter.ElementType}>(nameof({y.Name}), {ySpan}, nameof({parameter.Name}), {span});");
        }
    }

    /// <summary>Elements of a span: two to a byte for an operand of four bits.</summary>
    private string Elements(ParameterSpec parameter, string span) => parameter.Role is Role.X or Role.Weights && NumberFormats.IsNibble(parameter.Role == Role.X ? spec.X.Format : spec.Weights.Format) ? $"Guard.Nibbles({span}.Length)" : $"{span}.Length";

    /// <summary>The stride of an operand: its argument, its tensor's, or its columns.</summary>
    private string Stride(Role role)
    {
        Role? stride = role switch { Role.Weights => Role.WeightsStride, Role.X => Role.XStride, Role.Y => Role.YStride, _ => null };
        if (stride is { } known && method.Find(known) is { } argument) return argument.Name;
        return role is Role.Weights or Role.X or Role.Y && method.Find(role) is { } operand && IsTensor(operand) ? Plain(operand) + "Stride" : ShapeOf(role).Columns;
    }

    /// <summary>The call of a driver; of several threads, where there may be and there is enough to do.</summary>
    private void WriteDispatch(CodeWriter code)
    {
        if (Sparse is { } sparse) code.Line($"bool {Local(FewActive)} = {(sparse.MaxColumns == 0 ? "" : $"{Local("columns")} <= {sparse.MaxColumns} && ")}Density.IsAtMost({XArguments()}, {sparse.MaxDensity});");
        if (!IsThreaded)
        {
            WriteDrivers(code, Argument);
            return;
        }
        if (drivers.Any(driver => driver.Plan.Program.Sizes.Contains(KernelPlan.StoredSize))) code.Line($"nint {Local(KernelPlan.StoredSize)} = (nint){(Graph ?? Packed!).Name}.StoredElements;");
        Tiles.Statement.Spread outer = drivers[0].Plan.Spreads[0];
        code.Line($"nint {Local("degree")} = Threads.For({Print(outer.Work)}, {outer.Most});");
        if (drivers.Any(driver => driver.Plan.Program.Sizes.Contains(KernelPlan.PartsSize))) code.Line($"nint {Local(KernelPlan.PartsSize)} = {Local("degree")} == 1 ? 1 : Threads.RowParts({Local("degree")}, {Local("rows")}, {Local("columns")});");
        using (code.Block($"if ({Local("degree")} > 1)"))
            code.Line($"Spread({string.Join(", ", new[] { Local("degree") }.Concat(Shared().Select(field => (field.IsReference ? "ref " : "") + field.Name)))});");
        using (code.Block("else"))
            WriteDrivers(code, Argument);
    }

    /// <summary>The plans of a kernel need not be of one kind; a call is spread where each of them can be.</summary>
    private bool IsThreaded => drivers.Length > 0 && drivers.All(driver => Spreading.IsThreaded(driver.Plan));

    /// <summary>What the threads of a call share: its operands and sizes, under their names in the entry. The method that hands them to the pool stands apart, so that a call of one thread does not pay for it.</summary>
    private void WriteSpread(CodeWriter code)
    {
        SharedField[] fields = [.. Shared()];
        string degree = Local("degree");
        code.Line();
        code.Line("[MethodImpl(MethodImplOptions.NoInlining)]");
        using (code.Block($"private static void Spread(nint {degree}, {string.Join(", ", fields.Select(field => $"{(field.IsReference ? "ref " : "")}{field.Type} {field.Name}"))})"))
        {
            string work = Local("work");
            code.Line($"scoped Work {work} = default;");
            foreach (SharedField field in fields) code.Line($"{work}.{field.Name} = {(field.IsReference ? "ref " : "")}{field.Name};");
            foreach (Driver driver in drivers) WriteRuns(code, driver, work, degree);
            if (!HasScalar) code.Line("else Guard.NoTier(Info.Spec, \"\");");
        }
        code.Line();
        using (code.Block("private ref struct Work : ISpread"))
        {
            if (drivers.Any(driver => driver.Plan.Stages.Count > 1)) code.Line($"public nint {Local(Stage)};");
            foreach (string declaration in drivers.SelectMany(driver => WorkingMemory.Common(driver.Plan.Program)).Select(buffer => $"public ref {VectorIsa.ElementName(buffer.Element)} {CommonField(buffer)};").Distinct())
                code.Line(declaration);
            code.Line(string.Join(" ", fields.Select(field => $"public {(field.IsReference ? "ref " : "")}{field.Type} {field.Name};")));
            code.Line();
            using (code.Block($"public void Run({string.Join(", ", Spreading.RectangleNames.Select(name => "nint " + name))})"))
                foreach (Driver driver in drivers) WriteRectangle(code, driver);
        }
    }

    /// <summary>One run of the pool for each stage of a driver: what the first leaves in the memory that the call has in common is complete when the second begins.</summary>
    private void WriteRuns(CodeWriter code, Driver driver, string work, string degree)
    {
        string Run(int stage, string threads) => $"Threads.Run(ref {work}, {threads}, {Spreading.Division(driver.Plan.Stages[stage], 0, Print)}, {Spreading.Division(driver.Plan.Stages[stage], 1, Print)});";
        if (driver.Plan.Stages.Count == 1)
        {
            code.Line(Choose(driver) + Run(0, degree));
            return;
        }
        using (code.Block(Choose(driver).TrimEnd() is { Length: > 0 } condition ? condition : null))
        {
            foreach (Tiles.BufferDecl buffer in WorkingMemory.Common(driver.Plan.Program)) code.Line($"{work}.{CommonField(buffer)} = ref {WorkingMemory.Rent(driver.Plan.Program, buffer, Print)};");
            code.Line(Run(0, degree));
            for (int stage = 1; stage < driver.Plan.Stages.Count; stage++)
            {
                code.Line($"{work}.{Local(Stage)} = {stage.ToString(System.Globalization.CultureInfo.InvariantCulture)};");
                Tiles.Statement.Spread outer = driver.Plan.Stages[stage][0];
                code.Line(Run(stage, $"Threads.For({Print(outer.Work)}, {outer.Most})"));
            }
        }
    }

    /// <summary>The call of a driver on one rectangle, of the stage that is at work.</summary>
    private void WriteRectangle(CodeWriter code, Driver driver)
    {
        string Call(int stage)
        {
            Dictionary<string, string> bounds = Spreading.RectangleOf(driver.Plan, stage);
            return CallOf(driver, parameter => bounds.TryGetValue(parameter.Size, out string? bound) ? bound : parameter.Common is { } buffer ? "ref " + CommonField(buffer) : Argument(parameter));
        }
        if (driver.Plan.Stages.Count == 1)
        {
            code.Line(Choose(driver) + Call(0));
            return;
        }
        using (code.Block(Choose(driver).TrimEnd() is { Length: > 0 } condition ? condition : null))
            for (int stage = 0; stage < driver.Plan.Stages.Count; stage++)
                code.Line($"{(stage == 0 ? "" : "else ")}{(stage == driver.Plan.Stages.Count - 1 ? "" : $"if ({Local(Stage)} == {stage.ToString(System.Globalization.CultureInfo.InvariantCulture)}) ")}{Call(stage)}");
    }

    /// <summary>Where the threads of a call find working memory that they have in common.</summary>
    private string CommonField(Tiles.BufferDecl buffer) => Local("common" + buffer.Name.ToUpperInvariant());

    private void WriteDrivers(CodeWriter code, Func<DriverParameter, string> argument)
    {
        foreach (Driver driver in drivers)
        {
            Dictionary<string, string> whole = Spreading.Bounds(driver.Plan).Zip(driver.Plan.Spreads.SelectMany(spread => new[] { "0", Print(spread.Extent) }), (bound, value) => (bound, value)).ToDictionary(pair => pair.bound, pair => pair.value);
            WriteDriver(code, driver, parameter => whole.TryGetValue(parameter.Size, out string? value) ? value : parameter.Common is { } buffer ? "ref " + WorkingMemory.Rent(driver.Plan.Program, buffer, Print) : argument(parameter));
        }
        if (!HasScalar)
            code.Line($"{(drivers.Length > 0 ? "else " : "")}Guard.NoTier(Info.Spec, \"{string.Join(", ", drivers.Select(driver => driver.Tier).Distinct())}\");");
    }

    private bool HasScalar => drivers.Any(driver => driver.Tier == Tier.Scalar);

    private void WriteDriver(CodeWriter code, Driver driver, Func<DriverParameter, string> argument) => code.Line(Choose(driver) + CallOf(driver, argument));

    private static string CallOf(Driver driver, Func<DriverParameter, string> argument) => $"{driver.Name}({string.Join(", ", KernelFile.DriverParameters(driver.Plan).Select(argument))});";

    /// <summary>The condition on which a driver is taken where none before it was.</summary>
    private string Choose(Driver driver)
    {
        string[] conditions =
        [
            .. driver.Tier == Tier.Scalar ? Array.Empty<string>() : [KernelFile.Runs(driver.Tier)],
            .. driver.Choice.MaxDensity > 0 ? [Local(FewActive)] : driver.Choice.MaxColumns == 0 ? Array.Empty<string>() : [$"{Local("columns")} <= {driver.Choice.MaxColumns}"],
        ];
        return (driver == drivers[0] ? "" : "else ") + (conditions.Length == 0 ? "" : $"if ({string.Join(" && ", conditions)}) ");
    }

    /// <summary>A plan of those that are taken where few elements of X are not zero, which the entry finds out once.</summary>
    private ColumnsPlan? Sparse => drivers.Select(driver => driver.Choice).FirstOrDefault(choice => choice.MaxDensity > 0);

    /// <summary>X as lines: its first element, how many lines, their length and how far they are apart.</summary>
    private string XArguments()
    {
        (string lines, string length) = ShapeOf(Role.X);
        return $"ref MemoryMarshal.GetReference({_spans[Role.X][0]}), {lines}, {length}, {Stride(Role.X)}";
    }

    private string Print(Tiles.Index index) => IndexText.Print(Spreading.Rename(index, Size));

    private IEnumerable<SharedField> Shared()
    {
        SharedField Field(DriverParameter parameter)
        {
            if (parameter.Size.Length > 0) return new SharedField("nint", Size(parameter.Size));
            if (parameter.Operand is not { } operand) return parameter.IsGraph ? new SharedField(Graph!.Type, Graph.Name) : new SharedField(Packed!.Type, Packed.Name);
            ParameterSpec argument = method.WithRole(operand.Role).ElementAt(operand.Ordinal);
            if (argument.Shape is ParameterShape.MemoryList or ParameterShape.Addresses) return new SharedField(argument.ElementType, Local(operand.Role == Role.Weights ? "aTerm" : "bTerm"), IsReference: true);
            if (argument.Shape == ParameterShape.Scalar) return new SharedField(argument.Type, argument.Name);
            return new SharedField($"{(argument.Shape is ParameterShape.Span or ParameterShape.TensorSpan ? "Span" : "ReadOnlySpan")}<{argument.ElementType}>", _spans[operand.Role][operand.Ordinal]);
        }
        IEnumerable<SharedField> found = Sparse is null ? [] : [new SharedField("bool", Local(FewActive))];
        return drivers.SelectMany(driver => KernelFile.DriverParameters(driver.Plan).Where(parameter => parameter.Common is null && !Spreading.Bounds(driver.Plan).Contains(parameter.Size)).Select(Field)).Concat(found).Distinct();
    }

    private sealed record SharedField(string Type, string Name, bool IsReference = false);

    private string Argument(DriverParameter parameter)
    {
        if (parameter.Size.Length > 0) return Size(parameter.Size);
        if (parameter.Operand is not { } operand) return (parameter.IsGraph ? Graph! : Packed!).Name;
        ParameterSpec argument = method.WithRole(operand.Role).ElementAt(operand.Ordinal);
        if (argument.Shape is ParameterShape.MemoryList or ParameterShape.Addresses) return $"ref {Local(operand.Role == Role.Weights ? "aTerm" : "bTerm")}";
        if (argument.Shape == ParameterShape.Scalar) return $"ref {argument.Name}";
        string first = $"ref MemoryMarshal.GetReference({_spans[operand.Role][operand.Ordinal]})";
        return LiesInPlanes(operand.Role) ? $"ref Unsafe.As<uint, int>({first})" : first;
    }

    private bool LiesInPlanes(Role role) => role switch { Role.X => spec.X.Layout, Role.Y => spec.Y.Layout, _ => MatrixLayout.RowMajor } == MatrixLayout.BitPlanes;

    /// <summary>A size of the program, as the entry knows it.</summary>
    private string Size(string size) => size switch
    {
        "ldw" => Stride(Role.Weights),
        "ldx" => Stride(Role.X),
        "ldy" => Stride(Role.Y),
        KernelPlan.PartsSize when !IsThreaded => "1",
        "rows" or "depth" or "columns" or KernelPlan.SourcesSize or KernelPlan.PartsSize or KernelPlan.StoredSize => Local(size),
        _ => Local(BatchEntry.SizeName(size)),
    };

    private static bool IsTensor(ParameterSpec parameter) => parameter.Shape is ParameterShape.TensorSpan or ParameterShape.ReadOnlyTensorSpan;

    private static string Plain(ParameterSpec parameter) => parameter.Name.TrimStart('@');
}
