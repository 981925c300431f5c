using Intarsia.Compiler.Planning.Gpu;
using Intarsia.Compiler.Rules;
using Intarsia.Compiler.Specs;

namespace Intarsia.Repository.Tests;

/// <summary>README says what the code does. With <c>INTARSIA_UPDATE_README=1</c> the block is written instead of compared.</summary>
public sealed class SupportMatrixTests
{
    private const string Begin = "<!-- support-matrix:begin -->\n", End = "<!-- support-matrix:end -->";

    [Fact]
    public void Readme_SupportMatrix_EqualsWhatRulesAndEmitterSay()
    {
        string readme = Repository.Read("README.md");
        int begin = readme.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length, end = readme.IndexOf(End, StringComparison.Ordinal);
        string written = readme[begin..end], expected = "\n" + SupportMatrix.Write() + "\n";
        if (Environment.GetEnvironmentVariable("INTARSIA_UPDATE_README") == "1")
        {
            File.WriteAllText(Repository.PathOf("README.md"), readme[..begin] + expected + readme[end..]);
            return;
        }

        Assert.True(expected == written, $"The block between the markers in README.md should read (INTARSIA_UPDATE_README=1 writes it):\n{expected}");
    }

    /// <summary>A cell that lacks a form for accelerators has a diagnostic that names the reason.</summary>
    [Fact]
    public void Cell_WithoutAFormForAccelerators_HasADiagnostic()
    {
        string[] silent = [.. from cell in SupportMatrix.Representatives
            where !DevicePlanner.Supports(cell.Spec, Device.Portable) || !DevicePlanner.Supports(cell.Spec, Device.Sm80)
            where DeviceRules.Check(cell.Spec, SupportMatrix.Declare(cell.Spec)).Count == 0
            select KernelName.Of(cell.Spec)];
        Assert.Empty(silent);
    }
}
