namespace Intarsia;

/// <summary>
/// How evenly a product loads the lanes of <see cref="Pattern.RelativeCsc"/> weights, by the model of EIE (ISCA'16, sections 4 and 6): activations that are not zero are broadcast to all lanes in turn, each of which queues them and takes an entry of its
/// part of the column a cycle, fillers included. A lane that is ahead waits for the others once the queue of one of them is full.
/// </summary>
/// <param name="Entries">Entries of each lane that meet an activation, fillers included.</param>
/// <param name="Cycles">Cycles until the last lane is done.</param>
public sealed record LaneBalance(IReadOnlyList<long> Entries, long Cycles)
{
    /// <summary>The share of all cycles of all lanes in which an entry is taken; 1 where none is to take.</summary>
    public double Efficiency => Cycles == 0 ? 1 : Entries.Sum() / ((double)Cycles * Entries.Count);

    /// <summary>Simulates the product of weights and one column of activations.</summary>
    /// <param name="weights">Weights in the pattern.</param>
    /// <param name="activations">As many as the depth.</param>
    /// <param name="queue">Activations that a lane can have before it, the one it works at among them; at least 1. EIE has 8.</param>
    /// <exception cref="ArgumentException">The weights have another pattern, or the activations another length.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="queue"/> is less than 1.</exception>
    public static LaneBalance Of(PackedMatrix weights, ReadOnlySpan<float> activations, int queue)
    {
        ArgumentNullException.ThrowIfNull(weights);
        ArgumentOutOfRangeException.ThrowIfLessThan(queue, 1);
        if (weights.Columns is not { } columns) throw new ArgumentException($"The weights have the layout '{weights.Layout}'; only {Pattern.RelativeCsc} has lanes.", nameof(weights));
        if (activations.Length != weights.Depth) throw new ArgumentException($"There are {activations.Length} activations; the weights have a depth of {weights.Depth}.", nameof(activations));
        int lanes = weights.Layout.Lanes;
        var entries = new long[lanes];
        // When each lane is done with each of the latest activations that its queue holds.
        var done = new long[lanes, queue];
        long broadcast = 0, last = 0;
        for (int column = 0, turn = 0; column < activations.Length; column++)
        {
            if (activations[column] == 0) continue;
            int slot = turn % queue, before = (turn + queue - 1) % queue;
            // A place in every queue: each lane is done with the activation that stands there.
            for (int lane = 0; lane < lanes; lane++) broadcast = Math.Max(broadcast, done[lane, slot]);
            for (int lane = 0; lane < lanes; lane++)
            {
                int count = columns.EntriesIn(lane, column);
                entries[lane] += count;
                done[lane, slot] = Math.Max(done[lane, before], broadcast) + count;
                last = Math.Max(last, done[lane, slot]);
            }

            turn++;
        }

        return new LaneBalance(entries, last);
    }
}
