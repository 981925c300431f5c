namespace Intarsia.PtxEmulator.Decoding;

/// <summary>Special registers that are emulated (PTX ISA, section "Special Registers"). All are 32 bits wide.</summary>
internal enum SpecialRegister
{
    TidX, TidY, TidZ, NtidX, NtidY, NtidZ, CtaidX, CtaidY, CtaidZ, NctaidX, NctaidY, NctaidZ,
    LaneId, WarpId, NWarpId, SmId, NSmId, DynamicSharedBytes, TotalSharedBytes,
    LaneMaskEq, LaneMaskLt, LaneMaskLe, LaneMaskGt, LaneMaskGe, Zero, One,
}

internal static class SpecialRegisters
{
    /// <summary>The register of a name without its <c>%</c>. A block is always a cluster of its own.</summary>
    public static SpecialRegister? Find(string name) => name switch
    {
        "tid.x" => SpecialRegister.TidX,
        "tid.y" => SpecialRegister.TidY,
        "tid.z" => SpecialRegister.TidZ,
        "ntid.x" => SpecialRegister.NtidX,
        "ntid.y" => SpecialRegister.NtidY,
        "ntid.z" => SpecialRegister.NtidZ,
        "ctaid.x" or "clusterid.x" => SpecialRegister.CtaidX,
        "ctaid.y" or "clusterid.y" => SpecialRegister.CtaidY,
        "ctaid.z" or "clusterid.z" => SpecialRegister.CtaidZ,
        "nctaid.x" or "nclusterid.x" => SpecialRegister.NctaidX,
        "nctaid.y" or "nclusterid.y" => SpecialRegister.NctaidY,
        "nctaid.z" or "nclusterid.z" => SpecialRegister.NctaidZ,
        "laneid" => SpecialRegister.LaneId,
        "warpid" => SpecialRegister.WarpId,
        "nwarpid" => SpecialRegister.NWarpId,
        "smid" => SpecialRegister.SmId,
        "nsmid" => SpecialRegister.NSmId,
        "dynamic_smem_size" => SpecialRegister.DynamicSharedBytes,
        "total_smem_size" => SpecialRegister.TotalSharedBytes,
        "lanemask_eq" => SpecialRegister.LaneMaskEq,
        "lanemask_lt" => SpecialRegister.LaneMaskLt,
        "lanemask_le" => SpecialRegister.LaneMaskLe,
        "lanemask_gt" => SpecialRegister.LaneMaskGt,
        "lanemask_ge" => SpecialRegister.LaneMaskGe,
        "cluster_ctaid.x" or "cluster_ctaid.y" or "cluster_ctaid.z" or "cluster_ctarank" => SpecialRegister.Zero,
        "cluster_nctaid.x" or "cluster_nctaid.y" or "cluster_nctaid.z" or "cluster_nctarank" => SpecialRegister.One,
        _ => null,
    };
}
