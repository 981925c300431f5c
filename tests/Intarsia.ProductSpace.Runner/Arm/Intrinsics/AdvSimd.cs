// Compiled into the runtime by ArmMachine, never into this project. A type of the source wins over one of the framework with its name; a member that is missing here stops that compilation.
using Intarsia.Arm;

namespace System.Runtime.Intrinsics.Arm;

/// <summary>The intrinsics of .NET that the AdvSimd tier calls, each the instruction that its documentation names.</summary>
internal abstract class AdvSimd
{
    public static bool IsSupported => true;

    /// <summary>SMLAL Vd.2D, Vn.2S, Vm.2S</summary>
    public static Vector128<long> MultiplyWideningLowerAndAdd(Vector128<long> addend, Vector64<int> left, Vector64<int> right) => Instructions.Smlal(addend, left, right);

    /// <summary>SMLAL2 Vd.2D, Vn.4S, Vm.4S</summary>
    public static Vector128<long> MultiplyWideningUpperAndAdd(Vector128<long> addend, Vector128<int> left, Vector128<int> right) => Instructions.Smlal2(addend, left, right);

    /// <summary>SHL Vd.16B, Vn.16B, #n</summary>
    public static Vector128<sbyte> ShiftLeftLogical(Vector128<sbyte> value, byte count) => Instructions.Shl(value, count);

    /// <summary>SSHR Vd.16B, Vn.16B, #n</summary>
    public static Vector128<sbyte> ShiftRightArithmetic(Vector128<sbyte> value, byte count) => Instructions.Sshr(value, count);

    /// <summary>USHR Vd.16B, Vn.16B, #n</summary>
    public static Vector128<byte> ShiftRightLogical(Vector128<byte> value, byte count) => Instructions.Ushr(value, count);

    /// <summary>CNT Vd.16B, Vn.16B</summary>
    public static Vector128<byte> PopCount(Vector128<byte> value) => Instructions.Cnt(value);

    /// <summary>UADDLP Vd.8H, Vn.16B</summary>
    public static Vector128<ushort> AddPairwiseWidening(Vector128<byte> value) => Instructions.Uaddlp(value);

    /// <summary>UADDLP Vd.4S, Vn.8H</summary>
    public static Vector128<uint> AddPairwiseWidening(Vector128<ushort> value) => Instructions.Uaddlp(value);

    internal abstract class Arm64
    {
        public static bool IsSupported => true;

        /// <summary>ZIP1 Vd.16B, Vn.16B, Vm.16B</summary>
        public static Vector128<byte> ZipLow(Vector128<byte> left, Vector128<byte> right) => Instructions.Zip1(left, right);

        /// <summary>ZIP1 Vd.8H, Vn.8H, Vm.8H</summary>
        public static Vector128<ushort> ZipLow(Vector128<ushort> left, Vector128<ushort> right) => Instructions.Zip1(left, right);

        /// <summary>ZIP2 Vd.16B, Vn.16B, Vm.16B</summary>
        public static Vector128<byte> ZipHigh(Vector128<byte> left, Vector128<byte> right) => Instructions.Zip2(left, right);

        /// <summary>ZIP2 Vd.8H, Vn.8H, Vm.8H</summary>
        public static Vector128<ushort> ZipHigh(Vector128<ushort> left, Vector128<ushort> right) => Instructions.Zip2(left, right);

        /// <summary>TBL Vd.16B, {Vn.16B}, Vm.16B</summary>
        public static Vector128<byte> VectorTableLookup(Vector128<byte> table, Vector128<byte> byteIndexes) => Instructions.Tbl(table, byteIndexes);

        /// <summary>TBL Vd.16B, {Vn.16B, Vn+1.16B, Vn+2.16B, Vn+3.16B}, Vm.16B</summary>
        public static Vector128<byte> VectorTableLookup((Vector128<byte>, Vector128<byte>, Vector128<byte>, Vector128<byte>) table, Vector128<byte> byteIndexes) => Instructions.Tbl4(table, byteIndexes);
    }
}

/// <summary>The dot products of FEAT_DotProd, which the first Arm64 processors do not have.</summary>
internal abstract class Dp
{
    public static bool IsSupported { get; } = Environment.GetEnvironmentVariable("INTARSIA_SPACE_ARM") != "nodp";

    /// <summary>SDOT Vd.4S, Vn.16B, Vm.16B</summary>
    /// <exception cref="PlatformNotSupportedException">The processor has no dot products.</exception>
    public static Vector128<int> DotProduct(Vector128<int> addend, Vector128<sbyte> left, Vector128<sbyte> right) =>
        IsSupported ? Instructions.Sdot(addend, left, right) : throw new PlatformNotSupportedException("SDOT on a processor without FEAT_DotProd.");
}
