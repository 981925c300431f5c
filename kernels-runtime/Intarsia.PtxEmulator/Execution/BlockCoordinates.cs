using Intarsia.PtxEmulator.Decoding;

namespace Intarsia.PtxEmulator.Execution;

/// <summary>Where a block lies in its launch, and what its special registers therefore hold.</summary>
internal readonly record struct BlockCoordinates(LaunchConfig Config, Dim3 Block, int StaticSharedBytes)
{
    public Dim3 Thread(int warp, int lane)
    {
        int linear = warp * 32 + lane;
        Dim3 shape = Config.Block;
        return new Dim3(linear % shape.X, linear / shape.X % shape.Y, linear / (shape.X * shape.Y));
    }

    public void Fill(SpecialRegister register, int warp, Span<uint> row)
    {
        for (int lane = 0; lane < 32; lane++) row[lane] = Value(register, warp, lane);
    }

    private uint Value(SpecialRegister register, int warp, int lane) => register switch
    {
        SpecialRegister.TidX => (uint)Thread(warp, lane).X,
        SpecialRegister.TidY => (uint)Thread(warp, lane).Y,
        SpecialRegister.TidZ => (uint)Thread(warp, lane).Z,
        SpecialRegister.NtidX => (uint)Config.Block.X,
        SpecialRegister.NtidY => (uint)Config.Block.Y,
        SpecialRegister.NtidZ => (uint)Config.Block.Z,
        SpecialRegister.CtaidX => (uint)Block.X,
        SpecialRegister.CtaidY => (uint)Block.Y,
        SpecialRegister.CtaidZ => (uint)Block.Z,
        SpecialRegister.NctaidX => (uint)Config.Grid.X,
        SpecialRegister.NctaidY => (uint)Config.Grid.Y,
        SpecialRegister.NctaidZ => (uint)Config.Grid.Z,
        SpecialRegister.LaneId => (uint)lane,
        SpecialRegister.WarpId => (uint)warp,
        SpecialRegister.NWarpId => (uint)((Config.Block.Count + 31) / 32),
        SpecialRegister.SmId or SpecialRegister.Zero => 0,
        SpecialRegister.NSmId or SpecialRegister.One => 1,
        SpecialRegister.DynamicSharedBytes => (uint)Config.DynamicSharedBytes,
        SpecialRegister.TotalSharedBytes => (uint)(Config.DynamicSharedBytes + StaticSharedBytes),
        SpecialRegister.LaneMaskEq => 1u << lane,
        SpecialRegister.LaneMaskLt => (1u << lane) - 1,
        SpecialRegister.LaneMaskLe => (2u << lane) - 1,
        SpecialRegister.LaneMaskGt => ~((2u << lane) - 1),
        _ => ~((1u << lane) - 1),
    };
}
