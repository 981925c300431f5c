using System.Runtime.InteropServices;
using Intarsia.Compiler.Backends.Ptx;
using Intarsia.Compiler.Planning;
using Intarsia.Compiler.Tiles;
using Intarsia.PtxEmulator;
using Intarsia.Verification;

namespace Intarsia.Gpu.Tests;

/// <summary>Runs the PTX of a plan in the emulator, on the operands of the reference.</summary>
internal static class EmulatedKernel
{
    /// <summary>Lowers a plan for the target of its device.</summary>
    public static PtxKernel Lower(KernelPlan plan, PtxTarget target, ISet<string> scalars) => KernelLowering.Lower(plan, target, "kernel", scalars);

    /// <summary>Whether a grid has no thread block, so that nothing is launched: a result without stored blocks.</summary>
    public static bool IsEmpty(PtxKernel kernel, PlanOperands operands) => new[] { kernel.GridX, kernel.GridY, kernel.GridZ }.Any(extent => IndexEvaluator.Evaluate(extent, operands.Sizes) == 0);

    /// <summary>Executes a kernel; the result lies in the operands afterwards.</summary>
    public static LaunchReport Run(PtxKernel kernel, KernelPlan plan, PlanOperands operands, ISet<string> scalars, PtxMachineOptions? options = null)
    {
        using var memory = new DeviceMemory();
        var buffers = new Dictionary<string, DeviceBuffer>(StringComparer.Ordinal);
        foreach ((string name, Array array) in operands.Buffers)
        {
            if (scalars.Contains(name)) continue;
            Span<byte> bytes = Bytes(array);
            DeviceBuffer buffer = memory.Allocate(Math.Max(1, bytes.Length), name);
            buffer.CopyFrom<byte>(bytes);
            buffers.Add(name, buffer);
        }
        PtxArgument[] arguments = kernel.Parameters.Select(p => p.Kind switch
        {
            PtxParameterKind.Address => (PtxArgument)buffers[p.Name],
            PtxParameterKind.Single => ((float[])operands.Buffers[p.Name])[0],
            PtxParameterKind.Size => (uint)operands.Sizes[p.Name],
            _ => Map(p.Map!, buffers[p.Name], operands.Sizes),
        }).ToArray();
        var grid = new Dim3((int)IndexEvaluator.Evaluate(kernel.GridX, operands.Sizes), (int)IndexEvaluator.Evaluate(kernel.GridY, operands.Sizes), (int)IndexEvaluator.Evaluate(kernel.GridZ, operands.Sizes));
        LaunchReport report = new PtxMachine(memory, options).Launch(PtxModule.Parse(kernel.Text).Entry(kernel.Entry), new LaunchConfig(grid, new Dim3(kernel.Threads), kernel.SharedBytes), arguments);
        foreach (BufferDecl buffer in plan.Program.Buffers.Where(b => b.Role is BufferRole.Output or BufferRole.InOut))
        {
            Span<byte> bytes = Bytes(operands.Buffers[buffer.Name]);
            if (bytes.Length > 0) buffers[buffer.Name].CopyTo<byte>(bytes);
        }
        return report;
    }

    private static TensorMap Map(TensorMapPlan map, DeviceBuffer buffer, IReadOnlyDictionary<string, long> sizes) => TensorMap.Tiled(
        map.Element switch
        {
            ElementType.F16 => TensorMapDataType.Float16,
            ElementType.BF16 => TensorMapDataType.BFloat16,
            ElementType.F32 => TensorMapDataType.Float32,
            _ => TensorMapDataType.UInt8,
        },
        buffer.Address,
        // A map of nothing, which no kernel reads, is none to the driver either.
        [.. map.Dims.Select(extent => Math.Max(1, IndexEvaluator.Evaluate(extent, sizes)))],
        [.. map.StrideBytes.Select(stride => Math.Max(16, IndexEvaluator.Evaluate(stride, sizes)))],
        [.. map.Box],
        [],
        swizzle: map.SwizzleBytes switch { 32 => TensorMapSwizzle.Bytes32, 64 => TensorMapSwizzle.Bytes64, _ => TensorMapSwizzle.Bytes128 });

    private static Span<byte> Bytes(Array array) =>
        array.Length == 0 ? [] : MemoryMarshal.CreateSpan(ref MemoryMarshal.GetArrayDataReference(array), array.Length * SizeOf(array.GetType().GetElementType()!));

    private static int SizeOf(Type element) => element == typeof(Half) || element == typeof(BFloat16) ? 2 : Marshal.SizeOf(element);
}
