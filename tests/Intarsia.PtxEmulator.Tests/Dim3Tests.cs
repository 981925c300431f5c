using Xunit;

namespace Intarsia.PtxEmulator.Tests;

[Trait("Category", "Gpu")]
public sealed class Dim3Tests
{
    [Fact]
    public void Count_LargeGrid_DoesNotOverflow() => Assert.Equal(2147483647L * 65535 * 2, new Dim3(2147483647, 65535, 2).Count);
}
