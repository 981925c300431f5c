using System.Diagnostics;

namespace Intarsia.Ptx.Tests.Tools;

/// <summary>
/// Finds and runs the CUDA programs that <c>eng/ptx-tools.sh</c> fetches: in the folder that <c>INTARSIA_PTX_TOOLS</c> names, else in <c>artifacts/ptx-tools</c> of the
/// repository. Where they are absent a test skips; with <c>INTARSIA_REQUIRE_PTX_TOOLS=1</c>, which <c>.ci/run</c> sets, it fails.
/// </summary>
internal static class PtxTools
{
    private const string PathVariable = "INTARSIA_PTX_TOOLS";
    private const string RequireVariable = "INTARSIA_REQUIRE_PTX_TOOLS";

    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);

    /// <summary>As many assemblers at a time as there are processors: each is single-threaded and may take a second and 100 MB.</summary>
    private static readonly SemaphoreSlim Running = new(Environment.ProcessorCount);

    /// <summary>The full path of a program of a toolkit, which exists; otherwise the test skips or fails.</summary>
    public static string Require(string toolkit, string program) =>
        Require(toolkit, program, Environment.GetEnvironmentVariable(PathVariable), Environment.GetEnvironmentVariable(RequireVariable) == "1");

    /// <summary>As <see cref="Require(string, string)"/>, with the environment given.</summary>
    internal static string Require(string toolkit, string program, string? configured, bool required)
    {
        string? folder = string.IsNullOrEmpty(configured) ? InRepository() : configured;
        string? path = folder is null ? null : Path.GetFullPath(Path.Combine(folder, toolkit, program));
        if (File.Exists(path)) return path;

        string message = $"{program} {toolkit} is absent: {(path is null ? "the repository was not found above the test assembly" : $"there is no '{path}'")}. "
            + $"Run eng/ptx-tools.sh, or point {PathVariable} at the folder it filled (docs/testing.md).";
        if (required) Assert.Fail($"{message} {RequireVariable}=1 makes this a failure.");
        throw new SkipException(message);
    }

    /// <summary>Runs a program to its end and returns its exit status and both outputs.</summary>
    public static async Task<(int ExitCode, string Output, string Errors)> RunAsync(string program, string folder, params string[] arguments)
    {
        await Running.WaitAsync().ConfigureAwait(false);
        try
        {
            var start = new ProcessStartInfo(program, arguments) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true };
            using Process process = Process.Start(start)!;
            Task<string> output = process.StandardOutput.ReadToEndAsync(), errors = process.StandardError.ReadToEndAsync();
            using var limit = new CancellationTokenSource(Limit);
            try
            {
                await process.WaitForExitAsync(limit.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                process.Kill(entireProcessTree: true);
                throw new TimeoutException($"{program} {string.Join(' ', arguments)} did not end within {Limit.TotalMinutes} minutes.");
            }
            return (process.ExitCode, await output.ConfigureAwait(false), await errors.ConfigureAwait(false));
        }
        finally
        {
            Running.Release();
        }
    }

    private static string? InRepository()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Intarsia.slnx"))) return Path.Combine(folder.FullName, "artifacts", "ptx-tools");
        }
        return null;
    }
}
