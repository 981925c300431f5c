using System.Runtime.InteropServices;
using Intarsia.Compiler.Backends.Ptx;
using Intarsia.Compiler.Planning;
using Intarsia.Compiler.Tiles;
using Intarsia.Verification;
using static Intarsia.Bench.Gpu.CudaDriver;

namespace Intarsia.Bench.Gpu;

/// <summary>A kernel on the device with its operands: ready to launch, and to read back.</summary>
internal sealed unsafe class BoundKernel : IDisposable
{
    private readonly PtxKernel _kernel;
    private readonly PlanOperands _operands;
    private readonly Dictionary<string, nint> _buffers = new(StringComparer.Ordinal);
    private readonly nint _module;
    private readonly nint _function;
    private readonly byte[] _values;
    private readonly int[] _offsets;
    private readonly (uint X, uint Y, uint Z) _grid;

    public BoundKernel(PtxKernel kernel, PlanOperands operands)
    {
        (_kernel, _operands) = (kernel, operands);
        foreach ((string name, Array array) in operands.Buffers)
        {
            Span<byte> bytes = Bytes(array);
            _buffers[name] = Gpu.Allocate(bytes.Length);
            Gpu.Upload(_buffers[name], bytes);
        }
        _module = Gpu.Load(kernel.Text, out _function, kernel.Entry, kernel.SharedBytes);
        _grid = (Extent(kernel.GridX), Extent(kernel.GridY), Extent(kernel.GridZ));
        _offsets = new int[kernel.Parameters.Count];
        int length = 0;
        for (int i = 0; i < _offsets.Length; i++)
        {
            _offsets[i] = (length + 63) / 64 * 64;
            length = _offsets[i] + 128;
        }
        _values = GC.AllocateArray<byte>(length + 64, pinned: true);
        for (int i = 0; i < _offsets.Length; i++) Write(kernel.Parameters[i], _values.AsSpan(Start + _offsets[i]));
    }

    /// <summary>Bytes of every operand: the least that one launch moves.</summary>
    public long OperandBytes() => _operands.Buffers.Values.Sum(array => (long)Bytes(array).Length);

    public void Launch()
    {
        if (_grid.X == 0 || _grid.Y == 0 || _grid.Z == 0) return;
        void** arguments = stackalloc void*[_offsets.Length];
        byte* first = (byte*)Marshal.UnsafeAddrOfPinnedArrayElement(_values, Start);
        for (int i = 0; i < _offsets.Length; i++) arguments[i] = first + _offsets[i];
        Check(cuLaunchKernel(_function, _grid.X, _grid.Y, _grid.Z, (uint)_kernel.Threads, 1, 1, (uint)_kernel.SharedBytes, 0, arguments, null), $"launch of {_kernel.Entry}");
    }

    /// <summary>The result, rows×columns, logical.</summary>
    public double[] ReadY(KernelPlan plan)
    {
        Check(cuCtxSynchronize(), $"run of {_kernel.Entry}");
        foreach (BufferDecl buffer in plan.Program.Buffers.Where(b => b.Role is BufferRole.Output or BufferRole.InOut)) Gpu.Download(_buffers[buffer.Name], Bytes(_operands.Buffers[buffer.Name]));
        return _operands.ReadY();
    }

    public void Dispose()
    {
        foreach (nint address in _buffers.Values) _ = cuMemFree_v2(address);
        _ = cuModuleUnload(_module);
    }

    /// <summary>Where the arguments begin: tensor maps stand at multiples of 64 bytes.</summary>
    private int Start
    {
        get
        {
            nint address = Marshal.UnsafeAddrOfPinnedArrayElement(_values, 0);
            return (int)((64 - address % 64) % 64);
        }
    }

    private void Write(PtxParameter parameter, Span<byte> target)
    {
        switch (parameter.Kind)
        {
            case PtxParameterKind.Address:
                MemoryMarshal.Write(target, _buffers[parameter.Name]);
                break;
            case PtxParameterKind.Size:
                MemoryMarshal.Write(target, (uint)_operands.Sizes[parameter.Name]);
                break;
            case PtxParameterKind.Single:
                MemoryMarshal.Write(target, ((float[])_operands.Buffers[parameter.Name])[0]);
                break;
            default:
                Encode(parameter.Map!, target);
                break;
        }
    }

    private void Encode(TensorMapPlan map, Span<byte> target)
    {
        int rank = map.Dims.Count;
        ulong* dims = stackalloc ulong[rank], strides = stackalloc ulong[rank];
        uint* box = stackalloc uint[rank], steps = stackalloc uint[rank];
        for (int i = 0; i < rank; i++)
        {
            (dims[i], box[i], steps[i]) = ((ulong)IndexEvaluator.Evaluate(map.Dims[i], _operands.Sizes), (uint)map.Box[i], 1);
            if (i < map.StrideBytes.Count) strides[i] = (ulong)IndexEvaluator.Evaluate(map.StrideBytes[i], _operands.Sizes);
        }
        int type = map.Element switch { ElementType.F16 => 6, ElementType.BF16 => 9, ElementType.F32 => 7, _ => 0 };
        int swizzle = map.SwizzleBytes switch { 32 => 1, 64 => 2, 128 => 3, _ => 0 };
        fixed (byte* bytes = target) Check(cuTensorMapEncodeTiled(bytes, type, (uint)rank, _buffers[map.Buffer], dims, strides, box, steps, 0, swizzle, 2, 0), $"tensor map of {map.Buffer}");
    }

    private uint Extent(Compiler.Tiles.Index index) => checked((uint)IndexEvaluator.Evaluate(index, _operands.Sizes));

    private static Span<byte> Bytes(Array array)
    {
        if (array.Length == 0) return [];
        Type element = array.GetType().GetElementType()!;
        int size = element == typeof(Half) || element == typeof(BFloat16) ? 2 : Marshal.SizeOf(element);
        return MemoryMarshal.CreateSpan(ref MemoryMarshal.GetArrayDataReference(array), checked(array.Length * size));
    }
}
