using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.Runtime;

namespace Intarsia.Ilgpu;

/// <summary>
/// Brings the values of a packed matrix into a kernel's order on the device: each from the slot that a list names, or 0 where it names none. Kernels in C# that ILGPU compiles, for every accelerator; they know no pattern and no order.
/// </summary>
internal abstract class ValueGather
{
    /// <summary>As many as portable kernels have.</summary>
    private const int Threads = 128;

    private static readonly ValueGather Bytes = new Of<byte, byte>("bytes", Move8, isMove: true);
    private static readonly ValueGather Shorts = new Of<ushort, ushort>("16 bits", Move16, isMove: true);
    private static readonly ValueGather Words = new Of<uint, uint>("32 bits", Move32, isMove: true);
    private static readonly ValueGather Halves = new Of<float, ushort>("binary16 to binary32", WidenHalves, isMove: false);
    private static readonly ValueGather BFloats = new Of<float, ushort>("bfloat16 to binary32", WidenBFloats, isMove: false);

    private ValueGather(int elementBytes, bool isMove) => (ElementBytes, IsMove) = (elementBytes, isMove);

    /// <summary>Bytes of an element in the kernel's order.</summary>
    public int ElementBytes { get; }

    /// <summary>Elements stay what they are.</summary>
    public bool IsMove { get; }

    /// <summary>What makes elements of a prepared form of those of a matrix; null where that takes more than their bits, such as scales or zero points.</summary>
    public static ValueGather? Find(PackedMatrix matrix, Type? element) => (matrix.Layout.Format, element) switch
    {
        _ when element is null || matrix.Layout.Scale is not (Per.None or Per.Tensor) || !matrix.ZeroPoints.IsEmpty || !HasPlaces(matrix.Slots) => null,
        (NumberFormat.Float32 or NumberFormat.TensorFloat32, _) when element == typeof(float) => Words,
        (NumberFormat.Float16, _) when element == typeof(System.Half) => Shorts,
        (NumberFormat.BFloat16, _) when element == typeof(BFloat16) => Shorts,
        (NumberFormat.Float16, _) when element == typeof(float) => Halves,
        (NumberFormat.BFloat16, _) when element == typeof(float) => BFloats,
        (NumberFormat.Int8, _) when element == typeof(sbyte) => Bytes,
        _ => null,
    };

    /// <summary>Whether places of so many slots can be listed: the numbers lie in one array of bytes on the host. The values of larger matrices go through the host.</summary>
    public static bool HasPlaces(long slots) => slots <= Array.MaxLength / sizeof(int);

    /// <summary>Queues the kernel.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="target">The values of the prepared form.</param>
    /// <param name="values">The values of the matrix.</param>
    /// <param name="places">1 and the slot of each value of the form, or 0.</param>
    public abstract void Launch(AcceleratorStream stream, ArrayView<byte> target, ArrayView<byte> values, ArrayView<int> places);

    private static void Move8(ArrayView<byte> target, ArrayView<byte> values, ArrayView<int> places)
    {
        int at = Grid.IdxX * Threads + Group.IdxX;
        if (at >= places.Length) return;
        int place = places[at];
        target[at] = place > 0 ? values[place - 1] : (byte)0;
    }

    private static void Move16(ArrayView<ushort> target, ArrayView<ushort> values, ArrayView<int> places)
    {
        int at = Grid.IdxX * Threads + Group.IdxX;
        if (at >= places.Length) return;
        int place = places[at];
        target[at] = place > 0 ? values[place - 1] : (ushort)0;
    }

    private static void Move32(ArrayView<uint> target, ArrayView<uint> values, ArrayView<int> places)
    {
        int at = Grid.IdxX * Threads + Group.IdxX;
        if (at >= places.Length) return;
        int place = places[at];
        target[at] = place > 0 ? values[place - 1] : 0u;
    }

    /// <summary>Every binary16 number is a binary32 number; what is taken apart is bits, since a device may have none of them.</summary>
    private static void WidenHalves(ArrayView<float> target, ArrayView<ushort> values, ArrayView<int> places)
    {
        int at = Grid.IdxX * Threads + Group.IdxX;
        if (at >= places.Length) return;
        int place = places[at];
        uint bits = place > 0 ? values[place - 1] : 0u, sign = (bits & 0x8000u) << 16, magnitude = bits & 0x7fffu;
        float subnormal = (int)magnitude * 5.9604645e-8f;
        if (magnitude >= 0x400u) target[at] = Interop.IntAsFloat(sign | ((magnitude << 13) + (magnitude < 0x7c00u ? 0x38000000u : 0x70000000u)));
        else target[at] = sign == 0u ? subnormal : -subnormal;
    }

    private static void WidenBFloats(ArrayView<float> target, ArrayView<ushort> values, ArrayView<int> places)
    {
        int at = Grid.IdxX * Threads + Group.IdxX;
        if (at >= places.Length) return;
        int place = places[at];
        target[at] = place > 0 ? Interop.IntAsFloat((uint)values[place - 1] << 16) : 0f;
    }

    private sealed class Of<TTarget, TValue>(string name, Action<ArrayView<TTarget>, ArrayView<TValue>, ArrayView<int>> kernel, bool isMove) : ValueGather(Unsafe.SizeOf<TTarget>(), isMove)
        where TTarget : unmanaged
        where TValue : unmanaged
    {
        private readonly PortableKernel<Action<AcceleratorStream, KernelConfig, ArrayView<TTarget>, ArrayView<TValue>, ArrayView<int>>> _kernel =
            new(new GpuKernel(nameof(DeviceMatrix), $"gather of {name}", null), Threads, accelerator => accelerator.LoadKernel(kernel));

        public override void Launch(AcceleratorStream stream, ArrayView<byte> target, ArrayView<byte> values, ArrayView<int> places)
        {
            if (places.Length == 0) return;
            int groups = (int)((places.Length + Threads - 1) / Threads);
            _kernel.On(stream)(stream, new KernelConfig(new Index3D(groups, 1, 1), new Index3D(Threads, 1, 1)), target.Cast<TTarget>(), values.Cast<TValue>(), places);
        }
    }
}
