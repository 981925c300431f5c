namespace Intarsia;

/// <summary>The forms that kernels have prepared from a packed matrix. All are dropped together when a value changes.</summary>
internal sealed class PreparedForms
{
    private readonly Lock _lock = new();
    private readonly Dictionary<object, Form> _forms = [];
    private volatile Form? _latest;
    private int _version;

    /// <summary>The number of changes so far, for copies that are kept elsewhere.</summary>
    public int Version => Volatile.Read(ref _version);

    /// <summary>Returns the form under the key and makes it first where there is none. Each form is made once, whatever number of threads ask.</summary>
    public T GetOrMake<T>(object key, PackedMatrix matrix, Func<PackedMatrix, T> make)
        where T : class
    {
        // One reference comparison in the common case: one kernel that calls again and again with its own key object.
        if (_latest is { } latest && ReferenceEquals(latest.Key, key))
            return (T)latest.Value;
        lock (_lock)
        {
            if (!_forms.TryGetValue(key, out Form? form) || !ReferenceEquals(form.Key, key))
            {
                // An equal key shares what the other one had made. Kernels that take turns on a matrix with forms of their own allocate nothing.
                form = new Form(key, form?.Value ?? make(matrix));
                _forms[key] = form;
            }

            _latest = form;
            return (T)form.Value;
        }
    }

    /// <summary>Runs a change of the values while no form is being made, and drops the forms made before.</summary>
    public void Change<TState>(TState state, Action<TState> change)
        where TState : allows ref struct
    {
        lock (_lock)
        {
            try
            {
                change(state);
            }
            finally
            {
                _forms.Clear();
                _latest = null;
                _version++;
            }
        }
    }

    private sealed record Form(object Key, object Value);
}
