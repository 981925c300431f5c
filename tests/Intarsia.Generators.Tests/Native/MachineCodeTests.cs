using System.Globalization;
using System.Text.RegularExpressions;
using Iced.Intel;
using Intarsia.Compiler;
using Intarsia.Compiler.Backends.Native;
using Intarsia.Compiler.Backends.Vectors;
using Intarsia.Compiler.Planning;
using Intarsia.Compiler.Rules;
using Intarsia.Compiler.Specs;
using Intarsia.Compiler.Tiles;
using Intarsia.Generators.Tests.Harness;

namespace Intarsia.Generators.Tests.Native;

/// <summary>The functions of the tier of machine code: what stands beside the bytes, what they leave as it was, how long their loops are.</summary>
public partial class MachineCodeTests
{
    /// <summary>Both operand orders, both signs, both layouts, scale groups, bfloat16.</summary>
    public static TheoryData<string> Kernels =>
    [
        "gemm_dense_s8-u8-s32_r768_d768_cN_tt", "gemm_dense_s8-s8-s32_rN_dN_cN_tt", "gemm_dense_s8-u8-s32_rN_dN_cN", "gemm_dense_s8-s8-s32_rN_dN_cN",
        "gemm_dense_s4g32-s8k-f32_r4096_d4096_cN_tt__dequantise", "gemm_dense_s4-u8-s32_rN_dN_cN_tt", "gemm_dense_flint4g64-s8k-f32_rN_dN_cN_tt__dequantise", "gemm_dense_ternary-s8-s32_rN_dN_cN_tt", "gemm_dense_binary-u8-s32_rN_dN_cN_tt", "gemm_dense_bcq3g64z-s8k-f32_rN_dN_cN__dequantise", "gemm_dense_s4g32-s8k-f32_rN_dN_cN__dequantise", "gemm_dense_bf16-bf16-f32_rN_dN_cN_tt", "gemm_dense_bf16-bf16-bf16_rN_dN_cN",
        "spmm_nm1of4_s8-u8-s32_r768_d3072_cN_tt", "spmm_nm1of8_s8-s8-s32_rN_dN_cN_tt", "spmm_nm1of16_s4r-s8k-f32_rN_dN_cN_tt__dequantise", "spmm_nm2of4_s8-u8-s32_rN_dN_cN_tt", "spmm_nm2of4v8_s8-s8-s32_rN_dN_cN_tt", "spmm_nm1of4v4_s8-u8-s32_r768_d3072_cN_tt",
        "spmm_csr_s8-s8-s32_r768_d3072_cN", "spmm_srbcrs8_s8-s8-s32_r768_d3072_cN", "spmm_srbcrs8_s8-u8-s32_rN_dN_cN_tt", "spmm_bsr4x4_s4r-s8k-f32_rN_dN_cN_tt__dequantise",
    ];

    [Theory]
    [MemberData(nameof(Kernels))]
    public void Function_ReadBack_IsItsListing(string kernel)
    {
        foreach ((string name, VectorProgram program) in Programs(kernel))
        {
            MachineCode code = X64Encoder.Encode(program);
            byte[] bytes = [.. code.Listing.SelectMany(line => line.Bytes)];
            Assert.Equal(code.Listing, Listing.Of(bytes));
            Assert.Equal(code, X64Encoder.Encode(program));
            Assert.True(code.Needs != CpuFeatures.None, $"{name} needs nothing that C# has no intrinsic for.");
        }
    }

    [Theory]
    [MemberData(nameof(Kernels))]
    public void Function_Registers_AreThoseOfTheConvention(string kernel)
    {
        foreach ((string name, VectorProgram program) in Programs(kernel))
        {
            Instruction[] code = Decode(X64Encoder.Encode(program));
            Register[] pushed = [.. code.TakeWhile(i => i.Mnemonic == Mnemonic.Push).Select(i => i.Op0Register)];
            Register[] popped = [.. code.Where(i => i.Mnemonic == Mnemonic.Pop).Select(i => i.Op0Register)];
            Assert.Equal(pushed.Reverse(), popped);
            Assert.Equal(Mnemonic.Ret, code[^1].Mnemonic);
            Assert.Single(code, i => i.Mnemonic == Mnemonic.Vzeroupper);
            Register[] kept = [Register.RBX, Register.RBP, Register.R12, Register.R13, Register.R14, Register.R15];
            var factory = new InstructionInfoFactory();
            foreach (Instruction instruction in code.Where(i => i.Mnemonic is not (Mnemonic.Push or Mnemonic.Pop)))
            {
                foreach (UsedRegister used in factory.GetInfo(instruction).GetUsedRegisters().Where(used => used.Access is OpAccess.Write or OpAccess.ReadWrite or OpAccess.CondWrite))
                    Assert.True(!kept.Contains(used.Register.GetFullRegister()) || pushed.Contains(used.Register.GetFullRegister()), $"{name}: {instruction} writes a register of the caller's.");
            }
            long[] frame = [.. code.Where(i => i.Mnemonic is Mnemonic.Sub or Mnemonic.Add && i.Op0Register == Register.RSP).Select(i => i.Mnemonic == Mnemonic.Sub ? -(long)i.Immediate32 : i.Immediate32)];
            Assert.Equal(0, frame.Sum());
        }
    }

    [Theory]
    [InlineData("gemm_dense_bcq2g32-s8k-f32_rN_dN_cN_tt__dequantise", "planes2_bytes_1x4_clip")]
    [InlineData("gemm_dense_binary-s8-s32_rN_dN_c1_tt", "planes1_bytes_1x4_raw_clip")]
    public void HotLoop_OfTables_IsElevenInstructionsForEachVector(string kernel, string block)
    {
        Instruction[] loop = HotLoop(Decode(X64Encoder.Encode(Programs(kernel).Single(p => p.Name == block).Program)));
        Assert.Equal([16, 16, 8, 4], new[] { Mnemonic.Vpdpbusd, Mnemonic.Vpermb, Mnemonic.Vpternlogd, Mnemonic.Vpsrld }.Select(mnemonic => loop.Count(i => i.Mnemonic == mnemonic)));
        // Weights, what is asked for ahead and four tables, addresses, the count and the branch.
        Assert.InRange(loop.Length, 44, 44 + 8 + 4 + 6);
    }

    [Theory]
    [InlineData("gemm_dense_s8-u8-s32_r768_d768_cN_tt", "contract_u8s8_8x3", 48)]
    [InlineData("gemm_dense_bf16-bf16-f32_r768_d768_cN_tt", "contract_bf16_8x3", 48)]
    [InlineData("gemm_dense_s8-u8-s32_r1024_d1024_cN_tt", "contract_u8s8_6x4", 48)]
    public void HotLoop_OfMainTile_IsDotProductsAndLittleElse(string kernel, string block, int dots)
    {
        Instruction[] code = Decode(X64Encoder.Encode(Programs(kernel).Single(p => p.Name == block).Program));
        Instruction[] loop = HotLoop(code);
        Assert.Equal(dots, loop.Count(i => i.Mnemonic is Mnemonic.Vpdpbusd or Mnemonic.Vdpbf16ps));
        Assert.True(loop[0].IP % 64 == 0, $"it begins at {loop[0].IP}");
        // Loads and broadcasts of two steps, addresses, the count and the branch.
        Assert.InRange(loop.Length, dots, dots + 30);
        Assert.DoesNotContain(loop, i => i.MemoryBase == Register.RSP);
        // Every vector of the output is on its way while the loop runs.
        Assert.Equal(dots / 2, code.Count(i => i.Mnemonic == Mnemonic.Prefetchw));
    }

    /// <summary>Codes become bytes by one permutation of a table, which no mask goes before: two fields to a byte, four, or eight.</summary>
    [Theory]
    [InlineData("gemm_dense_flint4g64-s8k-f32_r4096_d4096_cN_tt__dequantise", "few_s8u8table16_dots8_1x2_rowgroups_codes_clip", 2)]
    [InlineData("gemm_dense_ternary-u8-s32_rN_dN_cN_tt", "few_u8s8tableof4_dots16_1x2_clip", 4)]
    [InlineData("gemm_dense_u1-s8-s32_rN_dN_cN_tt", "few_s8u8tableof2_dots32_1x2_clip", 8)]
    public void HotLoop_OfCodes_IsPermutationsAndDotProducts(string kernel, string block, int fields)
    {
        Instruction[] loop = HotLoop(Decode(X64Encoder.Encode(Programs(kernel).Single(p => p.Name == block).Program)));
        Assert.Equal(4 * fields, loop.Count(i => i.Mnemonic == Mnemonic.Vpdpbusd));
        Assert.Equal(4 * fields, loop.Count(i => i.Mnemonic == Mnemonic.Vpermb));
        Assert.Equal(4 * (fields - 1), loop.Count(i => i.Mnemonic == Mnemonic.Vpsrld));
        Assert.Equal(0, loop.Count(i => i.Mnemonic == Mnemonic.Vpandq));
    }

    /// <summary>Weights that are unpacked are asked for ahead, one prefetch for each vector, and bytes where four products or more stand between two loads.</summary>
    [Theory]
    [InlineData("gemm_dense_s4g128-s8k-f32_r4096_d4096_cN_tt__dequantise", "few_s8s4_dots8_4x2_rowgroups_codes_clip", 4)]
    [InlineData("gemm_dense_s4-u8-s32_rN_dN_cN_tt", "few_u8s4_dots8_8x2_codes_clip", 4)]
    [InlineData("gemm_dense_s8-s8-s32_r768_d768_cN_tt", "contract_s8s8_8x3_few", 6)]
    [InlineData("gemm_dense_s8-s8-s32_r768_d768_cN_tt", "contract_s8s8_4x3_few", 6)]
    [InlineData("gemm_dense_s8-s8-s32_r768_d768_cN_tt", "contract_s8s8_2x3_few", 0)]
    public void HotLoop_OfFewColumns_ReadsAheadWhereArithmeticIsLong(string kernel, string block, int prefetches)
    {
        Instruction[] loop = HotLoop(Decode(X64Encoder.Encode(Programs(kernel).Single(p => p.Name == block).Program)));
        Assert.Equal(prefetches, loop.Count(i => i.Mnemonic == Mnemonic.Prefetcht0));
        Assert.Equal(prefetches > 0 ? prefetches : 6, loop.Count(i => i.Mnemonic == Mnemonic.Vmovdqu32));
    }

    /// <summary>A step of 1:4 weights has one permutation and one dot product for 16 of depth, where a dense one has four dot products.</summary>
    [Fact]
    public void HotLoop_OfPlacedWeights_PermutesOnceForEachDotProduct()
    {
        Instruction[] loop = HotLoop(Decode(X64Encoder.Encode(Programs("spmm_nm1of4_s8-u8-s32_r768_d3072_cN_tt").Single(p => p.Name == "contract_u8s8of16_8x3").Program)));
        Assert.Equal(48, loop.Count(i => i.Mnemonic == Mnemonic.Vpdpbusd));
        Assert.Equal(48, loop.Count(i => i.Mnemonic == Mnemonic.Vpermb));
        Assert.Equal(16, loop.Count(i => i.Mnemonic == Mnemonic.Vbroadcasti32x4));
        Assert.InRange(loop.Length, 96, 96 + 40);
    }

    /// <summary>Four rows of 2:4 weights take one permutation and four dot products for 8 of depth, where dense ones have eight dot products.</summary>
    [Fact]
    public void HotLoop_OfSharedPlaces_PermutesOnceForFourDotProducts()
    {
        Instruction[] loop = HotLoop(Decode(X64Encoder.Encode(Programs("spmm_nm2of4v8_s8-u8-s32_r768_d3072_cN_tt").Single(p => p.Name == "contract_u8s8of8v4_6x4").Program)));
        Assert.Equal(48, loop.Count(i => i.Mnemonic == Mnemonic.Vpdpbusd));
        Assert.Equal(12, loop.Count(i => i.Mnemonic == Mnemonic.Vpermb));
        Assert.InRange(loop.Length, 60, 60 + 40);
    }

    /// <summary>
    /// Four entries of a row of one weight each, against 128 columns: eight loads, sixteen instructions to unpack them and eight dot products; where four rows share what was unpacked, half of the loads and of the unpacking, and four dot products for each row.
    /// The eighth mask of a tile that ends with the columns has no register of its own, and is made where it is used.
    /// </summary>
    [Theory]
    [InlineData("spmm_csr_s8-s8-s32_r768_d3072_cN", "stream_s8s8_1x8_clip", 8, 16, 8, 2)]
    [InlineData("spmm_csr_s8-u8-s32_r768_d3072_cN", "stream_u8s8_1x8", 8, 16, 8, 2)]
    [InlineData("spmm_srbcrs2_s8-s8-s32_r768_d3072_cN", "stream_s8s8_2x8", 8, 16, 16, 4)]
    [InlineData("spmm_srbcrs4_s8-s8-s32_r768_d3072_cN", "stream_s8s8_4x4", 4, 8, 16, 4)]
    [InlineData("spmm_srbcrs8_s8-s8-s32_r768_d3072_cN_tt", "stream_s8s8_4of8x4", 4, 8, 16, 4)]
    [InlineData("spmm_srbcrs5_s8-s8-s32_rN_dN_cN_tt", "stream_s8s8_5x4", 4, 8, 20, 5)]
    public void HotLoop_OfAStream_UnpacksOnceForItsRows(string kernel, string block, int loads, int unpacks, int dots, int broadcasts)
    {
        Instruction[] loop = HotLoop(Decode(X64Encoder.Encode(Programs(kernel).Single(p => p.Name == block).Program)));
        Assert.Equal(dots, loop.Count(i => i.Mnemonic == Mnemonic.Vpdpbusd));
        Assert.Equal(unpacks, loop.Count(i => i.Mnemonic is Mnemonic.Vpunpcklbw or Mnemonic.Vpunpckhbw or Mnemonic.Vpunpcklwd or Mnemonic.Vpunpckhwd));
        Assert.Equal(loads, loop.Count(i => i.Mnemonic == Mnemonic.Vmovdqu32));
        Assert.Equal(broadcasts, loop.Count(i => i.Mnemonic == Mnemonic.Vpbroadcastd));
        // Four indices become addresses, beside those that advance, the count and the branch.
        Assert.Equal(4, loop.Count(i => i.Mnemonic == Mnemonic.Movsxd));
        Assert.InRange(loop.Length, dots + unpacks + loads + broadcasts + 8, dots + unpacks + loads + broadcasts + 20);
        Assert.DoesNotContain(loop, i => i.MemoryBase == Register.RSP);
        Assert.True(loop[0].IP % 64 == 0, $"it begins at {loop[0].IP}");
    }

    /// <summary>
    /// One column against weights of four bits: two dot products for 64 bytes, whose fields are masked where they stand, so that no shift is among them, a broadcast for four vectors, and a prefetch for each. Beside unsigned X, and where the
    /// depth is not known, the upper field is shifted.
    /// </summary>
    [Theory]
    [InlineData("gemm_dense_s4g128-s8k-f32_r4096_d4096_cN_tt__dequantise", "few_s8s4_dots8_1x2i_rowgroups_codes_clip", 0)]
    [InlineData("gemm_dense_s4-s8-s32_r4096_d139808_cN_tt", "few_s8s4_dots8_1x2i_codes_clip", 0)]
    [InlineData("gemm_dense_s4-s8-s32_r4096_d139809_cN_tt", "few_s8s4_dots8_1x2_codes_clip", 4)]
    [InlineData("gemm_dense_s4-s8-s32_rN_dN_cN_tt", "few_s8s4_dots8_1x2_codes_clip", 4)]
    [InlineData("gemm_dense_s4-u8-s32_r4096_d4096_cN_tt", "few_u8s4_dots8_1x2_codes_clip", 4)]
    public void HotLoop_OfOneColumn_IsMasksAndDotProducts(string kernel, string block, int shifts)
    {
        Instruction[] loop = HotLoop(Decode(X64Encoder.Encode(Programs(kernel).Single(p => p.Name == block).Program)));
        Assert.Equal(8, loop.Count(i => i.Mnemonic == Mnemonic.Vpdpbusd));
        Assert.Equal(8, loop.Count(i => i.Mnemonic == Mnemonic.Vpandq));
        Assert.Equal(shifts, loop.Count(i => i.Mnemonic == Mnemonic.Vpsrld));
        Assert.Equal(4, loop.Count(i => i.Mnemonic == Mnemonic.Vmovdqu32));
        Assert.Equal(4, loop.Count(i => i.Mnemonic == Mnemonic.Vpbroadcastd));
        Assert.Equal(4, loop.Count(i => i.Mnemonic == Mnemonic.Prefetcht0));
        Assert.InRange(loop.Length, 28 + shifts, 28 + shifts + 6);
        // Sums enough that no product waits for the one before, which takes four cycles.
        Assert.True(loop.Where(i => i.Mnemonic == Mnemonic.Vpdpbusd).Select(i => i.Op0Register).Distinct().Count() >= 4, "Products wait for each other.");
    }

    [Theory]
    [InlineData("spmm_nm2of4v4_s8-s8-s32_rN_dN_cN_tt")]
    [InlineData("gemm_dense_s8-s8-s32_rN_dN_cN_tt")]
    [InlineData("gemm_dense_s8-s8-s32_rN_dN_cN")]
    [InlineData("gemm_dense_s4g32-s8k-f32_rN_dN_cN__dequantise")]
    [InlineData("gemm_dense_bf16-bf16-f32_rN_dN_cN")]
    [InlineData("spmm_nm1of8_s8-s8-s32_rN_dN_cN_tt")]
    public void Function_OfLargestTileThatFits_FindsItsRegisters(string kernel)
    {
        for (int vectors = 1; vectors <= 6; vectors++)
        {
            KernelSpec[] tiles = [.. Enumerable.Range(1, 16).Select(height => KernelName.Parse(kernel) with { Tiles = EquatableArray.Of(new TileOverride(Tier.Avx512Native, height, vectors, 0)) })];
            KernelSpec largest = tiles.Last(spec => !KernelRules.Check(spec).Any());
            Assert.True(vectors < 3 || largest != tiles[^1], $"16x{vectors} does not fit.");
            foreach ((_, VectorProgram program) in Programs(largest)) Assert.NotEqual(0, X64Encoder.Encode(program).Length);
        }
    }

    [Fact]
    public void TileFile_Bytes_AreWhatTheCommentsBesideThemSay()
    {
        string text = Emit(native: "true");
        Match[] lines = [.. Line().Matches(text).Cast<Match>()];
        Assert.True(lines.Length > 500, $"{lines.Length} lines");
        foreach (Match line in lines)
        {
            byte[] bytes = [.. line.Groups[1].Value.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Where(b => b.Length > 0).Select(b => byte.Parse(b[2..], NumberStyles.HexNumber, CultureInfo.InvariantCulture))];
            string mnemonic = line.Groups[2].Value.Split(' ')[0];
            Assert.Equal(mnemonic, Assert.Single(Listing.Of(bytes)).Text.Split(' ')[0]);
        }
    }

    [Fact]
    public void IntarsiaNative_False_LeavesMachineCodeOut()
    {
        Assert.Contains("NativeMethods", Emit(native: "true"), StringComparison.Ordinal);
        Assert.DoesNotContain("Native", Emit(native: "false"), StringComparison.Ordinal);
    }

    private static string Emit(string native)
    {
        Outcome outcome = GeneratorHarness.Run("""
            using Intarsia;
            public static partial class C
            {
                [Gemm(Rows = 64)]
                public static partial void F([Format(NumberFormat.Int8, Scale = Per.None)] PackedMatrix w, [Layout(MatrixLayout.TokenMajor)] ReadOnlySpan<byte> x, [Layout(MatrixLayout.TokenMajor)] Span<int> y, int tokens);
            }
            """, new TestOptions(("IntarsiaTierList", "Avx512"), ("IntarsiaNative", native)));
        Assert.Empty(outcome.Compiler.Where(diagnostic => diagnostic.Id != "CS1591"));
        return string.Concat(outcome.Sources.Select(source => source.SourceText.ToString()));
    }

    private static IEnumerable<(string Name, VectorProgram Program)> Programs(string kernel) => Programs(KernelName.Parse(kernel));

    private static IEnumerable<(string Name, VectorProgram Program)> Programs(KernelSpec spec)
    {
        (string Name, VectorProgram)[] programs =
        [
            .. TilePlanner.Plans(spec, Tier.Avx512Native).Select(plan => plan.Plan.Program)
                .SelectMany(program => Blocks(program.Body).Where(block => block.IsNative).Select(block => (block.Name, VectorLowering.Lower(program, block).Program))).DistinctBy(program => program.Name),
        ];
        Assert.NotEmpty(programs);
        return programs;
    }

    private static IEnumerable<Statement.Block> Blocks(IEnumerable<Statement> statements) => statements.SelectMany(statement => statement switch
    {
        Statement.Block block => Blocks(block.Body).Prepend(block),
        Statement.For loop => Blocks(loop.Body),
        Statement.If choice => Blocks(choice.Then).Concat(Blocks(choice.Else)),
        Statement.Phase phase => Blocks(phase.Body),
        Statement.Spread spread => Blocks(spread.Body),
        _ => [],
    });

    private static Instruction[] Decode(MachineCode code) => [.. Decoder.Create(64, new ByteArrayCodeReader([.. code.Listing.SelectMany(line => line.Bytes)]))];

    /// <summary>The instructions from the target of the backward branch that spans the most dot products without another in it.</summary>
    private static Instruction[] HotLoop(Instruction[] code) => code
        .Where(branch => branch.IsJccShortOrNear && branch.NearBranchTarget < branch.IP)
        .Select(branch => code.Where(i => i.IP >= branch.NearBranchTarget && i.IP <= branch.IP).ToArray())
        .Where(loop => loop.Count(i => i.IsJccShortOrNear) == 1)
        .MaxBy(loop => loop.Length)!;

    [GeneratedRegex(@"^ +((?:0x[0-9A-F]{2}, ?)+) *// [0-9A-F]{4}  (.+)$", RegexOptions.Multiline)]
    private static partial Regex Line();
}
