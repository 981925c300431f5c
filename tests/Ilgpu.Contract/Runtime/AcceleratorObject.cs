using ILGPU.Util;

namespace ILGPU.Runtime;

/// <summary>What belongs to an accelerator and is disposed with it.</summary>
public abstract class AcceleratorObject : DisposeBase
{
    protected AcceleratorObject(Accelerator accelerator)
    {
        Accelerator = accelerator;
        accelerator?.Register(this);
    }

    public Accelerator Accelerator { get; }

    public AcceleratorType AcceleratorType => Accelerator?.AcceleratorType ?? AcceleratorType.CPU;

    protected sealed override void Dispose(bool disposing)
    {
        Accelerator?.Forget(this);
        DisposeAcceleratorObject(disposing);
    }

    protected abstract void DisposeAcceleratorObject(bool disposing);
}

/// <summary>A queue of work. Here the work is done when the call that queues it returns.</summary>
public abstract class AcceleratorStream : AcceleratorObject
{
    private protected AcceleratorStream(Accelerator accelerator)
        : base(accelerator)
    {
    }

    public abstract void Synchronize();
}

/// <summary>What a driver reports.</summary>
public abstract class AcceleratorException : Exception
{
    protected AcceleratorException(string message)
        : base(message)
    {
    }

    public abstract AcceleratorType AcceleratorType { get; }
}
