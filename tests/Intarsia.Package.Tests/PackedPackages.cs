using System.IO.Compression;

namespace Intarsia.Package.Tests;

/// <summary>Packs the solution into a temporary folder, once, and makes projects that use what was packed.</summary>
public sealed class PackedPackages : IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("intarsia-package-").FullName;

    /// <summary>Packs what the build of this test project has already built.</summary>
    public PackedPackages()
    {
        string solution = Path.Combine(DotNet.BuildValue("RepositoryRoot"), "Intarsia.slnx");
        (int exitCode, string output) = DotNet.Run(root, "pack", solution, "--no-build", "-c", DotNet.BuildValue("Configuration"), "-o", Feed);
        Assert.True(exitCode == 0, output);
    }

    /// <summary>The folder with the packages.</summary>
    public string Feed => Path.Combine(root, "feed");

    /// <summary>The files inside one package.</summary>
    public string[] Files(string package, string extension = "nupkg")
    {
        using ZipArchive archive = ZipFile.OpenRead(Path.Combine(Feed, $"{package}.{DotNet.BuildValue("PackageVersion")}.{extension}"));
        return [.. archive.Entries.Select(entry => entry.FullName)];
    }

    /// <summary>A fresh console project with the settings of <c>dotnet new console</c> and one reference, to the Intarsia package. Restores without network: our packages and the local cache are its only sources.</summary>
    public string CreateConsoleProject(string name, string program, string properties = "")
    {
        string folder = Directory.CreateDirectory(Path.Combine(root, name)).FullName;
        File.WriteAllText(Path.Combine(folder, "Program.cs"), program);
        File.WriteAllText(Path.Combine(folder, "nuget.config"), $"""
            <configuration>
              <config><add key="globalPackagesFolder" value="packages" /></config>
              <packageSources><clear /><add key="packed" value="{Feed}" /><add key="cache" value="{DotNet.BuildValue("PackageCache")}" /></packageSources>
              <fallbackPackageFolders><clear /></fallbackPackageFolders>
            </configuration>
            """);
        File.WriteAllText(Path.Combine(folder, name + ".csproj"), $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>net10.0</TargetFramework>
                <ImplicitUsings>enable</ImplicitUsings>
                <Nullable>enable</Nullable>
                {properties}
              </PropertyGroup>
              <ItemGroup>
                <PackageReference Include="Intarsia" Version="{DotNet.BuildValue("PackageVersion")}" />
              </ItemGroup>
            </Project>
            """);
        return folder;
    }

    /// <summary>Removes everything that was packed and made.</summary>
    public void Dispose() => Directory.Delete(root, recursive: true);
}
