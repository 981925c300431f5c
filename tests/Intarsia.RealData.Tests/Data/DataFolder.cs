using Xunit;

namespace Intarsia.RealData.Tests.Data;

/// <summary>
/// Finds the folder of real data: the one that <c>INTARSIA_DATA</c> names, else <c>../shared/data</c> beside the repository. Where it is absent a test skips;
/// with <c>INTARSIA_REQUIRE_DATA=1</c> it fails instead, so that a CI run cannot pass by not looking.
/// </summary>
internal static class DataFolder
{
    private const string PathVariable = "INTARSIA_DATA";
    private const string RequireVariable = "INTARSIA_REQUIRE_DATA";

    /// <summary>The full path of a file or folder of the data, which exists; otherwise the test skips or fails.</summary>
    public static string Require(string relativePath) =>
        Require(relativePath, Environment.GetEnvironmentVariable(PathVariable), Environment.GetEnvironmentVariable(RequireVariable) == "1");

    /// <summary>As <see cref="Require(string)"/>, with the environment given.</summary>
    internal static string Require(string relativePath, string? configured, bool required)
    {
        string? folder = string.IsNullOrEmpty(configured) ? BesideRepository() : configured;
        string? path = folder is null ? null : Path.GetFullPath(Path.Combine(folder, relativePath));
        if (path is not null && (File.Exists(path) || Directory.Exists(path)))
            return path;
        string message = $"Real data '{relativePath}' is absent: {(path is null ? "the repository was not found above the test assembly" : $"there is no '{path}'")}. "
            + $"Point {PathVariable} at the data folder (docs/data.md says what belongs there).";
        if (required)
            Assert.Fail($"{message} {RequireVariable}=1 makes this a failure.");
        throw new SkipException(message);
    }

    private static string? BesideRepository()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Intarsia.slnx")))
                return Path.Combine(folder.FullName, "..", "shared", "data");
        }
        return null;
    }
}
