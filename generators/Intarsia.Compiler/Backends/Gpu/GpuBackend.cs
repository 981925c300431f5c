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
    public static GpuKernelText? Lower(KernelSpec spec, MethodSpec method) =>
        spec.IsContraction && spec.Weights.Pattern.Kind == Pattern.Dense
            ? new GpuKernelText(EquatableArray.Of(Target(spec, method, Device.Sm80, PtxTarget.Sm80, isAligned: true), Target(spec, method, Device.Sm80, PtxTarget.Sm80, isAligned: false)), Portable(spec, method))
            : null;

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
            Reasons = plan.Program.Reasons,
        };
    }

    private static PortableKernelText? Portable(KernelSpec spec, MethodSpec method)
    {
        KernelPlan plan = DevicePlanner.Plan(spec, Device.Portable, aligned: false);
        return PortableBackend.Lower(plan, Scalars(plan, method));
    }

    /// <summary>The operands that the method takes by value.</summary>
    private static HashSet<string> Scalars(KernelPlan plan, MethodSpec method) =>
        [.. plan.Bindings.OfType<Binding.Operand>().Where(operand => Argument(method, operand).Shape == ParameterShape.Scalar).Select(operand => operand.Buffer)];

    private static GpuParameter Parameter(KernelPlan plan, PtxParameter parameter) => plan.Bindings.FirstOrDefault(binding => binding.Buffer == parameter.Name) is { } binding
        ? new GpuParameter.Bound(binding, plan.Program.Buffers.Single(buffer => buffer.Name == parameter.Name).Element)
        : new GpuParameter.Size(parameter.Name);

    /// <summary>Bytes of a line of each matrix that the caller passes, where its leading dimension is an argument and says nothing of that.</summary>
    private static IEnumerable<Index> LineBytes(KernelPlan plan) =>
        from binding in plan.Bindings.OfType<Binding.Operand>()
        let buffer = plan.Program.Buffers.Single(candidate => candidate.Name == binding.Buffer)
        where buffer.Shape.Count == 2 && buffer.Strides.Count > 0 && !buffer.Strides[0].Equals(buffer.Shape[1])
        select buffer.Shape[1] * Elements.Bytes(buffer.Element);

    private static ParameterSpec Argument(MethodSpec method, Binding.Operand operand) => method.WithRole(operand.Role).ElementAt(operand.Ordinal);

    /// <summary>The kernel's name in the letters that PTX has for identifiers.</summary>
    private static string EntryName(KernelSpec spec, PtxTarget target, bool isAligned)
    {
        var name = new StringBuilder();
        foreach (char c in KernelName.Of(spec)) name.Append(char.IsLetterOrDigit(c) ? c : '_');
        return name.Append('_').Append(target.Name.Replace("_", "")).Append(isAligned ? "_aligned" : "_ragged").ToString();
    }
}
