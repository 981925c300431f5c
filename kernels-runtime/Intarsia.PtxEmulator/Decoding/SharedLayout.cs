using Intarsia.PtxEmulator.Parsing;

namespace Intarsia.PtxEmulator.Decoding;

/// <summary>
/// Where the shared variables of a kernel lie. The first KiB is left free, as devices of compute capability 9.0 reserve it, so that address 0 is never valid; dynamic shared memory follows the static.
/// </summary>
internal sealed class SharedLayout
{
    /// <summary>The first address that belongs to the block.</summary>
    public const int Base = 1024;

    private readonly List<(string Name, int Address, int Size)> _variables = [];

    // Variables of module scope are laid out again for each entry, and decoding reads their addresses before the next entry begins.
    public SharedLayout(IEnumerable<Variable> variables)
    {
        int next = Base;
        int dynamicAlignment = 16;
        Variable[] all = [.. variables];
        foreach (Variable variable in all.Where(variable => variable.Size > 0))
        {
            next = Align(next, variable.Alignment);
            variable.Address = next;
            next += variable.Size;
            _variables.Add((variable.Name, variable.Address, variable.Size));
        }
        foreach (Variable variable in all.Where(variable => variable.Size == 0)) dynamicAlignment = Math.Max(dynamicAlignment, variable.Alignment);
        StaticBytes = next - Base;
        DynamicBase = Align(next, dynamicAlignment);
        foreach (Variable variable in all.Where(variable => variable.Size == 0))
        {
            variable.Address = DynamicBase;
            DynamicName = variable.Name;
        }
    }

    public int StaticBytes { get; }

    /// <summary>Address of the dynamic shared memory.</summary>
    public int DynamicBase { get; }

    public string DynamicName { get; } = "dynamic shared memory";

    /// <summary>The first address behind the block's shared memory.</summary>
    public int End(int dynamicBytes) => dynamicBytes == 0 ? Base + StaticBytes : DynamicBase + dynamicBytes;

    /// <summary>Variable and offset at an address, for messages.</summary>
    public string Describe(uint address, int end)
    {
        foreach ((string name, int start, int size) in _variables)
        {
            if (address >= start && address < start + size) return $"{name} + {address - start}";
        }
        if (address >= DynamicBase && address < end) return $"{DynamicName} + {address - DynamicBase}";
        return $"in no variable; shared memory is 0x{Base:x}…0x{end:x}";
    }

    private static int Align(int value, int alignment) => (value + alignment - 1) / alignment * alignment;
}
