using System.Text;
using Intarsia.Compiler.Backends.Ilgpu;
using Intarsia.Compiler.Backends.Ptx;
using Intarsia.Compiler.Planning;
using Intarsia.Compiler.Planning.Gpu;
using Intarsia.Compiler.Specs;
using Intarsia.Compiler.Tiles;
using Index = Intarsia.Compiler.Tiles.Index;

namespace Intarsia.Compiler.Backends.Gpu;

/// <summary>From a spec to the texts of its kernel for GPUs: plans it for every target, for aligned operands and for any, and lowers each plan.</summary>
internal static class GpuBackend
{
    /// <summary>What an aligned plan is promised: bytes that lines of the operands begin at multiples of, and are multiples of.</summary>
    private const int LineAlignment = 16;

    /// <summary>The texts of a kernel; null for the kernels that have none, and then no overload.</summary>
    public static GpuKernelText? Lower(KernelSpec spec, MethodSpec method)
    {
        var targets = new List<GpuTargetText>();
        // Capability 9.0 takes whole lines in bulk copies; the text for 8.0 serves other operands there, too.
        if (DevicePlanner.Supports(spec, Device.Sm90A)) targets.Add(Target(spec, method, Device.Sm90A, PtxTarget.Sm90A, isAligned: true));
        if (DevicePlanner.Supports(spec, Device.Sm80))
        {
            targets.Add(Target(spec, method, Device.Sm80, PtxTarget.Sm80, isAligned: true));
            targets.Add(Target(spec, method, Device.Sm80, PtxTarget.Sm80, isAligned: false));
        }
        PortableKernelText? portable = Portable(spec, method);
        return targets.Count == 0 && portable is null ? null : new GpuKernelText(targets.ToEquatableArray(), portable);
    }

    private static GpuTargetText Target(KernelSpec spec, MethodSpec method, Device device, PtxTarget target, bool isAligned)
    {
        KernelPlan plan = DevicePlanner.Plan(spec, device, isAligned);
        PtxKernel kernel = KernelLowering.Lower(plan, target, EntryName(spec, target, isAligned), Scalars(plan, method));
        return new GpuTargetText
        {
            Target = target.Name,
            Ptx = kernel.Text,
            Threads = kernel.Threads,
            SharedBytes = kernel.SharedBytes,
            Entries = EquatableArray.Of(new GpuEntry(kernel.Entry, isAligned ? LineAlignment : 1)),
            Parameters = kernel.Parameters.Select(parameter => Parameter(plan, parameter)).ToEquatableArray(),
            GridX = kernel.GridX,
            GridY = kernel.GridY,
            GridZ = kernel.GridZ,
            AlsoAligned = isAligned ? LineBytes(plan).ToEquatableArray() : default,
            AlignedVectors = isAligned ? Vectors(plan).ToEquatableArray() : default,
            Reasons = (string[])[.. plan.Program.Reasons, string.Format(System.Globalization.CultureInfo.InvariantCulture, "about {0} registers a thread, {1} or more blocks to a multiprocessor", kernel.Block.Registers, kernel.Block.BlocksPerMultiprocessor)],
        };
    }

    /// <summary>Whether a kernel has a portable form that ILGPU can launch.</summary>
    public static bool HasPortable(KernelSpec spec, MethodSpec method) => Portable(spec, method) is not null;

    private static PortableKernelText? Portable(KernelSpec spec, MethodSpec method)
    {
        if (!DevicePlanner.Supports(spec, Device.Portable)) return null;
        KernelPlan plan = DevicePlanner.Plan(spec, Device.Portable, aligned: false);
        return PortableBackend.Lower(plan, Scalars(plan, method));
    }

    /// <summary>The operands that the method takes by value.</summary>
    private static HashSet<string> Scalars(KernelPlan plan, MethodSpec method) =>
        [.. plan.Bindings.OfType<Binding.Operand>().Where(operand => Argument(method, operand).Shape == ParameterShape.Scalar).Select(operand => operand.Buffer)];

    private static GpuParameter Parameter(KernelPlan plan, PtxParameter parameter)
    {
        if (parameter.Map is { } map) return new GpuParameter.TensorMap(plan.Bindings.Single(binding => binding.Buffer == map.Buffer), map.Element, map.Box, map.SwizzleBytes, map.Dims, map.StrideBytes);
        return plan.Bindings.FirstOrDefault(binding => binding.Buffer == parameter.Name) is { } bound
            ? new GpuParameter.Bound(bound, plan.Program.Buffers.Single(buffer => buffer.Name == parameter.Name).Element)
            : new GpuParameter.Size(parameter.Name);
    }

    /// <summary>Bytes of a line of each matrix that the caller passes, where its leading dimension is an argument and says nothing of that.</summary>
    private static IEnumerable<Index> LineBytes(KernelPlan plan) =>
        from binding in plan.Bindings.OfType<Binding.Operand>()
        let buffer = plan.Program.Buffers.Single(candidate => candidate.Name == binding.Buffer)
        let last = buffer.Shape.Count - 1
        where buffer.LineAlignment >= LineAlignment && last >= 1 && buffer.Strides.Count > 0 && !buffer.Strides[last - 1].Equals(buffer.Shape[last])
        // Of elements of four bits 16 bytes are 32: 0 where the line is made of them, else 1.
        select Elements.IsNibble(buffer.Element) ? Index.CeilDiv(Index.Mod(buffer.Shape[last], 32), 32) : buffer.Shape[last] * Elements.Bytes(buffer.Element);

    /// <summary>Vectors of the caller's that are read 16 bytes at a time.</summary>
    private static IEnumerable<Binding.Operand> Vectors(KernelPlan plan) =>
        plan.Bindings.OfType<Binding.Operand>().Where(binding => plan.Program.Buffers.Any(buffer => buffer.Name == binding.Buffer && buffer.Shape.Count == 1 && buffer.LineAlignment >= LineAlignment));

    private static ParameterSpec Argument(MethodSpec method, Binding.Operand operand) => method.WithRole(operand.Role).ElementAt(operand.Ordinal);

    /// <summary>The kernel's name in the letters that PTX has for identifiers.</summary>
    private static string EntryName(KernelSpec spec, PtxTarget target, bool isAligned)
    {
        var name = new StringBuilder();
        foreach (char c in KernelName.Of(spec)) name.Append(char.IsLetterOrDigit(c) ? c : '_');
        return name.Append('_').Append(target.Name.Replace("_", "")).Append(isAligned ? "_aligned" : "_ragged").ToString();
    }
}
