using Intarsia.Kernels;
using Xunit;

namespace Intarsia.Runtime.Tests;

/// <summary>Working memory: kept, grown, and under the switch that tests run with (tests/Directory.Build.props) spoiled each time it is rented.</summary>
public sealed class ScratchTests
{
    [Fact]
    public void Rent_Again_IsTheSameMemoryWithNothingOfTheLastCallInIt()
    {
        ref float first = ref Scratch.Rent<float>(7, 16);
        first = 1;
        ref float again = ref Scratch.Rent<float>(7, 16);
        Assert.True(System.Runtime.CompilerServices.Unsafe.AreSame(ref first, ref again));
        Assert.True(AppContext.TryGetSwitch(Scratch.Switch, out bool spoils) && spoils);
        Assert.True(float.IsNaN(again));
        Assert.Equal(unchecked((int)0xCDCDCDCD), Scratch.Rent<int>(7, 16));
        Assert.True(float.IsNaN((float)Scratch.Rent<BFloat16>(7, 16)));
    }

    [Fact]
    public void Rent_OfNothing_IsServed() => Assert.Equal(0xCD, Scratch.Rent<byte>(7, 0));
}
