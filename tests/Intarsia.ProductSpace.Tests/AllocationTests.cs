using Intarsia.ProductSpace.Drawing;
using Intarsia.ProductSpace.Operands;
using Xunit;
using Xunit.Abstractions;

namespace Intarsia.ProductSpace.Tests;

/// <summary>Calls of kernels of every kind allocate nothing once they are warm: not a byte, on no thread, whether they run on one or on several. Beside no other tests, whose allocations would count.</summary>
[Collection(nameof(GeneratedMutationTests))]
public sealed class AllocationTests(CompiledKernels kernels, ITestOutputHelper output) : IClassFixture<CompiledKernels>
{
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Call_Warm_AllocatesNothing(int degree)
    {
        KernelThreads.MinimumWork = 1;
        DrawnKernel[] draws = [.. kernels.Draws.Where((_, index) => index % 3 == 0)];
        int helped = 0;
        Assert.All(draws, draw =>
        {
            using OperandBag bag = BagBuilder.Build(draw, OperandFactory.Draw(draw));
            Allocation allocation = Allocation.Of(bag, kernels.Library.Find(draw).Call, degree);
            if (allocation.IsHelped) helped++;
            Assert.True(allocation.Bytes == 0, $"{draw}: {allocation.Bytes} bytes in ten calls with {degree} threads");
        });
        output.WriteLine($"{draws.Length} kernels, {helped} with help of the pool");
        Assert.True(draws.Length > 100, $"only {draws.Length} kernels");
        Assert.True(degree == 1 || Environment.ProcessorCount == 1 || helped > draws.Length / 10, "the pool hardly ever helped");
    }
}
