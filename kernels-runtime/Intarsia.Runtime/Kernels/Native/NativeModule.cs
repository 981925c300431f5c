using System.ComponentModel;
using System.Globalization;
using System.Runtime.CompilerServices;

namespace Intarsia.Kernels;

/// <summary>The machine code of one assembly's kernels, mapped once. Where it cannot be, the managed kernels run and <see cref="KernelInfo.NativeCode"/> says why. See docs/native.md.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public sealed unsafe class NativeModule
{
    /// <summary>The most addresses a function takes, and the most values behind them.</summary>
    private const int MaxOperands = 7, MaxValues = 16;

    private readonly nint[] _entries;
    private readonly string? _obstacle;
    private readonly int _length;

    /// <summary>Where the machine code of assemblies gets its memory from.</summary>
    internal static ICodePages Pages { get; set; } = new LinuxCodePages();

    internal NativeModule(IReadOnlyList<byte[]> functions, string? obstacle, ICodePages pages)
    {
        _entries = new nint[functions.Count];
        _obstacle = obstacle;
        if (obstacle is not null) return;

        // Each function begins on a cache line; what lies between traps.
        _length = functions.Sum(function => Aligned(function.Length));
        byte[] code = new byte[_length];
        code.AsSpan().Fill(0xCC);
        int at = 0;
        for (int i = 0; i < functions.Count; i++)
        {
            functions[i].CopyTo(code, at);
            _entries[i] = at;
            at += Aligned(functions[i].Length);
        }
        _obstacle = pages.Map(code, out nint address);
        for (int i = 0; i < _entries.Length; i++) _entries[i] = _obstacle is null ? address + _entries[i] : 0;
    }

    /// <summary>Whether kernels that need these extensions run as machine code in this process.</summary>
    public bool Runs(NativeFeatures needed) => _obstacle is null && (needed & ~NativeCpu.Features) == 0;

    /// <summary>Which path a kernel takes that needs these extensions, and why.</summary>
    public string Report(NativeFeatures needed)
    {
        if (_obstacle is not null) return "not used: " + _obstacle;
        NativeFeatures missing = needed & ~NativeCpu.Features;
        return missing != 0 ? $"not used: the processor lacks {missing}" : string.Format(CultureInfo.InvariantCulture, "used: {0}, {1:N0} bytes mapped read-execute", needed, _length);
    }

    /// <summary>Calls a function with addresses that stay where they are until it returns, and numbers behind them.</summary>
    /// <param name="function">The number of the function, in the order in which they were added.</param>
    /// <param name="a">The first operand.</param>
    /// <param name="b">The second operand.</param>
    /// <param name="c">The third operand.</param>
    /// <param name="values">At most 16 numbers.</param>
    /// <exception cref="InvalidOperationException">The code is not mapped.</exception>
    public void Call(int function, ref byte a, ref byte b, ref byte c, ReadOnlySpan<nint> values)
    {
        fixed (byte* pa = &a, pb = &b, pc = &c) Run(function, [(nint)pa, (nint)pb, (nint)pc], values);
    }

    /// <summary>The same with four operands.</summary>
    public void Call(int function, ref byte a, ref byte b, ref byte c, ref byte d, ReadOnlySpan<nint> values)
    {
        fixed (byte* pa = &a, pb = &b, pc = &c, pd = &d) Run(function, [(nint)pa, (nint)pb, (nint)pc, (nint)pd], values);
    }

    /// <summary>The same with five operands.</summary>
    public void Call(int function, ref byte a, ref byte b, ref byte c, ref byte d, ref byte e, ReadOnlySpan<nint> values)
    {
        fixed (byte* pa = &a, pb = &b, pc = &c, pd = &d, pe = &e) Run(function, [(nint)pa, (nint)pb, (nint)pc, (nint)pd, (nint)pe], values);
    }

    /// <summary>The same with six operands.</summary>
    public void Call(int function, ref byte a, ref byte b, ref byte c, ref byte d, ref byte e, ref byte f, ReadOnlySpan<nint> values)
    {
        fixed (byte* pa = &a, pb = &b, pc = &c, pd = &d, pe = &e, pf = &f) Run(function, [(nint)pa, (nint)pb, (nint)pc, (nint)pd, (nint)pe, (nint)pf], values);
    }

    /// <summary>The same with seven operands.</summary>
    public void Call(int function, ref byte a, ref byte b, ref byte c, ref byte d, ref byte e, ref byte f, ref byte g, ReadOnlySpan<nint> values)
    {
        fixed (byte* pa = &a, pb = &b, pc = &c, pd = &d, pe = &e, pf = &f, pg = &g) Run(function, [(nint)pa, (nint)pb, (nint)pc, (nint)pd, (nint)pe, (nint)pf, (nint)pg], values);
    }

    // A plain unmanaged call leaves the thread in preemptive mode, so that a kernel never holds up a collection.
    [SkipLocalsInit]
    private void Run(int function, ReadOnlySpan<nint> operands, ReadOnlySpan<nint> values)
    {
        nint entry = _entries[function];
        if (entry == 0) throw new InvalidOperationException($"Machine code is {Report(NativeFeatures.None)}.");
        nint* arguments = stackalloc nint[MaxOperands + MaxValues];
        operands.CopyTo(new Span<nint>(arguments, MaxOperands));
        values.CopyTo(new Span<nint>(arguments + operands.Length, MaxValues));
        ((delegate* unmanaged<nint*, void>)entry)(arguments);
    }

    private static int Aligned(int length) => (length + 63) / 64 * 64;

    /// <summary>Collects the functions of an assembly.</summary>
    public sealed class Builder
    {
        private readonly List<byte[]> _functions = [];

        /// <summary>Adds a function that takes one argument, the address of its arguments, in the System V convention.</summary>
        public Builder Add(ReadOnlySpan<byte> code)
        {
            _functions.Add(code.ToArray());
            return this;
        }

        /// <summary>Maps the functions, if this process can run them.</summary>
        public NativeModule Build() => new(_functions, NativeCpu.Obstacle(), Pages);
    }
}
