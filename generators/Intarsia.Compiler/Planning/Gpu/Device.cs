namespace Intarsia.Compiler.Planning.Gpu;

/// <summary>What a kernel is planned for on a GPU.</summary>
public enum Device
{
    /// <summary>NVIDIA, compute capability 8.0 and later: PTX for sm_80.</summary>
    Sm80,

    /// <summary>NVIDIA, compute capability 9.0: PTX for sm_90a.</summary>
    Sm90A,

    /// <summary>Any accelerator that ILGPU compiles C# for.</summary>
    Portable,
}
