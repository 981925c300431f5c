namespace Intarsia.Bench.Gpu.Measuring;

/// <summary>Makes the next items of a list on other threads while the one before them is used; so many of them, and as much as memory is granted for. An item is let go when a later one is taken.</summary>
/// <param name="make">Makes an item.</param>
/// <param name="cost">The memory that one takes.</param>
/// <param name="count">The length of the list.</param>
/// <param name="ahead">How many may be ready or in the making behind the one in use.</param>
/// <param name="budget">The memory of all of them; one that exceeds it alone is made when it is taken.</param>
internal sealed class Ahead<T>(Func<int, T> make, Func<int, long> cost, int count, int ahead, long budget)
{
    private readonly Dictionary<int, Task<T>> _tasks = [];

    /// <summary>An item; numbers rise from call to call. The exception that making it ended with is thrown here.</summary>
    public T Take(int number)
    {
        foreach (int used in _tasks.Keys.Where(key => key < number).ToArray()) _tasks.Remove(used);
        for (int next = number; next < Math.Min(count, number + ahead + 1); next++)
        {
            if (_tasks.ContainsKey(next)) continue;
            if (next > number && _tasks.Keys.Sum(cost) + cost(next) > budget) break;
            int item = next;
            _tasks.Add(item, Task.Run(() => make(item)));
        }
        return _tasks[number].GetAwaiter().GetResult();
    }
}
