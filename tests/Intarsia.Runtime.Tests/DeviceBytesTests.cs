using Intarsia.Kernels;
using Xunit;

namespace Intarsia.Runtime.Tests;

/// <summary>Arrays that are too long to be made or copied in one piece are refused with what was found and expected, before anything of that size is touched.</summary>
public sealed class DeviceBytesTests
{
    [Theory]
    [InlineData(int.MaxValue, 1)]
    [InlineData((1 << 29) - 1, 4)]
    [InlineData((1 << 28) - 1, 8)]
    public void Require_WhatASpanHolds_Passes(long elements, int bytes) => DeviceBytes.Require(elements, bytes, "Values");

    [Theory]
    [InlineData("_values.Span", "values")]
    [InlineData("matrix.Entries.Places", "Places")]
    [InlineData("SegmentStarts", "SegmentStarts")]
    public void Require_More_NamesTheArray(string expression, string name) =>
        Assert.StartsWith($"The array {name} has", Assert.Throws<NotSupportedException>(() => DeviceBytes.Require(1L << 31, 1, expression)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData(1L << 31, 1, 2147483647)]
    [InlineData(1L << 29, 4, 536870911)]
    [InlineData(1L << 28, 8, 268435455)]
    public void Require_More_SaysFoundAndExpected(long elements, int bytes, int most) => Assert.Equal(
        $"The array Values has {elements} elements of {bytes} bytes; expected at most {most}, which one copy to a device takes.",
        Assert.Throws<NotSupportedException>(() => DeviceBytes.Require(elements, bytes, "Values")).Message);

    [Fact]
    public void AlignedArray_LongerThanAnArray_SaysFoundAndExpected() => Assert.Equal(
        $"An array of 2147483648 elements of 4 bytes was asked for; expected at most {Array.MaxLength - 32}.",
        Assert.Throws<OverflowException>(() => new AlignedArray<int>(1L << 31)).Message);
}
