using System.Diagnostics;
using System.Reflection;

namespace Intarsia.Repository.Tests;

/// <summary>The checkout that this test project was built from.</summary>
internal static class Repository
{
    /// <summary>Its root folder.</summary>
    public static string Root { get; } = BuildValue("RepositoryRoot");

    /// <summary>A file by its path from the root, with / between folders.</summary>
    public static string PathOf(string relative) => Path.Combine([Root, .. relative.Split('/')]);

    /// <summary>The text of a file, with LF line ends.</summary>
    public static string Read(string relative) => File.ReadAllText(PathOf(relative)).ReplaceLineEndings("\n");

    /// <summary>Runs a sample that was built in this test project's configuration, in the root folder.</summary>
    public static (int ExitCode, string Output) RunSample(string name, string[] arguments, params (string Name, string Value)[] environment)
    {
        string program = PathOf($"samples/{name}/bin/{BuildValue("Configuration")}/net10.0/{name}.dll");
        var start = new ProcessStartInfo("dotnet", [program, .. arguments]) { WorkingDirectory = Root, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach ((string variable, string value) in environment) start.Environment[variable] = value;
        using Process process = Process.Start(start)!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output + error.Result);
    }

    private static string BuildValue(string key) => typeof(Repository).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(attribute => attribute.Key == key).Value!;
}
