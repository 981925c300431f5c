using System.Globalization;
using Intarsia.Compiler.Backends.Simd;
using Intarsia.Compiler.Specs;
using Intarsia.Compiler.Text;

namespace Intarsia.Compiler.Backends.Gpu;

/// <summary>One generated file: the overload of the user's method for accelerators, and a file-local class with its checks, its launches and its texts.</summary>
internal sealed class DeviceFile(KernelSpec spec, MethodSpec method, GpuKernelText text)
{
    private const string Usings = """
        using global::System;
        using global::ILGPU;
        using global::ILGPU.Runtime;
        using global::Intarsia.Ilgpu;
        using global::Intarsia.Kernels;
        """;

    private readonly DeviceCall _call = new(spec, method);
    private readonly string _holder = string.Join("_", method.Types.Select(type => type.Name.TrimStart('@'))) + "_" + method.Name.TrimStart('@') + "_Gpu";

    public EmittedKernel Write()
    {
        // The body comes first: it finds out which fields it needs.
        var arguments = new DeviceArguments(_call);
        var body = new CodeWriter(indent: 2);
        new DeviceEntryWriter(_call, text, arguments).Write(body);

        var code = new CodeWriter();
        code.Lines(FileHeader.Text($"{KernelName.Of(spec)}, on accelerators"));
        WriteReasons(code);
        WriteUserHalf(code);
        code.Line();
        using (code.Block($"namespace {FileHeader.Namespace}"))
        {
            code.Lines(Usings).Line();
            code.Line($"/// <summary>{KernelName.Of(spec)}</summary>");
            code.Line(FileHeader.GeneratedCode);
            using (code.Block($"file static class {_holder}"))
            {
                WriteFields(code, arguments);
                code.Line();
                code.Raw(body.ToString());
                if (text.Portable is { } portable) code.Line().Lines(portable.Source);
                foreach (GpuTargetText target in text.Targets) WriteText(code, target);
            }
        }
        string hint = string.Join(".", new[] { method.Namespace }.Where(name => name.Length > 0).Concat(method.Types.Select(type => type.Name)).Concat([method.Name, "Gpu"]));
        return new EmittedKernel(hint, code.ToString(), default);
    }

    private void WriteReasons(CodeWriter code)
    {
        foreach (GpuTargetText target in text.Targets)
        {
            code.Line("//").Line(string.Format(CultureInfo.InvariantCulture, "// {0}: blocks of {1} threads, {2} bytes of shared memory", DeviceEntryWriter.FieldOf(text, target), target.Threads, target.SharedBytes));
            foreach (string reason in target.Reasons) code.Line($"//   {reason}");
        }
        if (text is { Targets.Count: 0, Portable: { } portable })
        {
            code.Line("//").Line(string.Format(CultureInfo.InvariantCulture, "// Portable: groups of {0} threads, on every accelerator", portable.Threads));
            foreach (string reason in portable.Reasons) code.Line($"//   {reason}");
        }
        code.Line();
    }

    private void WriteUserHalf(CodeWriter code)
    {
        var scopes = new Stack<CodeWriter.Scope>();
        if (method.Namespace.Length > 0) scopes.Push(code.Block($"namespace {method.Namespace}"));
        foreach (TypeSpec type in method.Types) scopes.Push(code.Block(Words(type.Modifiers, "partial", type.Keyword, type.Name)));
        string values = string.Join(", ", new[] { _call.Stream }.Concat(method.Parameters.Select(parameter => parameter.Name)));
        code.Line($"/// <summary>The kernel <c>{method.Name}</c> on an ILGPU accelerator. Returns once the work is queued on the stream; what the method checks on the CPU is checked before.</summary>");
        if (method.Parameters.Any(parameter => parameter.IsOptional)) code.Line("/// <remarks>Where the method has tensor spans, views are passed with their extents; a leading dimension of 0 says that rows follow each other without a gap.</remarks>");
        code.Line("/// <exception cref=\"global::Intarsia.Ilgpu.GpuKernelException\">The kernel has no text for the accelerator, or its driver refused it.</exception>");
        code.Line(FileHeader.GeneratedCode);
        code.Line($"{Words(method.Accessibility, "static void", method.Name)}({string.Join(", ", _call.Declarations())}) =>");
        code.Line($"    global::{FileHeader.Namespace}.{_holder}.Run({values});");
        while (scopes.Count > 0) scopes.Pop().Dispose();
    }

    private void WriteFields(CodeWriter code, DeviceArguments arguments)
    {
        string layout = "null";
        if (_call.Packed is not null)
        {
            layout = "Layout";
            code.Line($"private static readonly global::Intarsia.WeightLayout Layout = {KernelFile.LayoutText(spec)};");
        }
        if (_call.Graph is not null) code.Line($"private static readonly global::Intarsia.WeightLayout GraphLayout = {KernelFile.GraphLayoutText(spec)};");
        code.Line($"private static readonly GpuKernel Kernel = new(\"{string.Join(".", method.Types.Select(type => type.Name).Concat([method.Name]))}\", \"{KernelName.Of(spec)}\", {layout});");
        foreach (string field in arguments.Fields) code.Line(field);
        foreach (GpuTargetText target in text.Targets)
        {
            string field = DeviceEntryWriter.FieldOf(text, target);
            string entries = string.Join(", ", target.Entries.Select(entry => string.Format(CultureInfo.InvariantCulture, "new GpuVariant(\"{0}\", {1})", entry.Name, entry.Alignment)));
            code.Line(string.Format(CultureInfo.InvariantCulture, "private static readonly GpuTarget {0} = new(Kernel, \"{1}\", static () => {0}Text, {2}, {3}, [{4}]);", field, target.Target, target.Threads, target.SharedBytes, entries));
        }
        if (text.Portable is not { } portable) return;
        string types = string.Join(", ", portable.Parameters.Select(parameter => arguments.PortableArgument(parameter).Type));
        code.Line($"private static readonly PortableKernel<Action<AcceleratorStream, KernelConfig, {types}>> Fallback =");
        code.Line(string.Format(CultureInfo.InvariantCulture, "    new(Kernel, {0}, static accelerator => accelerator.LoadKernel<{1}>(Portable));", portable.Threads, types));
    }

    private void WriteText(CodeWriter code, GpuTargetText target)
    {
        // UTF-8 literals are data of the assembly; string literals of this size would fill its heap of strings (CS8103).
        code.Line().Line($"private static ReadOnlySpan<byte> {DeviceEntryWriter.FieldOf(text, target)}Text => \"\"\"");
        code.Lines(target.Ptx.Replace("\t", "    ")).Line("\"\"\"u8;");
    }

    private static string Words(params string[] words) => string.Join(" ", words.Where(word => word.Length > 0));
}
