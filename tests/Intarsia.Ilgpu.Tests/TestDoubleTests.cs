#if ILGPU_CONTRACT
namespace Intarsia.Ilgpu.Tests;

/// <summary>What the test double's group executor finds that ILGPU's CPU accelerator lets pass, or ends the process over.</summary>
[Trait("Category", "Gpu")]
public class TestDoubleTests(Devices devices) : IClassFixture<Devices>
{
    [Fact]
    public void Barrier_NotReachedByAll_IsAnError()
    {
        InvalidOperationException fault = Assert.Throws<InvalidOperationException>(() => Run(Diverging, 8));
        Assert.Contains("4 threads of group", fault.Message, StringComparison.Ordinal);
        Assert.Contains("4 have returned", fault.Message, StringComparison.Ordinal);
        Assert.Equal([0f, 1, 2, 3, 4, 5, 6, 7], Run(EachItsOwn, 8));
    }

    [Fact]
    public void Access_OutOfRange_NamesKernelAndThread()
    {
        IndexOutOfRangeException fault = Assert.Throws<IndexOutOfRangeException>(() => Run(Outside, 2));
        Assert.Contains("Element 2 of a view of 2", fault.Message, StringComparison.Ordinal);
        Assert.Contains("thread (1, 0, 0)", fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(nameof(RotateForward))]
    [InlineData(nameof(RotateBackward))]
    public void Barrier_Missing_Shows(string kernel)
    {
        Action<ArrayView<float>> action = kernel == nameof(RotateForward) ? RotateForward : RotateBackward;
        int step = kernel == nameof(RotateForward) ? 1 : 7;
        Assert.NotEqual([.. Enumerable.Range(0, 8).Select(i => 8f + (i + step) % 8)], Run(action, 8));
    }

    [Fact]
    public void SharedMemory_NotWritten_IsNotZero() => Assert.All(Run(Uninitialised, 4), value => Assert.NotEqual(0f, value));

    [Fact]
    public void Buffer_OfAnotherAccelerator_CannotBeReadInAKernel()
    {
        using MemoryBuffer1D<float, Stride1D.Dense> foreign = devices.OtherCpu.Allocate1D<float>(4);
        Assert.Throws<InvalidOperationException>(() => devices.Cpu.LoadKernel<ArrayView<float>>(EachItsOwn)(devices.Cpu.DefaultStream, new KernelConfig(1, 4), foreign.View));
    }

    [Fact]
    public void Grid_OutsideOfAKernel_HasNoMeaning() => Assert.Throws<InvalidOperationException>(() => Grid.IdxX);

    private static void Diverging(ArrayView<float> y)
    {
        if (Group.IdxX % 2 == 0) Group.Barrier();
        y[Group.IdxX] = 1;
    }

    private static void EachItsOwn(ArrayView<float> y) => y[Group.IdxX] = Group.IdxX;

    private static void Outside(ArrayView<float> y) => y[Group.IdxX + 1] = 1;

    /// <summary>Reads a neighbour's value of the second phase without a barrier behind its writing.</summary>
    private static void RotateForward(ArrayView<float> y) => Rotate(y, 1);

    private static void RotateBackward(ArrayView<float> y) => Rotate(y, 7);

    private static void Rotate(ArrayView<float> y, int step)
    {
        ArrayView<float> shared = SharedMemory.Allocate<float>(8);
        shared[Group.IdxX] = Group.IdxX;
        Group.Barrier();
        shared[Group.IdxX] += 8;
        y[Group.IdxX] = shared[(Group.IdxX + step) % 8];
    }

    private static void Uninitialised(ArrayView<float> y) => y[Group.IdxX] = SharedMemory.Allocate<float>(4)[Group.IdxX];

    private float[] Run(Action<ArrayView<float>> kernel, int threads)
    {
        using MemoryBuffer1D<float, Stride1D.Dense> y = devices.Cpu.Allocate1D<float>(threads);
        devices.Cpu.LoadKernel(kernel)(devices.Cpu.DefaultStream, new KernelConfig(2, threads), y.View);
        return y.View.BaseView.GetAsArray();
    }
}
#endif
