using Intarsia.Compiler.Specs;
using Intarsia.Compiler.Tiles;

namespace Intarsia.Compiler.Planning;

/// <summary>A register tile: vectors of <paramref name="Bits"/>, <paramref name="Height"/> rows of <paramref name="Vectors"/> accumulators.</summary>
public sealed record TileShape(int Bits, int Height, int Vectors)
{
    /// <summary>32-bit lanes of one vector.</summary>
    public int Lanes => Bits / 32;

    /// <summary>Lanes of the whole tile.</summary>
    public int Width => Lanes * Vectors;

    /// <summary>As many tiles over a constant extent, but of about the same height: a last one of few rows would wait for the latency of its sums.</summary>
    public TileShape Evenly(Extent outer)
    {
        if (!outer.IsConstant) return this;
        int tiles = (outer.Constant + Height - 1) / Height;
        return this with { Height = (outer.Constant + tiles - 1) / tiles };
    }

    /// <summary>No more vectors than a constant extent of the vector side has lanes for, and for those that are left out up to eight rows: a row takes a register for its address.</summary>
    public TileShape Within(Extent lanes)
    {
        int vectors = (lanes.Constant + Lanes - 1) / Lanes;
        if (!lanes.IsConstant || vectors == 0 || vectors >= Vectors) return this;
        return this with { Height = Math.Max(Height, Math.Min(8, Height * Vectors / vectors)), Vectors = vectors };
    }

    public override string ToString() => $"{Height}x{Vectors} vectors of {Bits} bits";
}

/// <summary>What the planner knows of a tier: vector width, register file, and the tile that each kind of contraction runs best with.</summary>
public static class TierTable
{
    /// <summary>Vector registers of a tier. AVX-VNNI is encoded with VEX only, which reaches 16.</summary>
    public static int Registers(Tier tier) => tier switch
    {
        Tier.Avx512 or Tier.Avx512Native or Tier.AdvSimd or Tier.AdvSimdDp => 32,
        _ => 16,
    };

    /// <summary>Bits of a vector; a scalar counts as a vector of one lane.</summary>
    public static int Bits(Tier tier) => tier switch
    {
        Tier.Avx512 or Tier.Avx512Vnni or Tier.Avx512Native => 512,
        Tier.Avx2 or Tier.Avx2Vnni => 256,
        Tier.Scalar => 32,
        _ => 128,
    };

    /// <summary>The planner's tile for dense contractions: as many accumulators as leave room for one row of vectors and a broadcast.</summary>
    /// <param name="tier">The tier.</param>
    /// <param name="scaledGroups">The tile keeps two sets of accumulators, or such as fill two registers.</param>
    /// <param name="lanes">Extent of the vector side.</param>
    /// <param name="outer">Extent of the broadcast side.</param>
    public static TileShape Dense(Tier tier, bool scaledGroups, Extent lanes = default, Extent outer = default)
    {
        bool four = lanes.IsConstant ? GainsByFour((lanes.Constant + 15) / 16) : outer.IsConstant && !IsEights(outer.Constant);
        TileShape shape = Bits(tier) switch
        {
            512 when !scaledGroups && four => new TileShape(512, 6, 4),
            512 => new TileShape(512, 8, 3),
            256 => new TileShape(256, 4, 3),
            32 => new TileShape(32, 2, 2),
            _ when Registers(tier) == 32 => new TileShape(128, 8, 3),
            _ => new TileShape(128, 4, 2),
        };

        // A scaled group keeps integer and float accumulators side by side: half the tile.
        return scaledGroups ? shape with { Height = shape.Height / 2 } : shape;
    }

    /// <summary>
    /// Whether panels of three vectors leave a last one of one vector, which waits for latency, and panels of four do not. Where it is one of many that costs less than tiles of
    /// six rows: eight tokens would read the weights twice.
    /// </summary>
    private static bool GainsByFour(int vectors) => vectors % 3 == 1 && vectors % 4 != 1 && vectors < 128;

    /// <summary>
    /// Whether rows are few and whole tiles of eight, but not of six. Others are multiplied by as many columns as a call has, a multiple of 64 more often than of 48, and have
    /// panels of four vectors.
    /// </summary>
    private static bool IsEights(int rows) => rows < 64 && rows % 8 == 0 && rows % 6 != 0;

    /// <summary>The tile for dot products of four bytes: AVX-VNNI is encoded with VEX, 256 bits wide and with 16 registers; Arm has 32 of 128 bits; machine code has that of binary32.</summary>
    public static TileShape Dot4(Tier tier, bool scaledGroups, Extent lanes = default, Extent outer = default) => tier switch
    {
        Tier.Avx512Native => Dense(tier, scaledGroups, lanes, outer),
        Tier.AdvSimdDp => new(128, scaledGroups ? 4 : 8, 3),
        _ => new(256, scaledGroups ? 2 : 4, scaledGroups ? 2 : 3),
    };

    /// <summary>The tile for N:M weights with places as machine code: beside the accumulators a vector of values and one of places for each column, what is broadcast, and what is permuted of it: 32 registers.</summary>
    public static TileShape Placed { get; } = new(512, 8, 3);

    /// <summary>The same where the vectors of a row of the tile share their places: one vector of them and one that is permuted.</summary>
    public static TileShape PlacedShared { get; } = new(512, 6, 4);

    /// <summary>
    /// The tile for N:M weights with places in vectors of binary32: beside the accumulators the activations of each row, which every value of a step permutes anew, and for each column a vector of values and one of places. With what is
    /// permuted that is 29 registers of 32, or 17 of 16, of which activations may as well be read again. Other shapes have no room for the activations or leave accumulators waiting, and are up to a third slower.
    /// </summary>
    public static TileShape PlacedFloats(Tier tier) => Bits(tier) == 512 ? new(512, 8, 2) : new(256, 4, 2);

    /// <summary>The planner's tile for sparse streams of V×1 vectors: about as many accumulators as hide the latency of the multiply-add.</summary>
    /// <param name="tier">The tier.</param>
    /// <param name="vectorLength">V.</param>
    /// <param name="isDouble">An accumulator fills two registers.</param>
    public static TileShape Stream(Tier tier, int vectorLength, bool isDouble = false)
    {
        int bits = Bits(tier);
        int budget = (bits == 32 ? 4 : Registers(tier) - 6) / (isDouble ? 2 : 1);
        int vectors = vectorLength switch
        {
            1 => 8,
            2 => 8,
            4 => 6,
            8 => 3,
            _ => 1,
        };
        while (vectors > 1 && vectors * vectorLength > budget) vectors--;
        return new TileShape(bits, vectorLength, vectors);
    }

    /// <summary>Vectors of fours that four rows of bytes become, a vector of each.</summary>
    public const int VectorsOfFours = 4;

    /// <summary>
    /// The tile for sparse streams whose entries are multiplied four at a time: four vectors of X, or twice as many for few rows, and rows of a vector group, as many as leave room for the six vectors that four rows of X are interleaved in.
    /// Rows that do not fit are those of another pass over the entries.
    /// </summary>
    /// <param name="tier">One with dot products of bytes.</param>
    /// <param name="vectorLength">Rows of a vector group.</param>
    /// <param name="vectors">Vectors that the user wants, or 0; they come in fours.</param>
    public static TileShape DotStream(Tier tier, int vectorLength, int vectors = 0)
    {
        (int bits, int accumulators) = tier switch { Tier.Avx512Native => (512, 20), Tier.AdvSimdDp => (128, 20), _ => (256, 8) };
        int fours = vectors == 0 ? 2 : Math.Min(2, (vectors + VectorsOfFours - 1) / VectorsOfFours);
        int Rows(int of) => Enumerable.Range(1, vectorLength).Last(rows => vectorLength % rows == 0 && rows * of * VectorsOfFours <= accumulators);
        // Twice the vectors would halve the rows that share what was interleaved.
        if (vectors == 0 && Rows(fours) < Rows(1)) fours = 1;
        return new TileShape(bits, Rows(fours), fours * VectorsOfFours);
    }

    /// <summary>Bits of the vectors of dot products of four bytes in C#: AVX-VNNI is encoded with VEX, which has no vectors of 512.</summary>
    public static int DotBits(Tier tier) => Math.Min(Bits(tier), 256);

    /// <summary>The tile for dot products of rows with rows that a pattern names: rows of a vector group and entries whose accumulators, with a vector of each entry and one of a row, fill the register file.</summary>
    public static (int Rows, int Entries) Sampled(Tier tier, int vectorLength) => vectorLength == 1 ? (1, 8) : (Math.Min(vectorLength, Registers(tier) == 32 ? 4 : 2), 4);

    /// <summary>The user's tile for a tier laid over the planner's.</summary>
    public static TileShape Override(TileShape shape, KernelSpec spec, Tier tier)
    {
        TileOverride? tile = spec.Tiles.FirstOrDefault(t => t.Tier == tier);
        if (tile is null) return shape;
        return shape with
        {
            Height = tile.Height > 0 ? tile.Height : shape.Height,
            Vectors = tile.Vectors > 0 ? tile.Vectors : shape.Vectors,
        };
    }

    /// <summary>Depth of a cache block: the user's for this tier, or the planner's.</summary>
    public static int DepthBlock(int planned, KernelSpec spec, Tier tier) =>
        spec.Tiles.FirstOrDefault(t => t.Tier == tier) is { Depth: > 0 } tile ? tile.Depth : planned;
}
