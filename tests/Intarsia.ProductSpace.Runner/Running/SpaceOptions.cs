using System.Globalization;

namespace Intarsia.ProductSpace.Running;

/// <summary>What a run of the product space covers. Command-line options win over the environment.</summary>
public sealed record SpaceOptions
{
    /// <summary>Environment variables, for runs under a test host.</summary>
    public const string SeedVariable = "INTARSIA_SPACE_SEED", CountVariable = "INTARSIA_SPACE_COUNT", ShardVariable = "INTARSIA_SPACE_SHARD", ResultsVariable = "INTARSIA_SPACE_RESULTS";

    public ulong Seed { get; init; } = 2026;

    /// <summary>Draws in all, over every shard.</summary>
    public int Count { get; init; } = Drawing.SpecGenerator.DefaultCount;

    /// <summary>Draws that are compiled into one assembly.</summary>
    public int Batch { get; init; } = Drawing.SpecGenerator.DefaultCount;

    /// <summary>This shard, from 0, of <see cref="Shards"/>: it runs every batch whose number leaves that remainder.</summary>
    public int Shard { get; init; }

    public int Shards { get; init; } = 1;

    /// <summary>A file to which one line of JSON per batch is appended; null for none.</summary>
    public string? Results { get; init; }

    /// <summary>Names of the tier settings to run; empty for all that this machine can.</summary>
    public IReadOnlyList<string> Settings { get; init; } = [];

    /// <summary>Numbers of threads that kernels are called with, a kernel with one of them under each setting; all must give the bits that one gives.</summary>
    public IReadOnlyList<int> Threads { get; init; } = [2, 3, 7];

    /// <summary>A folder to keep declarations and generated sources in; null to drop them.</summary>
    public string? Keep { get; init; }

    /// <summary>Text that the names of the kernels to run must begin with, or the numbers of draws: <c>#7,#12</c>; empty for all.</summary>
    public string Only { get; init; } = "";

    /// <summary>The batches of this shard: first draw and number of draws.</summary>
    public IEnumerable<(int First, int Count)> Batches()
    {
        for (int number = Shard; (long)number * Batch < Count; number += Shards)
            yield return (number * Batch, Math.Min(Batch, Count - number * Batch));
    }

    /// <summary>Options from the environment.</summary>
    /// <exception cref="FormatException">A variable does not hold what it should; the message names it.</exception>
    public static SpaceOptions FromEnvironment()
    {
        var options = new SpaceOptions();
        if (Variable(SeedVariable) is { } seed) options = options.With("--seed", seed);
        if (Variable(CountVariable) is { } count) options = options.With("--count", count);
        if (Variable(ShardVariable) is { } shard) options = options.With("--shard", shard);
        if (Variable(ResultsVariable) is { } results) options = options.With("--results", results);
        return options;
    }

    /// <summary>The environment's options, changed by pairs of arguments.</summary>
    /// <exception cref="FormatException">An argument is not known, or has no or a wrong value.</exception>
    public static SpaceOptions Parse(IReadOnlyList<string> arguments)
    {
        SpaceOptions options = FromEnvironment();
        for (int i = 0; i < arguments.Count; i += 2)
        {
            if (i + 1 == arguments.Count) throw new FormatException($"{arguments[i]} has no value.");
            options = options.With(arguments[i], arguments[i + 1]);
        }
        return options;
    }

    private SpaceOptions With(string name, string value) => name switch
    {
        "--seed" => this with { Seed = ulong.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out ulong seed) ? seed : throw Wrong(name, value, "a number") },
        "--count" => this with { Count = Positive(name, value) },
        "--batch" => this with { Batch = Positive(name, value) },
        "--shard" => WithShard(name, value),
        "--results" => this with { Results = value },
        "--settings" => this with { Settings = [.. value.Split(',').Select(setting => Runnable(name, setting))] },
        "--threads" => this with { Threads = [.. value.Split(',').Select(number => Positive(name, number))] },
        "--keep" => this with { Keep = value },
        "--only" => this with { Only = !value.StartsWith('#') || value.Split(',').All(IsDraw) ? value : throw Wrong(name, value, "text that names begin with, or numbers of draws as #7,#12") },
        _ => throw new FormatException($"Option {name} is not known; expected --seed, --count, --batch, --shard K/N, --results FILE, --settings A,B, --threads N,M, --only TEXT or --keep DIR."),
    };

    private SpaceOptions WithShard(string name, string value)
    {
        string[] parts = value.Split('/');
        if (parts.Length != 2) throw Wrong(name, value, "K/N with K from 1 to N");
        int shard = Positive(name, parts[0]), shards = Positive(name, parts[1]);
        return shard <= shards ? this with { Shard = shard - 1, Shards = shards } : throw Wrong(name, value, "K/N with K from 1 to N");
    }

    // A setting that is left out without a word would look like one that passed.
    private static string Runnable(string name, string setting)
    {
        string[] here = [.. TierSetting.Executable(CpuFeatures.Detect()).Concat(TierSetting.Defined).Select(known => known.Name)];
        if (here.Contains(setting)) return setting;
        return TierSetting.Names.Contains(setting)
            ? throw new FormatException($"{name} names '{setting}', whose instructions this machine does not have; it runs {string.Join(", ", here)}.")
            : throw Wrong(name, setting, $"one of {string.Join(", ", here)}");
    }

    private static bool IsDraw(string text) => text.StartsWith('#') && int.TryParse(text.AsSpan(1), NumberStyles.None, CultureInfo.InvariantCulture, out _);

    private static string? Variable(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;

    private static int Positive(string name, string value) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number > 0 ? number : throw Wrong(name, value, "a positive number");

    private static FormatException Wrong(string name, string value, string expected) => new($"{name} is '{value}'; expected {expected}.");
}
