using Intarsia.PtxEmulator.TensorCores;

namespace Intarsia.PtxEmulator.Tests.TensorCores;

/// <summary>
/// The formulas of PTX ISA 8.4, 9.7.13.4.3 to 9.7.13.4.13, shape by shape, as the ISA prints them: conditions on the element's number i, no thought of registers. The emulator has one rule instead; the
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
            // Sparse only, 9.7.13.5.2: figures 97 (f16), 100 (tf32), 108 to 111 (s8) and 118 to 121 (s4) go on in the same steps.
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
}
