using Intarsia.PtxEmulator.TensorCores;

namespace Intarsia.PtxEmulator.Tests.TensorCores;

/// <summary>
/// The formulas of PTX ISA 9.1, 9.7.14.5.3 to 9.7.14.5.13, shape by shape, as the ISA prints them: conditions on the element's number i, no thought of registers. The emulator has one rule instead; the
/// two are written apart on purpose.
/// </summary>
internal static class IsaFragments
{
    public static (int Row, int Column) A(MmaShape shape, MmaElement element, int lane, int i)
    {
        int groupID = lane >> 2, threadInGroup = lane % 4;
        return (shape.ToString(), element.Bits()) switch
        {
            ("m8n8k16", 8) => (groupID, threadInGroup * 4 + i),
            ("m8n8k32", 4) => (groupID, threadInGroup * 8 + i),
            ("m8n8k128", 1) => (groupID, threadInGroup * 32 + i),
            ("m16n8k4", 32) => (i == 0 ? groupID : groupID + 8, threadInGroup),
            ("m16n8k8", 16) => (i is 0 or 1 ? groupID : groupID + 8, threadInGroup * 2 + (i & 1)),
            ("m16n8k8", 32) => (i is 0 or 2 ? groupID : groupID + 8, i is 0 or 1 ? threadInGroup : threadInGroup + 4),
            ("m16n8k16", 16) => (i is (>= 0 and < 2) or (>= 4 and < 6) ? groupID : groupID + 8, i < 4 ? threadInGroup * 2 + (i & 1) : threadInGroup * 2 + (i & 1) + 8),
            ("m16n8k16", 8) => (i < 4 ? groupID : groupID + 8, threadInGroup * 4 + (i & 3)),
            ("m16n8k32", 4) => (i < 8 ? groupID : groupID + 8, threadInGroup * 8 + (i & 7)),
            ("m16n8k32", 8) => (i is (>= 0 and < 4) or (>= 8 and < 12) ? groupID : groupID + 8, i < 8 ? threadInGroup * 4 + (i & 3) : threadInGroup * 4 + (i & 3) + 16),
            ("m16n8k64", 4) => (i is (>= 0 and < 8) or (>= 16 and < 24) ? groupID : groupID + 8, i < 16 ? threadInGroup * 8 + (i & 7) : threadInGroup * 8 + (i & 7) + 32),
            ("m16n8k128", 1) => (i < 32 ? groupID : groupID + 8, threadInGroup * 32 + (i & 31)),
            ("m16n8k256", 1) => (i is (>= 0 and < 32) or (>= 64 and < 96) ? groupID : groupID + 8, i < 64 ? threadInGroup * 32 + (i & 31) : threadInGroup * 32 + (i & 31) + 128),
            _ => throw new ArgumentException($"{shape} {element}"),
        };
    }

    public static (int Row, int Column) B(MmaShape shape, MmaElement element, int lane, int i)
    {
        int groupID = lane >> 2, threadInGroup = lane % 4;
        return (shape.ToString(), element.Bits()) switch
        {
            ("m8n8k16", 8) => (threadInGroup * 4 + i, groupID),
            ("m8n8k32", 4) => (threadInGroup * 8 + i, groupID),
            ("m8n8k128", 1) => (threadInGroup * 32 + i, groupID),
            ("m16n8k4", 32) => (threadInGroup, groupID),
            ("m16n8k8", 16) => (threadInGroup * 2 + i, groupID),
            ("m16n8k8", 32) => (i == 0 ? threadInGroup : threadInGroup + 4, groupID),
            ("m16n8k16", 16) => (i < 2 ? threadInGroup * 2 + (i & 1) : threadInGroup * 2 + (i & 1) + 8, groupID),
            ("m16n8k16", 8) => (threadInGroup * 4 + i, groupID),
            ("m16n8k32", 4) => (threadInGroup * 8 + (i & 7), groupID),
            ("m16n8k32", 8) => (i < 4 ? threadInGroup * 4 + (i & 3) : threadInGroup * 4 + (i & 3) + 16, groupID),
            ("m16n8k64", 4) => (i < 8 ? threadInGroup * 8 + (i & 7) : threadInGroup * 8 + (i & 7) + 32, groupID),
            ("m16n8k128", 1) => (threadInGroup * 32 + i, groupID),
            ("m16n8k256", 1) => (i < 32 ? threadInGroup * 32 + (i & 31) : threadInGroup * 32 + (i & 31) + 128, groupID),
            // Sparse only, 9.7.14.6.2: figures 121 (f16), 124 (tf32), 132 to 135 (s8) and 142 to 145 (s4) go on in the same steps.
            ("m16n8k32", 16) => (threadInGroup * 2 + (i & 1) + i / 2 * 8, groupID),
            ("m16n8k16", 32) => (threadInGroup + 4 * i, groupID),
            ("m16n8k64", 8) => (threadInGroup * 4 + (i & 3) + i / 4 * 16, groupID),
            ("m16n8k128", 4) => (threadInGroup * 8 + (i & 7) + i / 8 * 32, groupID),
            _ => throw new ArgumentException($"{shape} {element}"),
        };
    }

    public static (int Row, int Column) C(MmaShape shape, int lane, int i)
    {
        int groupID = lane >> 2, threadInGroup = lane % 4;
        return shape.M == 8 ? (groupID, threadInGroup * 2 + i) : (i < 2 ? groupID : groupID + 8, threadInGroup * 2 + (i & 1));
    }

    /// <summary>Sparse A, 9.7.14.6.2: element i of a lane is, of the stored elements that stand for columns FirstColumn to FirstColumn + Width − 1 of its row, the one numbered Ordinal.</summary>
    public static (int Row, int FirstColumn, int Width, int Ordinal) SparseA(MmaShape shape, MmaElement element, int lane, int i)
    {
        int groupID = lane >> 2, threadInGroup = lane % 4;
        return (shape.K, element.Bits()) switch
        {
            (16, 16) => (i is 0 or 1 ? groupID : groupID + 8, threadInGroup * 4, 4, i & 1),
            (32, 16) => (i is (>= 0 and < 2) or (>= 4 and < 6) ? groupID : groupID + 8, i < 4 ? threadInGroup * 4 : threadInGroup * 4 + 16, 4, i & 1),
            (8, 32) => (i == 0 ? groupID : groupID + 8, threadInGroup * 2, 2, 0),
            (16, 32) => (i is 0 or 2 ? groupID : groupID + 8, i is 0 or 1 ? threadInGroup * 2 : threadInGroup * 2 + 8, 2, 0),
            (32, 8) => (i < 4 ? groupID : groupID + 8, threadInGroup * 8, 8, i & 3),
            (64, 8) => (i is (>= 0 and < 4) or (>= 8 and < 12) ? groupID : groupID + 8, i < 8 ? threadInGroup * 8 : threadInGroup * 8 + 32, 8, i & 3),
            (64, 4) => (i < 8 ? groupID : groupID + 8, threadInGroup * 16, 16, i & 7),
            (128, 4) => (i is (>= 0 and < 8) or (>= 16 and < 24) ? groupID : groupID + 8, i < 16 ? threadInGroup * 16 : threadInGroup * 16 + 64, 16, i & 7),
            _ => throw new ArgumentException($"{shape} {element}"),
        };
    }

    /// <summary>
    /// Metadata as in 9.7.14.6.2, shape by shape: lane and lowest bit that hold the four bits of the chunk which begins at a row and column. T0, T1, … are lanes of a group of four; the selector picks
    /// among them.
    /// </summary>
    public static (int Lane, int Shift) Metadata(MmaShape shape, MmaElement element, int selector, int row, int column)
    {
        int group = row % 8 * 4;
        bool lower = row >= 8;
        return (shape.K, element.Bits()) switch
        {
            // One lane has four chunks of both rows.
            (16, 16) => (group + selector, column + (lower ? 16 : 0)),
            (8, 32) => (group + selector, column * 2 + (lower ? 16 : 0)),
            // A pair has four chunks of both rows each.
            (32, 16) => (group + 2 * selector + (column < 16 ? 0 : 1), column % 16 + (lower ? 16 : 0)),
            (16, 32) => (group + 2 * selector + (column < 8 ? 0 : 1), column % 8 * 2 + (lower ? 16 : 0)),
            // The first of a pair has the upper row, the second the lower one.
            (32, 8) => (group + 2 * selector + (lower ? 1 : 0), column),
            (64, 4) => (group + 2 * selector + (lower ? 1 : 0), column / 2),
            // The first pair has the first half of the columns.
            (64, 8) => (group + (column < 32 ? 0 : 2) + (lower ? 1 : 0), column % 32),
            (128, 4) => (group + (column < 64 ? 0 : 2) + (lower ? 1 : 0), column % 64 / 2),
            _ => throw new ArgumentException($"{shape} {element}"),
        };
    }
}
