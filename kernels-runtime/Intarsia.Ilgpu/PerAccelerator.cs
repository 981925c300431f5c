using ILGPU.Runtime;

namespace Intarsia.Ilgpu;

/// <summary>What is made once for each accelerator and forgotten with it. The accelerator used last costs one comparison.</summary>
internal sealed class PerAccelerator<T>(Func<Accelerator, T> make)
    where T : class
{
    private readonly Lock _lock = new();
    private readonly Dictionary<Accelerator, T> _made = [];
    private volatile Entry? _latest;

    /// <summary>The value for an accelerator. One thread makes it while the others wait; where that fails, the next call tries again.</summary>
    public T For(Accelerator accelerator)
    {
        if (_latest is { } latest && ReferenceEquals(latest.Accelerator, accelerator)) return latest.Value;
        lock (_lock)
        {
            if (!_made.TryGetValue(accelerator, out T? value))
            {
                value = make(accelerator);
                _made.Add(accelerator, value);
                accelerator.Disposed += Forget;
            }
            _latest = new Entry(accelerator, value);
            return value;
        }
    }

    private void Forget(object? sender, EventArgs arguments)
    {
        lock (_lock)
        {
            _latest = null;
            if (sender is Accelerator accelerator) _made.Remove(accelerator);
        }
    }

    private sealed record Entry(Accelerator Accelerator, T Value);
}
