namespace ILGPU.Execution;

/// <summary>
/// What a thread waits on until it is given the turn. It sleeps at once and does not spin first: of all the threads of a group only one can go on, and the others would take the processors from it.
/// </summary>
internal sealed class Turn
{
    private readonly object _lock = new();
    private bool _isGiven;

    public void Give()
    {
        lock (_lock)
        {
            _isGiven = true;
            Monitor.Pulse(_lock);
        }
    }

    /// <summary>Waits until the turn is given, and takes it.</summary>
    public void Take()
    {
        lock (_lock)
        {
            while (!_isGiven) Monitor.Wait(_lock);
            _isGiven = false;
        }
    }
}
