namespace ILGPU.Runtime.Cuda;

/// <summary>The results of driver calls that this assembly has, with the driver's numbers.</summary>
public enum CudaError
{
    CUDA_SUCCESS = 0,
    CUDA_ERROR_INVALID_VALUE = 1,
    CUDA_ERROR_OUT_OF_MEMORY = 2,
    CUDA_ERROR_INVALID_CONTEXT = 201,
    CUDA_ERROR_INVALID_PTX = 218,
    CUDA_ERROR_INVALID_HANDLE = 400,
    CUDA_ERROR_NOT_FOUND = 500,
    CUDA_ERROR_LAUNCH_FAILED = 719,
}

/// <summary>A driver call failed.</summary>
public sealed class CudaException : AcceleratorException
{
    public CudaException(CudaError error)
        : base(CudaAPI.CurrentAPI.GetErrorString(error)) => Error = error.ToString();

    public CudaException(string message)
        : base(message)
    {
    }

    public string Error { get; } = "N/A";

    public override AcceleratorType AcceleratorType => AcceleratorType.Cuda;

    public static void ThrowIfFailed(CudaError cudaStatus)
    {
        if (cudaStatus != CudaError.CUDA_SUCCESS) throw new CudaException(cudaStatus);
    }
}
