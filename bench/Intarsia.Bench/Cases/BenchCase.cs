using Intarsia.Bench.Measuring;
using Intarsia.Bench.Peers;

namespace Intarsia.Bench.Cases;

/// <summary>One row of the table: what is measured, in which unit, against which ceiling; <paramref name="Prepare"/> lays operands out and names kernel and peers.</summary>
/// <param name="Name">Operation, formats, layout, shape; what <c>--filter</c> looks in.</param>
/// <param name="Unit">GFLOP/s, GOP/s or GB/s.</param>
/// <param name="Ceiling">The limit that our speed is a fraction of.</param>
/// <param name="Prepare">Runs outside any timing.</param>
internal sealed record BenchCase(string Name, string Unit, Ceiling Ceiling, Action<CaseSetup> Prepare);

/// <summary>A case laid out: operands, our kernel, the peers, and the check that each of them must pass before it is timed.</summary>
internal sealed class CaseSetup(PeerSet peers) : IDisposable
{
    private readonly List<IDisposable> owned = [];
    private readonly List<Contender> contenders = [];
    private readonly List<(string Name, string Reason)> missing = [];

    /// <summary>Operations or bytes of one run; set before contenders are added.</summary>
    public double Work { get; set; }

    /// <summary>Arithmetic operations of one run; 0 where <see cref="Work"/> counts them.</summary>
    public double Operations { get; set; }

    /// <summary>Bytes that one run has to move at least: each operand once. 0 where nothing is said of them, and the case has no place under a roofline.</summary>
    public double Bytes { get; set; }

    /// <summary>Our kernel's derived name and tier.</summary>
    public string Kernel { get; private set; } = "";

    public Contender? Ours { get; private set; }

    public IReadOnlyList<Contender> Peers => contenders;

    private readonly Dictionary<Contender, Func<string?>> checks = [];

    public IReadOnlyList<(string Name, string Reason)> Missing => missing;

    /// <summary>Spoils the output, so that a contender that writes nothing cannot pass.</summary>
    public Action Clear { get; set; } = () => { };

    /// <summary>Compares the output with the reference: null, or the first mismatch.</summary>
    public Func<string?> Check { get; set; } = () => "the case has no check";

    public NativeBuffer<T> Buffer<T>(long length)
        where T : unmanaged
    {
        var buffer = new NativeBuffer<T>(length);
        owned.Add(buffer);
        return buffer;
    }

    public NativeBuffer<T> Buffer<T>(ReadOnlySpan<T> values)
        where T : unmanaged
    {
        NativeBuffer<T> buffer = Buffer<T>(values.Length);
        values.CopyTo(buffer.Span);
        return buffer;
    }

    public void SetOurs(KernelInfo kernel, Action run)
    {
        Kernel = $"{kernel.Spec} {kernel.Tier} {kernel.Tile}";
        Ours = new Contender("ours", Work, repeat => { for (long i = 0; i < repeat; i++) run(); });
    }

    /// <summary>What a contender's output must pass: a check of its own, or the case's.</summary>
    public string? CheckOf(Contender contender) => checks.GetValueOrDefault(contender, Check)();

    /// <summary>Adds a peer, or notes that it is missing: the library is absent, or this build of it does not do the operation. One that the distribution does not have is left out beside those of the distribution.</summary>
    /// <param name="id">The library.</param>
    /// <param name="how">Which of its ways.</param>
    /// <param name="create">Prepares the call.</param>
    /// <param name="check">A check of its own, for a library that computes on other numbers: it quantises operands itself.</param>
    /// <param name="optional">Few builds of the library do the operation: one that does not is no peer that is missing.</param>
    public void AddPeer(string id, string how, Func<PeerLibrary, PeerPlan?> create, Func<string?>? check = null, bool optional = false)
    {
        if (!peers.Expected.Contains(id)) return;
        string suffix = how.Length == 0 ? "" : " " + how;
        if (peers.Find(id) is not { } library) missing.Add((id + suffix, peers.WhyMissing(id)));
        else if (create(library) is not { } plan)
        {
            if (!optional) missing.Add((library.Name + suffix, "this build does not do this operation"));
        }
        else
        {
            owned.Add(plan);
            var contender = new Contender(library.Name + suffix, Work, plan.Run);
            contenders.Add(contender);
            if (check is not null) checks.Add(contender, check);
        }
    }

    /// <summary>Adds two calls of two libraries, one after the other, as one peer.</summary>
    public void AddPeers(string first, string second, Func<PeerLibrary, PeerPlan?> createFirst, Func<PeerLibrary, PeerPlan?> createSecond)
    {
        string name = $"{first} then {second}";
        if (peers.Find(first) is not { } one || peers.Find(second) is not { } other)
        {
            missing.Add((name, peers.WhyMissing(peers.Find(first) is null ? first : second)));
            return;
        }
        (PeerPlan? before, PeerPlan? after) = (createFirst(one), createSecond(other));
        if (before is not null) owned.Add(before);
        if (after is not null) owned.Add(after);
        if (before is null || after is null) missing.Add((name, "this build does not do this operation"));
        else contenders.Add(new Contender($"{one.Name} then {other.Name}", Work, repeat =>
        {
            for (long i = 0; i < repeat; i++)
            {
                before.Run(1);
                after.Run(1);
            }
        }));
    }

    /// <summary>Adds another kernel of ours, to be compared as a peer, with a check of its own where it computes on other numbers.</summary>
    public void AddOwn(string name, Action run, Func<string?>? check = null)
    {
        var contender = new Contender(name, Work, repeat => { for (long i = 0; i < repeat; i++) run(); });
        contenders.Add(contender);
        if (check is not null) checks.Add(contender, check);
    }

    public void Dispose()
    {
        foreach (IDisposable item in Enumerable.Reverse(owned)) item.Dispose();
        owned.Clear();
    }
}
