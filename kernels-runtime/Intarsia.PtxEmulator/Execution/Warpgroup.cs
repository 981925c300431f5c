using Intarsia.PtxEmulator.Decoding;
using Intarsia.PtxEmulator.TensorCores;

namespace Intarsia.PtxEmulator.Execution;

/// <summary>What one warp brings to a <c>wgmma.mma_async</c>.</summary>
/// <param name="Rows">Rows of D.</param>
/// <param name="Registers">Ordinals of the registers of D, and of A if it is in registers.</param>
/// <param name="Metadata">Ordinal of the register of the metadata, or null.</param>
/// <param name="Scale">Whether D is added.</param>
internal sealed record WgmmaShare(int[] Rows, int[] Registers, int? Metadata, bool Scale)
{
    /// <summary>All that the tensor cores use until the multiplication is done. The metadata too: an H200 reads places that were loaded over them meanwhile.</summary>
    public int[] Used { get; } = Metadata is { } metadata ? [.. Registers, metadata] : Registers;
}

/// <summary>
/// The asynchronous multiplications of four warps (PTX ISA, section "Asynchronous Warpgroup Level Matrix Instructions"). One happens when the last of the four has issued it; until a warp has waited for its group,
/// the warp's registers must not be touched, nor the shared memory that was read be overwritten.
/// </summary>
internal sealed unsafe class Warpgroup(Block block, int index) : ISharedMemory
{
    private readonly List<Operation> _operations = [];
    private readonly int[] _issued = new int[4];
    private readonly int[] _committed = new int[4];
    private readonly int[] _released = new int[4];
    private readonly List<int>[] _groupEnds = [[], [], [], []];
    private Operation? _reading;
    private Warp? _reader;

    private sealed class Operation(Instruction instruction, WgmmaInstruction form, ulong a, ulong b, uint[] left, uint[] metadata)
    {
        public Instruction Instruction => instruction;

        public WgmmaInstruction Form => form;

        public ulong A => a;

        public ulong B => b;

        /// <summary>A in registers, or empty; [register · 128 + thread].</summary>
        public uint[] Left => left;

        public uint[] Metadata => metadata;

        public Warp?[] Warps { get; } = new Warp?[4];

        public WgmmaShare?[] Shares { get; } = new WgmmaShare?[4];

        /// <summary>Chunks of 16 bytes read from shared memory, until the first warp knows that it is complete.</summary>
        public List<uint>? Chunks { get; set; } = [];

        public bool IsDone { get; set; }
    }

    private int Agent => Clocks.FirstGroup + index;

    public void Reset()
    {
        _operations.Clear();
        Array.Clear(_issued);
        Array.Clear(_committed);
        Array.Clear(_released);
        foreach (List<int> ends in _groupEnds) ends.Clear();
    }

    /// <summary>A warp issues its next multiplication. Returns what is wrong, or null.</summary>
    public string? Issue(Warp warp, WgmmaInstruction form, WgmmaShare share, ReadOnlySpan<uint> left, ulong a, ulong b, ReadOnlySpan<uint> metadata, WgmmaImmediates immediates)
    {
        int rank = warp.Index & 3;
        int number = _issued[rank]++;
        if (number == _operations.Count) _operations.Add(new Operation(warp.Instruction, form, a, b, new uint[form.ARegisters * (left.IsEmpty ? 0 : 128)], new uint[metadata.IsEmpty ? 0 : 128]));
        Operation operation = _operations[number];
        for (int register = 0; register < left.Length / 32; register++) left.Slice(register * 32, 32).CopyTo(operation.Left.AsSpan(register * 128 + rank * 32));
        if (!metadata.IsEmpty) metadata.CopyTo(operation.Metadata.AsSpan(rank * 32));
        operation.Warps[rank] = warp;
        operation.Shares[rank] = share;
        warp.BeginUse(share.Used);
        bool same = ReferenceEquals(operation.Instruction, warp.Instruction) && operation.A == a && operation.B == b && (operation.Shares.FirstOrDefault(each => each is not null)?.Scale ?? share.Scale) == share.Scale;
        if (operation.Warps.All(each => each is not null)) Execute(operation, warp, immediates);
        block.Progress++;
        return same ? null : $"warps of warpgroup {index} issue different multiplications as their number {number + 1}: descriptors 0x{a:x} and 0x{b:x} here, 0x{operation.A:x} and 0x{operation.B:x} at line {operation.Instruction.Line}";
    }

    public void Commit(Warp warp)
    {
        int rank = warp.Index & 3;
        _groupEnds[rank].Add(_issued[rank]);
        _committed[rank]++;
    }

    /// <summary>Completes all but the last groups of a warp; false if other warps have yet to issue their part.</summary>
    public bool Wait(Warp warp, int pending)
    {
        int rank = warp.Index & 3;
        int groups = _committed[rank] - pending;
        if (groups <= 0) return true;
        int end = _groupEnds[rank][groups - 1];
        for (int i = _released[rank]; i < end; i++)
        {
            if (!_operations[i].IsDone) return false;
        }
        for (; _released[rank] < end; _released[rank]++) Release(_operations[_released[rank]], warp, rank, _released[rank]);
        return true;
    }

    uint ISharedMemory.Read(uint byteAddress, int bytes)
    {
        if (!Note(byteAddress & ~15u)) return 0;
        byte* at = block.Shared.Data + byteAddress;
        return bytes switch { 1 => *at, 2 => *(ushort*)at, _ => *(uint*)at };
    }

    void ISharedMemory.ReadChunk(uint byteAddress, Span<uint> words)
    {
        if (Note(byteAddress)) new ReadOnlySpan<uint>(block.Shared.Data + byteAddress, 4).CopyTo(words);
        else words.Clear();
    }

    private bool Note(uint chunk)
    {
        uint* address = stackalloc uint[32];
        address[0] = chunk;
        if (block.Shared.CheckBounds(_reader!, 1, address, 16, 16, "read of a matrix operand") == 0) return false;
        List<uint> chunks = _reading!.Chunks!;
        if (chunks.Count > 0 && chunks[^1] == chunk) return true;
        chunks.Add(chunk);
        block.Shared.BeginAsyncRead(_reader!, chunk, 16);
        return true;
    }

    private void Execute(Operation operation, Warp warp, WgmmaImmediates immediates)
    {
        _reading = operation;
        _reader = warp;
        WgmmaInstruction form = operation.Form;
        var d = new uint[form.DRegisters * 128];
        for (int rank = 0; rank < 4; rank++)
        {
            for (int i = 0; i < form.DRegisters; i++) new ReadOnlySpan<uint>(operation.Warps[rank]!.Registers + operation.Shares[rank]!.Rows[i], 32).CopyTo(d.AsSpan(i * 128 + rank * 32));
        }
        try
        {
            form.Execute(this, operation.Left, operation.A, operation.B, d, operation.Shares[0]!.Scale, immediates.ScaleA, immediates.ScaleB, immediates.TransposeA, immediates.TransposeB, operation.Metadata, immediates.Selector);
        }
        catch (TensorCoreException wrong)
        {
            warp.Report(FindingKind.InvalidOperand, 0, wrong.Message);
        }
        for (int rank = 0; rank < 4; rank++)
        {
            for (int i = 0; i < form.DRegisters; i++) d.AsSpan(i * 128 + rank * 32, 32).CopyTo(new Span<uint>(operation.Warps[rank]!.Registers + operation.Shares[rank]!.Rows[i], 32));
        }
        operation.IsDone = true;
        (_reading, _reader) = (null, null);
    }

    private void Release(Operation operation, Warp warp, int rank, int number)
    {
        warp.EndUse(operation.Shares[rank]!.Used);
        uint* seen = block.Clocks.Of(warp.Index);
        uint time = (uint)number + 1;
        seen[Agent] = Math.Max(seen[Agent], time);
        if (operation.Chunks is not { } chunks) return;
        foreach (uint chunk in chunks) block.Shared.EndAsyncRead(Agent, time, chunk, 16);
        operation.Chunks = null;
        block.Progress++;
    }
}

/// <summary>Immediate operands of <c>wgmma.mma_async</c>.</summary>
internal readonly record struct WgmmaImmediates(int ScaleA, int ScaleB, int TransposeA, int TransposeB, int Selector);
