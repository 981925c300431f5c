using System.Numerics;
using Intarsia.PtxEmulator.Execution;
using Intarsia.PtxEmulator.TensorCores;

namespace Intarsia.PtxEmulator.Operations;

/// <summary><c>mma.sync</c> and <c>mma.sp</c>.</summary>
internal sealed unsafe class MultiplyMatrices(MmaInstruction mma, int[] d, int[] a, int[] b, int[] c, int metadata, int selector) : Operation
{
    public override bool IsAligned => true;

    public override Step Execute(Warp warp, uint mask)
    {
        if (!WholeWarp.Check(warp, mask)) return Step.Next;
        Span<uint> values = stackalloc uint[32 * (a.Length + b.Length + c.Length + d.Length)];
        Span<uint> left = values[..(32 * a.Length)];
        Span<uint> right = values.Slice(32 * a.Length, 32 * b.Length);
        Span<uint> sum = values.Slice(32 * (a.Length + b.Length), 32 * c.Length);
        Span<uint> result = values[(32 * (a.Length + b.Length + c.Length))..];
        WholeWarp.Gather(warp, a, left);
        WholeWarp.Gather(warp, b, right);
        WholeWarp.Gather(warp, c, sum);
        try
        {
            mma.Execute(left, right, sum, result, metadata < 0 ? default : new ReadOnlySpan<uint>(warp.Registers + metadata, 32), selector);
        }
        catch (TensorCoreException wrong)
        {
            warp.Report(FindingKind.InvalidOperand, mask, wrong.Message);
            result.Clear();
        }
        WholeWarp.Scatter(warp, d, result);
        return Step.Next;
    }
}

/// <summary><c>ldmatrix</c>.</summary>
internal sealed unsafe class LoadMatrices(int[] d, bool transpose, AddressSource source) : Operation
{
    public override bool IsAligned => true;

    public override Step Execute(Warp warp, uint mask)
    {
        if (!WholeWarp.Check(warp, mask)) return Step.Next;
        uint* addresses = stackalloc uint[32];
        source.Shared(warp, addresses);
        Memory.SharedMemory shared = warp.Block.Shared;
        uint rows = WholeWarp.RowLanes(d.Length);
        uint right = shared.CheckBounds(warp, rows, addresses, LdMatrix.RowBytes, LdMatrix.RowBytes, "read of a matrix row");
        Memory.BankCounter.Count(warp, right, addresses, LdMatrix.RowBytes);
        shared.NoteReads(warp, right, addresses, LdMatrix.RowBytes);
        ulong* matrix = stackalloc ulong[16];
        for (int i = 0; i < d.Length; i++)
        {
            for (int row = 0; row < 8; row++)
            {
                int lane = LdMatrix.AddressLane(i, row);
                bool valid = (right >> lane & 1) != 0;
                ulong* from = (ulong*)(shared.Data + (valid ? addresses[lane] : 0));
                matrix[2 * row] = valid ? from[0] : 0;
                matrix[2 * row + 1] = valid ? from[1] : 0;
            }
            LdMatrix.Load(new ReadOnlySpan<byte>(matrix, 128), transpose, new Span<uint>(warp.Registers + d[i], 32));
        }
        return Step.Next;
    }
}

/// <summary><c>stmatrix</c>.</summary>
internal sealed unsafe class StoreMatrices(int[] a, bool transpose, AddressSource target) : Operation
{
    public override bool IsAligned => true;

    public override Step Execute(Warp warp, uint mask)
    {
        if (!WholeWarp.Check(warp, mask)) return Step.Next;
        uint* addresses = stackalloc uint[32];
        target.Shared(warp, addresses);
        Memory.SharedMemory shared = warp.Block.Shared;
        uint right = shared.CheckBounds(warp, WholeWarp.RowLanes(a.Length), addresses, LdMatrix.RowBytes, LdMatrix.RowBytes, "write of a matrix row");
        Memory.BankCounter.Count(warp, right, addresses, LdMatrix.RowBytes);
        shared.NoteWrites(warp, right, addresses, LdMatrix.RowBytes);
        ulong* matrix = stackalloc ulong[16];
        for (int i = 0; i < a.Length; i++)
        {
            LdMatrix.Store(new ReadOnlySpan<uint>(warp.Registers + a[i], 32), transpose, new Span<byte>(matrix, 128));
            for (int row = 0; row < 8; row++)
            {
                int lane = LdMatrix.AddressLane(i, row);
                if ((right >> lane & 1) == 0) continue;
                ulong* to = (ulong*)(shared.Data + addresses[lane]);
                to[0] = matrix[2 * row];
                to[1] = matrix[2 * row + 1];
            }
        }
        warp.Block.Progress++;
        return Step.Next;
    }
}

/// <summary><c>movmatrix</c>.</summary>
internal sealed unsafe class TransposeMatrix(int d, int a) : Operation
{
    public override bool IsAligned => true;

    public override Step Execute(Warp warp, uint mask)
    {
        if (WholeWarp.Check(warp, mask)) LdMatrix.Transpose(new ReadOnlySpan<uint>(warp.Registers + a, 32), new Span<uint>(warp.Registers + d, 32));
        return Step.Next;
    }
}

internal static unsafe class WholeWarp
{
    /// <summary>Matrix instructions need all 32 lanes, also in the last warp of a block.</summary>
    public static bool Check(Warp warp, uint mask)
    {
        if (mask == uint.MaxValue) return true;
        warp.Report(FindingKind.NotConverged, 0, $"the instruction needs all 32 lanes of a warp, and 0x{mask:x8} execute it");
        return false;
    }

    /// <summary>The lanes that give addresses of rows for some matrices.</summary>
    public static uint RowLanes(int matrices) => uint.MaxValue >> 32 - 8 * matrices;

    public static void Gather(Warp warp, int[] rows, Span<uint> values)
    {
        for (int i = 0; i < rows.Length; i++) new ReadOnlySpan<uint>(warp.Registers + rows[i], 32).CopyTo(values[(32 * i)..]);
    }

    public static void Scatter(Warp warp, int[] rows, ReadOnlySpan<uint> values)
    {
        for (int i = 0; i < rows.Length; i++) values.Slice(32 * i, 32).CopyTo(new Span<uint>(warp.Registers + rows[i], 32));
    }
}
