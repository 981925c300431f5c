using System.Runtime.InteropServices;
using Intarsia.Compiler.Backends.Ptx;
using Intarsia.Compiler.Planning;
using Intarsia.Compiler.Specs;
using Intarsia.Compiler.Tiles;
using Intarsia.Verification;
using static Intarsia.Bench.Gpu.Devices.CudaDriver;

namespace Intarsia.Bench.Gpu.Devices;

/// <summary>A kernel on a CUDA device with its operands.</summary>
internal sealed unsafe class CudaKernel : BoundKernel
{
    private const int TensorMapBytes = 128;

    private readonly CudaGpu _gpu;
    private readonly string _name;
    private readonly PtxKernel _kernel;
    private readonly KernelPlan _plan;
    private readonly PlanOperands _operands;
    private readonly Dictionary<string, nint> _buffers = new(StringComparer.Ordinal);
    private readonly List<nint> _allocated = [];
    private readonly List<byte[]> _arguments = [];
    private readonly nint _module;
    private readonly nint _function;
    private readonly int[] _offsets;
    private readonly (uint X, uint Y, uint Z) _grid;
    private int _turn;

    /// <param name="gpu">The device.</param>
    /// <param name="kernel">The kernel.</param>
    /// <param name="plan">Its plan.</param>
    /// <param name="operands">Its operands.</param>
    /// <param name="streamedBytes">Launches take turns among copies of the weights that take so many bytes together; 0 for no copy.</param>
    public CudaKernel(CudaGpu gpu, PtxKernel kernel, KernelPlan plan, PlanOperands operands, long streamedBytes = 0)
    {
        (_gpu, _kernel, _plan, _operands, _name) = (gpu, kernel, plan, operands, plan.Program.Name);
        foreach ((string name, Array array) in operands.Buffers)
        {
            Span<byte> bytes = Bytes(array);
            _buffers[name] = Allocate(bytes.Length);
            CudaGpu.Upload(_buffers[name], bytes);
        }
        _module = CudaGpu.Load(kernel.Text, out _function, kernel.Entry, kernel.SharedBytes);
        _grid = (Extent(kernel.GridX), Extent(kernel.GridY), Extent(kernel.GridZ));
        _offsets = new int[kernel.Parameters.Count];
        // Tensor maps stand at multiples of 64 bytes.
        for (int i = 0; i < _offsets.Length; i++) _offsets[i] = i * TensorMapBytes;

        string[] weights = [.. plan.Bindings.Where(b => b is Binding.Prepared or Binding.PackedScales or Binding.Operand { Role: Role.Weights }).Select(b => b.Buffer).Where(_buffers.ContainsKey)];
        WeightBytes = weights.Sum(name => (long)Bytes(operands.Buffers[name]).Length);
        for (long bytes = 0; bytes == 0 || bytes < streamedBytes; bytes += Math.Max(1, WeightBytes))
        {
            var buffers = new Dictionary<string, nint>(_buffers, StringComparer.Ordinal);
            foreach (string name in weights.Where(_ => bytes > 0))
            {
                int length = Bytes(operands.Buffers[name]).Length;
                buffers[name] = Allocate(length);
                if (length > 0) Check(cuMemcpyDtoD_v2(buffers[name], _buffers[name], (nuint)length), $"copy of {name}");
            }
            byte[] values = GC.AllocateArray<byte>(_offsets.Length * TensorMapBytes + 64, pinned: true);
            for (int i = 0; i < _offsets.Length; i++) Write(kernel.Parameters[i], buffers, values.AsSpan(Start(values) + _offsets[i]));
            _arguments.Add(values);
        }
    }

    /// <summary>Bytes of the weights, scales included.</summary>
    public long WeightBytes { get; }

    /// <summary>Copies of the weights that launches take turns among.</summary>
    public int Copies => _arguments.Count;

    /// <summary>Bytes of every operand: the least that one launch moves.</summary>
    public long OperandBytes => _operands.Buffers.Values.Sum(array => (long)Bytes(array).Length);

    public override void Launch()
    {
        if (_grid.X == 0 || _grid.Y == 0 || _grid.Z == 0) return;
        byte[] values = _arguments[_turn];
        _turn = (_turn + 1) % _arguments.Count;
        void** arguments = stackalloc void*[_offsets.Length];
        byte* first = (byte*)Marshal.UnsafeAddrOfPinnedArrayElement(values, Start(values));
        for (int i = 0; i < _offsets.Length; i++) arguments[i] = first + _offsets[i];
        Check(cuLaunchKernel(_function, _grid.X, _grid.Y, _grid.Z, (uint)_kernel.Threads, 1, 1, (uint)_kernel.SharedBytes, _gpu.Stream, arguments, null), $"launch of {_name}");
    }

    public override double[] ReadY()
    {
        _gpu.Wait(_name);
        foreach (BufferDecl buffer in _plan.Program.Buffers.Where(b => b.Role is BufferRole.Output or BufferRole.InOut)) CudaGpu.Download(_buffers[buffer.Name], Bytes(_operands.Buffers[buffer.Name]));
        return _operands.ReadY();
    }

    public override void Dispose()
    {
        // Freeing waits for what runs.
        if (_gpu.IsLost) return;
        foreach (nint address in _allocated) _ = cuMemFree_v2(address);
        _ = cuModuleUnload(_module);
    }

    private nint Allocate(long bytes)
    {
        _allocated.Add(CudaGpu.Allocate(bytes));
        return _allocated[^1];
    }

    /// <summary>Where the arguments begin.</summary>
    private static int Start(byte[] values) => (int)((64 - Marshal.UnsafeAddrOfPinnedArrayElement(values, 0) % 64) % 64);

    private void Write(PtxParameter parameter, Dictionary<string, nint> buffers, Span<byte> target)
    {
        switch (parameter.Kind)
        {
            case PtxParameterKind.Address:
                MemoryMarshal.Write(target, buffers[parameter.Name]);
                break;
            case PtxParameterKind.Size:
                MemoryMarshal.Write(target, (uint)_operands.Sizes[parameter.Name]);
                break;
            case PtxParameterKind.Single:
                MemoryMarshal.Write(target, ((float[])_operands.Buffers[parameter.Name])[0]);
                break;
            default:
                Encode(parameter.Map!, buffers, target);
                break;
        }
    }

    private void Encode(TensorMapPlan map, Dictionary<string, nint> buffers, Span<byte> target)
    {
        int rank = map.Dims.Count;
        // The driver takes no map of nothing, and no kernel reads one.
        if (map.Dims.Any(extent => IndexEvaluator.Evaluate(extent, _operands.Sizes) == 0))
        {
            target[..TensorMapBytes].Clear();
            return;
        }
        ulong* dims = stackalloc ulong[rank], strides = stackalloc ulong[rank];
        uint* box = stackalloc uint[rank], steps = stackalloc uint[rank];
        for (int i = 0; i < rank; i++)
        {
            (dims[i], box[i], steps[i]) = ((ulong)IndexEvaluator.Evaluate(map.Dims[i], _operands.Sizes), (uint)map.Box[i], 1);
            if (i < map.StrideBytes.Count) strides[i] = (ulong)IndexEvaluator.Evaluate(map.StrideBytes[i], _operands.Sizes);
        }
        int type = map.Element switch { ElementType.F16 => 6, ElementType.BF16 => 9, ElementType.F32 => 7, _ => 0 };
        int swizzle = map.SwizzleBytes switch { 32 => 1, 64 => 2, 128 => 3, _ => 0 };
        fixed (byte* bytes = target) Check(cuTensorMapEncodeTiled(bytes, type, (uint)rank, buffers[map.Buffer], dims, strides, box, steps, 0, swizzle, 2, 0), $"tensor map of {map.Buffer}");
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
