using System.Numerics;
using Intarsia.PtxEmulator.Decoding;
using Intarsia.PtxEmulator.Execution;
using Intarsia.PtxEmulator.Parsing;

namespace Intarsia.PtxEmulator.Operations;

/// <summary><c>ld</c> and <c>st</c>. Cache hints have no effect; volatile and ordered accesses of shared memory order warps.</summary>
internal static class MemoryInstructions
{
    public static void Register(Dictionary<string, Func<InstructionDecoder, Operation>> table)
    {
        table["ld"] = Load;
        table["ldu"] = Load;
        table["st"] = Store;
        table["prefetch"] = Ignore;
        table["prefetchu"] = Ignore;
        table["applypriority"] = Ignore;
        table["discard"] = decode => throw decode.Error("'discard'", "it is not emulated");
    }

    /// <summary>Takes the modifiers that only hint.</summary>
    public static void TakeHints(InstructionDecoder decode)
    {
        decode.TakeAny("ca", "cg", "cs", "lu", "cv", "wb", "wt");
        while (decode.TakeAny("L1::evict_normal", "L1::evict_unchanged", "L1::evict_first", "L1::evict_last", "L1::no_allocate", "L2::evict_last", "L2::evict_normal", "L2::evict_first",
            "L2::64B", "L2::128B", "L2::256B") is not null)
        {
        }
    }

    public static AccessOrder TakeOrder(InstructionDecoder decode)
    {
        string? order = decode.TakeAny("volatile", "relaxed", "acquire", "release", "acq_rel", "weak");
        decode.TakeAny("cta", "cluster", "gpu", "sys");
        return new AccessOrder(order is not (null or "weak"));
    }

    public static StateSpace TakeSpace(InstructionDecoder decode) => decode.TakeAny("global", "shared", "shared::cta", "param", "param::entry", "local", "const") switch
    {
        "global" => StateSpace.Global,
        "shared" or "shared::cta" => StateSpace.Shared,
        "param" or "param::entry" => StateSpace.Param,
        null => StateSpace.Generic,
        string other => throw decode.Error($"state space .{other}", "global, shared, param and generic addresses are emulated"),
    };

    private static Operation Load(InstructionDecoder decode)
    {
        decode.Expect(2, 2);
        AccessOrder order = TakeOrder(decode);
        StateSpace space = TakeSpace(decode);
        TakeHints(decode);
        decode.Take("nc");
        int count = Elements(decode);
        string type = decode.TakeType();
        int bits = PtxTypes.Bits(type);
        Width(decode, bits, count);
        AddressOperand address = decode.Address(1);
        int[] d = Registers(decode, decode.Elements(0), count, element => decode.Destination(element, bits, mayBeWider: true), out bool wide);
        if (space == StateSpace.Param || address.Base is VariableOperand { Variable.Space: StateSpace.Param })
        {
            if (address.Base is not VariableOperand { Variable.Space: StateSpace.Param } parameter) throw decode.Error(address, "the name of a parameter was expected");
            if (address.Offset < 0 || address.Offset + bits / 8 * count > parameter.Variable.Size) throw decode.Error(address, $"an access inside the {parameter.Variable.Size} bytes of parameter '{parameter.Variable.Name}' was expected");
            return Make(type, wide, new ParameterLoad(d, (int)(parameter.Variable.Address + address.Offset)));
        }
        AddressSource source = AddressSource.Decode(decode, address, space);
        return Make(type, wide, space switch { StateSpace.Global => new GlobalLoad(d, source), StateSpace.Shared => new SharedLoad(d, source, order), _ => new GenericLoad(d, source, order) });
    }

    private static Operation Store(InstructionDecoder decode)
    {
        decode.Expect(2, 2);
        AccessOrder order = TakeOrder(decode);
        StateSpace space = TakeSpace(decode);
        if (space == StateSpace.Param) throw decode.Error("'st.param'", "parameters of an entry cannot be written");
        TakeHints(decode);
        int count = Elements(decode);
        string type = decode.TakeType();
        int bits = PtxTypes.Bits(type);
        Width(decode, bits, count);
        AddressSource target = AddressSource.Decode(decode, decode.Address(0), space);
        int[] a = Registers(decode, decode.Elements(1), count, element => decode.Source(element, bits, mayBeWider: true), out bool wide);
        wide |= bits == 64;
        return Make(type, wide, space switch { StateSpace.Global => new GlobalStore(a, target), StateSpace.Shared => new SharedStore(a, target, order), _ => new GenericStore(a, target, order) });
    }

    private static Operation Ignore(InstructionDecoder decode)
    {
        decode.TakeAll();
        return new NoOperation();
    }

    private static int Elements(InstructionDecoder decode) => decode.TakeAny("v2", "v4", "v8") switch { "v2" => 2, "v4" => 4, "v8" => 8, _ => 1 };

    private static void Width(InstructionDecoder decode, int bits, int count)
    {
        if (bits is < 8 or > 64 || bits * count > 128) throw decode.Error($"'{decode.Syntax.FullOpcode}'", "a lane accesses 1 to 16 bytes, in elements of 8 to 64 bits");
    }

    private static int[] Registers(InstructionDecoder decode, IReadOnlyList<Operand> elements, int count, Func<Operand, int> row, out bool wide)
    {
        if (elements.Count != count) throw decode.Error($"{elements.Count} registers", $"'{decode.Syntax.FullOpcode}' has {count}");
        bool[] widths = [.. elements.Where(element => InstructionDecoder.RegisterBits(element) > 0).Select(element => InstructionDecoder.RegisterBits(element) == 64).Distinct()];
        if (widths.Length > 1) throw decode.Error($"registers of different widths in '{decode.Syntax.FullOpcode}'", "registers of one width are emulated");
        wide = widths is [true];
        return [.. elements.Select(row)];
    }

    /// <summary>Makes an access for an element type and the width of its registers.</summary>
    private static Operation Make(string type, bool wide, IAccess access) => (type, wide) switch
    {
        ("b8" or "u8", false) => access.Make<byte, uint>(),
        ("s8", false) => access.Make<sbyte, uint>(),
        ("b16" or "u16" or "f16" or "bf16", false) => access.Make<ushort, uint>(),
        ("s16", false) => access.Make<short, uint>(),
        ("b8" or "u8", true) => access.Make<byte, ulong>(),
        ("s8", true) => access.Make<sbyte, ulong>(),
        ("b16" or "u16" or "f16" or "bf16", true) => access.Make<ushort, ulong>(),
        ("s16", true) => access.Make<short, ulong>(),
        ("s32", true) => access.Make<int, ulong>(),
        ("b64" or "u64" or "s64" or "f64", _) => access.Make<ulong, ulong>(),
        (_, true) => access.Make<uint, ulong>(),
        _ => access.Make<uint, uint>(),
    };

    private interface IAccess
    {
        Operation Make<TElement, TRow>() where TElement : unmanaged, IBinaryInteger<TElement> where TRow : unmanaged, IBinaryInteger<TRow>;
    }

    private sealed record ParameterLoad(int[] D, int Offset) : IAccess
    {
        public Operation Make<TElement, TRow>() where TElement : unmanaged, IBinaryInteger<TElement> where TRow : unmanaged, IBinaryInteger<TRow> => new LoadParameter<TElement, TRow>(D, Offset);
    }

    private sealed record GlobalLoad(int[] D, AddressSource Source) : IAccess
    {
        public Operation Make<TElement, TRow>() where TElement : unmanaged, IBinaryInteger<TElement> where TRow : unmanaged, IBinaryInteger<TRow> => new LoadGlobal<TElement, TRow>(D, Source);
    }

    private sealed record SharedLoad(int[] D, AddressSource Source, AccessOrder Order) : IAccess
    {
        public Operation Make<TElement, TRow>() where TElement : unmanaged, IBinaryInteger<TElement> where TRow : unmanaged, IBinaryInteger<TRow> => new LoadShared<TElement, TRow>(D, Source, Order);
    }

    private sealed record GenericLoad(int[] D, AddressSource Source, AccessOrder Order) : IAccess
    {
        public Operation Make<TElement, TRow>() where TElement : unmanaged, IBinaryInteger<TElement> where TRow : unmanaged, IBinaryInteger<TRow> => new LoadGeneric<TElement, TRow>(D, Source, Order);
    }

    private sealed record GlobalStore(int[] A, AddressSource Target) : IAccess
    {
        public Operation Make<TElement, TRow>() where TElement : unmanaged, IBinaryInteger<TElement> where TRow : unmanaged, IBinaryInteger<TRow> => new StoreGlobal<TElement, TRow>(A, Target);
    }

    private sealed record SharedStore(int[] A, AddressSource Target, AccessOrder Order) : IAccess
    {
        public Operation Make<TElement, TRow>() where TElement : unmanaged, IBinaryInteger<TElement> where TRow : unmanaged, IBinaryInteger<TRow> => new StoreShared<TElement, TRow>(A, Target, Order);
    }

    private sealed record GenericStore(int[] A, AddressSource Target, AccessOrder Order) : IAccess
    {
        public Operation Make<TElement, TRow>() where TElement : unmanaged, IBinaryInteger<TElement> where TRow : unmanaged, IBinaryInteger<TRow> => new StoreGeneric<TElement, TRow>(A, Target, Order);
    }
}
