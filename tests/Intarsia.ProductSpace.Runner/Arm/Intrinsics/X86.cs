// Compiled into the runtime by ArmMachine, never into this project: no instruction of x86 is supported on Arm, and one that is called all the same throws, as it does there.
namespace System.Runtime.Intrinsics.X86;

internal static class Absent
{
    public static PlatformNotSupportedException Instruction => new("An instruction of x86 on Arm.");
}

internal abstract class X86Base
{
    public static bool IsSupported => false;

    public static (int Eax, int Ebx, int Ecx, int Edx) CpuId(int functionId, int subFunctionId) => throw Absent.Instruction;
}

internal abstract class Sse2
{
    public static bool IsSupported => false;

    public static Vector128<int> MultiplyAddAdjacent(Vector128<short> left, Vector128<short> right) => throw Absent.Instruction;

    public static Vector128<int> UnpackLow(Vector128<int> left, Vector128<int> right) => throw Absent.Instruction;

    public static Vector128<int> UnpackHigh(Vector128<int> left, Vector128<int> right) => throw Absent.Instruction;
}

internal abstract class Sse41
{
    public static bool IsSupported => false;

    public static Vector128<long> Multiply(Vector128<int> left, Vector128<int> right) => throw Absent.Instruction;
}

internal abstract class Avx2
{
    public static bool IsSupported => false;

    public static Vector256<byte> UnpackLow(Vector256<byte> left, Vector256<byte> right) => throw Absent.Instruction;

    public static Vector256<byte> UnpackHigh(Vector256<byte> left, Vector256<byte> right) => throw Absent.Instruction;

    public static Vector256<int> PermuteVar8x32(Vector256<int> left, Vector256<int> control) => throw Absent.Instruction;

    public static Vector256<ushort> SumAbsoluteDifferences(Vector256<byte> left, Vector256<byte> right) => throw Absent.Instruction;
}

internal abstract class Fma
{
    public static bool IsSupported => false;
}

internal abstract class AvxVnni
{
    public static bool IsSupported => false;
}

internal abstract class Avx512F
{
    public static bool IsSupported => false;

    public static Vector512<int> PermuteVar16x32(Vector512<int> left, Vector512<int> control) => throw Absent.Instruction;

    public static Vector128<byte> ConvertToVector128Byte(Vector512<uint> value) => throw Absent.Instruction;

    public static Vector128<sbyte> ConvertToVector128SByte(Vector512<int> value) => throw Absent.Instruction;

    internal abstract class VL
    {
        public static bool IsSupported => false;
    }
}

internal abstract class Avx512BW
{
    public static bool IsSupported => false;

    public static Vector512<int> MultiplyAddAdjacent(Vector512<short> left, Vector512<short> right) => throw Absent.Instruction;

    internal abstract class VL
    {
        public static bool IsSupported => false;
    }
}

internal abstract class Avx512DQ
{
    internal abstract class VL
    {
        public static bool IsSupported => false;
    }
}
