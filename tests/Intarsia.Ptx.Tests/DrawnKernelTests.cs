using Intarsia.Compiler.Backends.Ptx;
using Intarsia.Compiler.Planning.Gpu;
using Intarsia.Ptx.Tests.Tools;
using Xunit.Abstractions;
using PtxTarget = Intarsia.Ptx.Tests.Tools.PtxTarget;

namespace Intarsia.Ptx.Tests;

/// <summary>
/// Kernels drawn from the product space, as the emulator runs them: no stack, nothing spilled, no advice of the assembler, no more registers than the blocks that the text asks for leave to a thread, and those as predicted.
/// <c>INTARSIA_PTX_CASES</c> is the number of kernels of a target, <c>INTARSIA_PTX_SEED</c> draws others than the usual ones.
/// </summary>
[Trait("Category", "Gpu")]
public sealed class DrawnKernelTests(ITestOutputHelper output)
{
    /// <summary>Kernels of a target that every run takes.</summary>
    private const int DefaultCases = 96;

    /// <summary>Kernels that are assembled before their results are looked at.</summary>
    private const int Batch = 64;

    /// <summary>Registers that a drawn kernel may be off its prediction by, either way.</summary>
    private const int Margin = 64;

    /// <summary>A constant depth that is one or two steps of a tile: the assembler takes such a loop apart, and the kernel may need any number of registers less.</summary>
    private const int TwoSteps = 128;

    [SkippableTheory]
    [InlineData(Device.Sm80)]
    [InlineData(Device.Sm90A)]
    public void Kernel_Drawn_SpillsNothingAndIsAsPredicted(Device device)
    {
        ulong seed = (ulong)DrawnPtx.Setting("INTARSIA_PTX_SEED", 2027);
        int cases = DrawnPtx.Setting("INTARSIA_PTX_CASES", DefaultCases), most = 0, count = 0;
        var violations = new List<string>();
        foreach (DrawnPtx[] kernels in DrawnPtx.Of(seed, device).Take(cases).Chunk(Batch))
        {
            IReadOnlyList<AssembledModule> modules = Ptxas.AssembleAll(kernels.Select(kernel => (kernel.Text, kernel.Target)));
            foreach ((DrawnPtx kernel, AssembledModule module) in kernels.Zip(modules))
            {
                count++;
                most = Math.Max(most, Math.Abs(module.Kernel().Registers - RegisterPressure.Predict(kernel.Program)));
                violations.AddRange(Violations(kernel, module).Select(violation => $"{kernel.Draw}: {violation}"));
            }
        }
        output.WriteLine($"seed {seed}, {device}: {count} kernels, {violations.Count} violations, registers at most {most} off their prediction");
        Assert.True(violations.Count == 0, $"{violations.Count} violations in {count} kernels\n{string.Join('\n', violations.Take(20))}");
    }

    /// <summary>Blocks that a multiprocessor of capability 8.0 takes, however few threads they have; the assembler ignores who asks for more.</summary>
    private const int MostBlocks = 32;

    /// <summary>Asked for twice the blocks and one more, the assembler has too few registers for what lives at once: each such kernel is reported.</summary>
    [SkippableFact]
    public void Kernel_AskingForTooManyBlocks_IsReported()
    {
        DrawnPtx[] kernels =
        [
            .. DrawnPtx.Of(2027, Device.Sm80).Where(kernel => RegisterPressure.Of(kernel.Program) > 100)
                .Select(kernel => kernel with { Program = kernel.Program with { MinBlocks = BlocksFor(kernel.Program, RegisterPressure.Of(kernel.Program) / 2) } })
                .Where(kernel => kernel.Program.MinBlocks <= MostBlocks).Take(8),
        ];

        IReadOnlyList<AssembledModule> modules = Ptxas.AssembleAll(kernels.Select(kernel => (kernel.Text, kernel.Target)));

        string[] passed = [.. kernels.Zip(modules).Where(k => !Violations(k.First, k.Second).Any(violation => violation.Contains("spill", StringComparison.Ordinal))).Select(k => k.First.Draw.ToString())];
        Assert.True(passed.Length == 0, string.Join('\n', passed));
    }

    /// <summary>Registers predicted far from what the assembler finds are reported, too, and shared memory that the plan does not know of.</summary>
    [SkippableFact]
    public void Kernel_WithAnotherPrediction_IsReported()
    {
        DrawnPtx kernel = DrawnPtx.Of(2027, Device.Sm80).First(kernel => !kernel.Draw.Spec.Depth.IsConstant && RegisterPressure.Of(kernel.Program) < 64);
        AssembledModule module = Ptxas.Assemble(kernel.Text, kernel.Target);

        Assert.Empty(Violations(kernel, module));
        Assert.Contains("registers", Assert.Single(Violations(kernel with { Program = kernel.Program with { MinBlocks = 1, LoadsAhead = 2 * Margin } }, module)), StringComparison.Ordinal);
        Assert.Contains("shared memory", Assert.Single(Violations(kernel with { Program = kernel.Program with { SharedBytes = kernel.Program.SharedBytes + 16 } }, module)), StringComparison.Ordinal);
    }

    /// <summary>The share of a thread has the room, or the kernel is alone; more blocks than shared memory holds are not asked for.</summary>
    [Theory]
    [InlineData(32)]
    [InlineData(128)]
    [InlineData(256)]
    [InlineData(512)]
    public void Blocks_OfAnyKernel_LeaveTheRoom(int threads)
    {
        Compiler.Backends.Ptx.PtxTarget target = Compiler.Backends.Ptx.PtxTarget.Sm80;
        for (int live = 1; live <= 300; live++)
        {
            int blocks = Occupancy.Blocks(live, threads, 0, target);
            Assert.InRange(blocks, 1, Math.Min(32, 2048 / threads));
            if (blocks > 1) Assert.True(Occupancy.Share(threads, blocks, target) >= Math.Min(255 / 8 * 8, live + Occupancy.Room), $"{live} live, {blocks} blocks of {threads} threads");
            Assert.True(blocks == Math.Min(32, 2048 / threads) || Occupancy.Share(threads, blocks + 1, target) < live + Occupancy.Room, $"{live} live: {blocks + 1} blocks leave the room, too");
        }
        Assert.Equal(1, Occupancy.Blocks(20, threads, target.MaxSharedBytes, target));
        Assert.Equal(Math.Min(2, Occupancy.Blocks(20, threads, 0, target)), Occupancy.Blocks(20, threads, 80 * 1024, target));
    }

    /// <summary>
    /// Shared memory as planned from the tile program, to the byte, is what the launch asks for; the assembler knows of no other. No assembler takes part, so that draws are many. What the kernel does with it the emulator watches.
    /// </summary>
    [Theory]
    [InlineData(Device.Sm80, 600)]
    [InlineData(Device.Sm90A, 60)]
    public void SharedMemory_OfADrawnKernel_IsAsPlanned(Device device, int cases)
    {
        DrawnPtx[] kernels = [.. DrawnPtx.Of(2028, device).Take(cases)];
        string[] off = [.. kernels.Where(kernel => SharedBudget.Bytes(kernel.Plan.Program) != kernel.Program.SharedBytes).Select(kernel => $"{kernel.Draw}: {kernel.Program.SharedBytes} bytes asked for, {SharedBudget.Bytes(kernel.Plan.Program)} planned")];
        Assert.True(off.Length == 0, string.Join('\n', off.Take(20)));
        Assert.InRange(kernels.Select(kernel => kernel.Program.SharedBytes).Distinct().Count(), 4, int.MaxValue);
    }

    /// <summary>The least number of blocks that leaves a thread no more than so many registers.</summary>
    private static int BlocksFor(WarpProgram program, int registers) => Enumerable.Range(1, 64).First(blocks => Occupancy.Share(program.Threads, blocks, program.Target) <= registers);

    private static IEnumerable<string> Violations(DrawnPtx kernel, AssembledModule module)
    {
        KernelResources found = module.Kernel();
        WarpProgram program = kernel.Program;
        int predicted = RegisterPressure.Predict(program), share = Occupancy.Share(program.Threads, program.MinBlocks, program.Target);
        if (found.StackBytes > 0) yield return $"{found.StackBytes} bytes of stack";
        if (found.SpillStoreBytes > 0 || found.SpillLoadBytes > 0) yield return $"{found.SpillStoreBytes} bytes of spill stores, {found.SpillLoadBytes} of spill loads";
        foreach (string advice in module.Advisories) yield return advice;
        if (found.Registers > share) yield return $"{found.Registers} registers, where {program.MinBlocks} blocks of {program.Threads} threads leave {share}";
        bool isTakenApart = kernel.Draw.Spec.Depth is { IsConstant: true, Constant: <= TwoSteps };
        if (found.Registers > predicted + Margin || found.Registers < predicted - Margin && !isTakenApart) yield return $"found {found.Registers} registers, predicted {predicted} ± {Margin}";
        int planned = SharedBudget.Bytes(kernel.Plan.Program), shared = found.SharedBytes + program.SharedBytes;
        if (shared != planned) yield return $"{found.SharedBytes} bytes of static shared memory and {program.SharedBytes} that the launch asks for, where {planned} are planned";
    }
}
