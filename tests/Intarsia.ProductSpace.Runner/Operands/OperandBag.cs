using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Intarsia.ProductSpace.Operands;

/// <summary>
/// Everything one call needs, by the name of its role. Generated adaptors read it; the names of its methods are those of the parameter types.
/// Matrices and vectors lie in <see cref="GuardedMemory"/>.
/// </summary>
public sealed unsafe class OperandBag : IDisposable
{
    private readonly Dictionary<string, Operand> _operands = [];
    private readonly Dictionary<string, Array> _lists = [];
    private readonly Dictionary<string, GuardedMemory> _addresses = [];
    private readonly Dictionary<string, double> _scalars = [];

    /// <summary>The packed weights.</summary>
    /// <exception cref="InvalidOperationException">The call has none.</exception>
    public PackedMatrix Packed => PackedOrNull ?? throw new InvalidOperationException("The call has no packed weights.");

    public PackedMatrix? PackedOrNull { get; set; }

    /// <summary>The packed edges of a relational product.</summary>
    /// <exception cref="InvalidOperationException">The call has none.</exception>
    public PackedMatrix Graph => GraphOrNull ?? throw new InvalidOperationException("The call has no graph.");

    public PackedMatrix? GraphOrNull { get; set; }

    /// <summary>The names of the operands in memory.</summary>
    public IEnumerable<string> Names => _operands.Keys;

    /// <summary>Adds an operand, filled with sentinels, and gives its memory.</summary>
    /// <param name="name">The role.</param>
    /// <param name="rows">Rows as they lie in memory; 1 for a vector.</param>
    /// <param name="columns">Elements of a row.</param>
    /// <param name="stride">Elements from one row to the next.</param>
    /// <param name="guardAfter">On which side the inaccessible page stands.</param>
    public Span<T> Add<T>(string name, int rows, int columns, int stride, bool guardAfter) where T : unmanaged
    {
        int footprint = rows == 0 || columns == 0 ? 0 : checked((rows - 1) * stride + columns);
        return AddExtent<T>(name, footprint, rows, columns, stride, guardAfter);
    }

    /// <summary>Adds an operand whose elements in memory are counted by the caller: the terms of a batch.</summary>
    public Span<T> AddExtent<T>(string name, int elements, int rows, int columns, int stride, bool guardAfter) where T : unmanaged
    {
        var memory = new GuardedMemory(elements * sizeof(T), sizeof(T), guardAfter);
        _operands.Add(name, new Operand(memory, rows, columns, stride, sizeof(T)));
        return MemoryMarshal.Cast<byte, T>(memory.Bytes);
    }

    /// <summary>Adds a vector.</summary>
    public void AddVector<T>(string name, ReadOnlySpan<T> values, bool guardAfter) where T : unmanaged =>
        values.CopyTo(Add<T>(name, 1, values.Length, values.Length, guardAfter));

    public void AddScalar(string name, double value) => _scalars.Add(name, value);

    /// <summary>Declares an operand as a list of terms, each <paramref name="length"/> elements from its offset.</summary>
    public void AddList<T>(string name, IReadOnlyList<int> offsets, int length) where T : unmanaged
    {
        T* start = (T*)_operands[name].Memory.Pointer;
        _lists.Add(name, offsets.Select(offset => (ReadOnlyMemory<T>)new NativeMemoryManager<T>(start + offset, length).Memory).ToArray());
    }

    /// <summary>Declares an operand as a table of addresses.</summary>
    public void AddAddresses<T>(string name, IReadOnlyList<int> offsets) where T : unmanaged
    {
        var memory = new GuardedMemory(offsets.Count * sizeof(nint), sizeof(nint));
        T** table = (T**)memory.Pointer;
        for (int i = 0; i < offsets.Count; i++) table[i] = (T*)_operands[name].Memory.Pointer + offsets[i];
        _addresses.Add(name, memory);
    }

    public T Scalar<T>(string name) where T : System.Numerics.INumber<T> => T.CreateChecked(_scalars[name]);

    public Span<T> Span<T>(string name) where T : unmanaged => MemoryMarshal.Cast<byte, T>(_operands[name].Bytes);

    public ReadOnlySpan<T> ReadOnlySpan<T>(string name) where T : unmanaged => Span<T>(name);

    public TensorSpan<T> TensorSpan<T>(string name) where T : unmanaged
    {
        Operand operand = _operands[name];
        // A tensor with an empty dimension has no strides to speak of.
        return operand.Rows == 0 || operand.Columns == 0
            ? new TensorSpan<T>(Span<T>(name), [operand.Rows, operand.Columns])
            : new TensorSpan<T>(Span<T>(name), [operand.Rows, operand.Columns], [operand.Rows == 1 ? 0 : operand.Stride, operand.Columns == 1 ? 0 : 1]);
    }

    public ReadOnlyTensorSpan<T> ReadOnlyTensorSpan<T>(string name) where T : unmanaged => TensorSpan<T>(name);

    public ReadOnlySpan<ReadOnlyMemory<T>> List<T>(string name) where T : unmanaged => (ReadOnlyMemory<T>[])_lists[name];

    public T** Addresses<T>(string name) where T : unmanaged => (T**)_addresses[name].Pointer;

    /// <summary>The bytes of an operand.</summary>
    public Span<byte> Bytes(string name) => _operands[name].Bytes;

    /// <summary>Elements of an operand.</summary>
    public int Count(string name) => _operands[name].Length / _operands[name].ElementSize;

    /// <summary>Names an operand around which something was written, or null.</summary>
    public string? FirstBrokenBand() => _operands.FirstOrDefault(entry => !entry.Value.Memory.BandsIntact).Key;

    /// <summary>Replaces an operand by one whose last elements are missing: for calls that must be refused.</summary>
    public void Shorten(string name, int elements)
    {
        Operand old = _operands[name];
        var memory = new GuardedMemory(old.Memory.Length - elements * old.ElementSize, old.ElementSize);
        old.Memory.Bytes[..memory.Length].CopyTo(memory.Bytes);
        old.Memory.Dispose();
        _operands[name] = old with { Memory = memory };
    }

    /// <summary>Lets an operand lie over another, byte for byte from the start of both: for calls that must be refused.</summary>
    public void Overlap(string name, string with)
    {
        (Operand moved, Operand host) = (_operands[name], _operands[with]);
        var memory = new GuardedMemory(Math.Max(moved.Memory.Length, host.Memory.Length), 16);
        moved.Memory.Bytes.CopyTo(memory.Bytes);
        host.Memory.Bytes.CopyTo(memory.Bytes);
        int movedLength = moved.Length, hostLength = host.Length;
        moved.Memory.Dispose();
        host.Memory.Dispose();
        _operands[name] = moved with { Memory = memory, Shared = movedLength };
        _operands[with] = host with { Memory = memory, Shared = hostLength };
    }

    /// <summary>Changes a number.</summary>
    public void SetScalar(string name, double value) => _scalars[name] = value;

    public void Dispose()
    {
        foreach (GuardedMemory memory in _operands.Values.Select(operand => operand.Memory).Distinct()) memory.Dispose();
        foreach (GuardedMemory memory in _addresses.Values) memory.Dispose();
    }

    private sealed record Operand(GuardedMemory Memory, int Rows, int Columns, int Stride, int ElementSize)
    {
        /// <summary>Bytes of this operand in memory it shares with another; −1 where it has its own.</summary>
        public int Shared { get; init; } = -1;

        public int Length => Shared < 0 ? Memory.Length : Shared;

        public Span<byte> Bytes => Memory.Bytes[..Length];
    }
}
