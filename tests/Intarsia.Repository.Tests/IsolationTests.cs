using System.Diagnostics;
using System.Globalization;
using Intarsia.Bench.Gpu.Cases;
using Intarsia.Bench.Gpu.Checks;
using Intarsia.Bench.Gpu.Measuring;

namespace Intarsia.Repository.Tests;

/// <summary>Worker processes of the GPU runner, played by shell scripts: whatever becomes of a worker, each item is answered once, and who is to blame is.</summary>
public sealed class IsolationTests
{
    /// <summary>A worker that is ready and answers for items first, first + step … below count.</summary>
    private const string Loop = "echo ready; i=$first; while [ $i -lt $count ]; do {0}; echo right $i; i=$((i+step)); done";

    // Long enough for a shell to begin on a machine that is busy with other tests.
    private static readonly TimeSpan s_silence = TimeSpan.FromSeconds(5);

    [Theory]
    [InlineData(1, 7)]
    [InlineData(3, 7)]
    [InlineData(8, 3)]
    [InlineData(2, 0)]
    public void Run_WorkersThatPass_EveryItemIsRightOnce(int workers, int count)
    {
        List<Answer> answers = Run(string.Format(CultureInfo.InvariantCulture, Loop, ":"), workers, count, out int starts);

        Assert.Equal(Enumerable.Range(0, count), answers.Select(answer => answer.Number));
        Assert.All(answers, answer => Assert.True(answer.IsRight));
        Assert.Equal(Math.Min(workers, count), starts);
    }

    [Theory]
    // It dies of itself, by a signal, without a code, at its first item and at its last.
    [InlineData("[ $i -eq 4 ] && exit 3", 4, "died with exit code 3")]
    [InlineData("[ $i -eq 4 ] && kill -9 $$", 4, "died with exit code 137")]
    [InlineData("[ $i -eq 4 ] && exit 0", 4, "died with exit code 0")]
    [InlineData("[ $i -eq 0 ] && exit 3", 0, "died with exit code 3")]
    [InlineData("[ $i -eq 8 ] && exit 3", 8, "died with exit code 3")]
    // It hangs, alone or in a process of its own.
    [InlineData("[ $i -eq 4 ] && sleep 100", 4, "did not answer for 5 s")]
    [InlineData("[ $i -eq 4 ] && exec sleep 100", 4, "did not answer for 5 s")]
    // It says something, and something wrong.
    [InlineData("echo hello; [ $i -eq 4 ] && echo wrong 4 because && i=$((i+step)) && continue", 4, "because")]
    [InlineData("[ $i -eq 4 ] && echo right 5", 4, "answered for 5 in place of 4")]
    public void Run_WorkerThatFailsAtAnItem_ThatItemIsWrongAndNoOther(string fault, int item, string reason)
    {
        foreach (int workers in (int[])[1, 3])
        {
            List<Answer> answers = Run(string.Format(CultureInfo.InvariantCulture, Loop, fault), workers, count: 9, out _);

            Assert.Equal(Enumerable.Range(0, 9), answers.Select(answer => answer.Number));
            Answer wrong = Assert.Single(answers, answer => !answer.IsRight);
            Assert.Equal(new Answer(item, false, reason), wrong);
        }
    }

    /// <summary>A worker whose device is lost says so behind its answer; the next one goes on, and nobody is blamed for that.</summary>
    [Fact]
    public void Run_WorkerThatStops_IsFollowedByAnother()
    {
        List<Answer> answers = Run("echo ready; echo wrong $first lost; echo stop; sleep 100", workers: 2, count: 5, out int starts);

        Assert.Equal([.. Enumerable.Range(0, 5).Select(i => new Answer(i, false, "lost"))], answers);
        Assert.Equal(5, starts);
    }

    /// <summary>Each takes one item with it, so that this ends.</summary>
    [Fact]
    public void Run_EveryWorkerDiesAtItsFirstItem_EachItemIsWrongOnce()
    {
        List<Answer> answers = Run("echo ready; exit 9", workers: 2, count: 9, out int starts);

        Assert.Equal([.. Enumerable.Range(0, 9).Select(i => new Answer(i, false, "died with exit code 9"))], answers);
        Assert.Equal(9, starts);
    }

    [Theory]
    [InlineData("exit 3", "died with exit code 3")]
    [InlineData("sleep 100", "did not answer for 5 s")]
    [InlineData("echo stop", "stopped before it was ready")]
    public void Run_NoWorkerGetsReady_TheRestIsWrongWithoutFurtherTries(string script, string reason)
    {
        List<Answer> answers = Run(script, workers: 1, count: 50, out int starts);

        Assert.Equal(3, starts);
        Assert.Equal(Enumerable.Range(0, 50), answers.Select(answer => answer.Number));
        Assert.All(answers.Take(3), answer => Assert.Equal(reason, answer.Text));
        Assert.All(answers.Skip(3), answer => Assert.Equal((false, $"not begun: the 3 workers before did not get ready; the last {reason}"), (answer.IsRight, answer.Text)));
    }

    [Fact]
    public void Run_ProgramThatIsNotThere_EveryItemIsWrong()
    {
        var answers = new List<Answer>();
        new Isolation(_ => new ProcessStartInfo("/nowhere/to/be/found"), 2, s_silence).Run(6, answers.Add);

        Assert.Equal(Enumerable.Range(0, 6), answers.Select(answer => answer.Number).Order());
        Assert.All(answers, answer => Assert.False(answer.IsRight));
    }

    /// <summary>What was not checked is not right.</summary>
    [Fact]
    public void Report_OfNoChecks_IsNotRight()
    {
        Assert.False(CheckRun.Report([], _ => { }).IsRight);

        Check[] checks = [new("a", _ => null) { Kernel = "k" }];
        Assert.True(CheckRun.Report(checks, answered => answered(new Answer(0, true, ""))).IsRight);
        CheckResult wrong = CheckRun.Report(checks, answered => answered(new Answer(0, false, "")));
        Assert.False(wrong.IsRight);
        Assert.Equal(["k"], wrong.WrongKernels);
    }

    /// <summary>An empty text would be an argument that no case contains.</summary>
    [Fact]
    public void Arguments_OfAWorker_HaveAFilterOnlyWhereThereIsOne()
    {
        Assert.DoesNotContain("--filter", Worker.Arguments("check", 3, 2, ""));
        Assert.Equal(["--task", "check", "--first", "3", "--step", "2", "--filter", "a b"], Worker.Arguments("check", 3, 2, "a b"));
    }

    [Fact]
    public void Answer_AsALine_IsReadBack()
    {
        Assert.Equal(new Answer(7, false, "two lines, and 3"), Answer.Parse(new Answer(7, false, "two\r\nlines, and 3").Line));
        Assert.Equal(new Answer(7, true, ""), Answer.Parse(new Answer(7, true, "").Line));
        Assert.All((string[])["", "right", "right x", "WRONG 3", "left 3"], line => Assert.Null(Answer.Parse(line)));
    }

    /// <summary>A case that is wrong, at this size or at another, has no result; the others have, and the report is kept after each.</summary>
    [Fact]
    public void Collect_OfResultsAndFaults_KeepsEachInItsPlace()
    {
        GpuCase[] cases = [.. CaseTable.All().DistinctBy(c => c.Kernel).Take(4)];
        var kept = new List<GpuReport>();
        GpuReport report = MeasureRun.Collect(cases, "a device", new HashSet<string> { cases[2].Kernel }, answered =>
        {
            answered(new Answer(0, true, """{"device":"","vendor":"torch","ceilings":{"copy":1},"results":[],"leftOut":[{"case":"c","reason":"the time was up"}]}"""));
            answered(new Answer(1, false, "did not end within 8 s"));
            answered(new Answer(2, true, """{"device":"","vendor":"","ceilings":{"copy":2,"read":3},"results":[]}"""));
            answered(new Answer(3, true, """{"device":"","vendor":"","ceilings":{"copy":2,"read":3},"results":[]}"""));
        }, kept.Add);

        Assert.Equal([new GpuFault(cases[1].ToString(), "did not end within 8 s"), new GpuFault(cases[2].ToString(), "wrong in the correctness part")], report.Faults);
        Assert.Equal([new GpuFault("c", "the time was up")], report.LeftOut);
        Assert.Equal(("a device", "torch", 2, 3), (report.Device, report.Vendor, report.Ceilings["copy"], report.Ceilings["read"]));
        Assert.Equal(4, kept.Count);
        string table = GpuTable.Print(report);
        Assert.Contains("did not end within 8 s", table, StringComparison.Ordinal);
        Assert.Contains("the time was up", table, StringComparison.Ordinal);
    }

    [Fact]
    public void Ahead_OfItems_MakesAsManyAsMemoryIsGrantedForAndEachOnce()
    {
        var made = new System.Collections.Concurrent.ConcurrentBag<int>();
        // Item 3 alone exceeds what is granted, and waits for its turn.
        var ahead = new Ahead<int>(
            number =>
            {
                made.Add(number);
                return number == 5 ? throw new InvalidDataException("5") : number * number;
            },
            number => number == 3 ? 100 : 1, count: 7, ahead: 4, budget: 10);

        Assert.Equal(0, ahead.Take(0));
        Assert.DoesNotContain(3, made);
        Assert.Equal([1, 4, 9, 16], [ahead.Take(1), ahead.Take(2), ahead.Take(3), ahead.Take(4)]);
        Assert.Throws<InvalidDataException>(() => ahead.Take(5));
        Assert.Equal(36, ahead.Take(6));
        Assert.Equal(Enumerable.Range(0, 7), made.Order());
    }

    /// <summary>Answers in the order of the items, and how many workers were started.</summary>
    private static List<Answer> Run(string script, int workers, int count, out int starts)
    {
        var answers = new List<Answer>();
        int started = 0;
        new Isolation(
            first =>
            {
                Interlocked.Increment(ref started);
                return new ProcessStartInfo("/bin/sh", ["-c", string.Create(CultureInfo.InvariantCulture, $"first={first}; step={workers}; count={count}; {script}")]);
            },
            workers, s_silence).Run(count, answers.Add);
        starts = started;
        // Of one worker they come in order; of several, in that of each.
        if (workers > 1) answers.Sort((a, b) => a.Number.CompareTo(b.Number));
        return answers;
    }
}
