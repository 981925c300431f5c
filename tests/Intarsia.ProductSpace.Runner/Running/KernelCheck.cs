using System.Runtime.InteropServices;
using Intarsia.Compiler.Specs;
using Intarsia.ProductSpace.Drawing;
using Intarsia.ProductSpace.Operands;
using Intarsia.ProductSpace.Writing;
using Intarsia.Verification;

namespace Intarsia.ProductSpace.Running;

/// <summary>Calls one kernel and says what is wrong, if anything: the result, what was written elsewhere, or an operand that changed.</summary>
public static class KernelCheck
{
    private static readonly string Y = ParameterNames.Key(Role.Y, 0);

    /// <summary>Runs with operands given, which must fit the kernel's sizes.</summary>
    /// <returns>Null when everything holds, else a sentence.</returns>
    public static string? Run(DrawnKernel kernel, ReferenceOperands operands, Action<OperandBag> call) => Run(kernel, operands, SpecReference.Execute(kernel.Spec, operands), call);

    /// <summary>Runs with operands and what is expected of them.</summary>
    public static string? Run(DrawnKernel kernel, ReferenceOperands operands, ReferenceResult expected, Action<OperandBag> call)
    {
        using OperandBag bag = BagBuilder.Build(kernel, operands);
        Dictionary<string, byte[]> before = bag.Names.ToDictionary(name => name, name => bag.Bytes(name).ToArray());
        try
        {
            call(bag);
        }
        catch (Exception exception)
        {
            return $"threw {exception.GetType().Name}: {exception.Message}";
        }
        return FirstFault(kernel, bag, before, expected);
    }

    private static string? FirstFault(DrawnKernel kernel, OperandBag bag, Dictionary<string, byte[]> before, ReferenceResult expected)
    {
        if (bag.FirstBrokenBand() is { } broken) return $"wrote outside {broken}";
        foreach ((string name, byte[] bytes) in before)
            if (name != Y && !bag.Bytes(name).SequenceEqual(bytes)) return $"changed its operand {name}";
        if (kernel.Spec.Y.IsPacked) return ComparePacked(bag.Packed, expected);
        if (FirstGapWritten(kernel, bag, before[Y]) is { } gap) return gap;
        return Compare(kernel, bag.Bytes(Y), expected);
    }

    /// <summary>Compares a packed result with the reference's; padding that is no longer zero is a fault, too.</summary>
    private static string? ComparePacked(PackedMatrix actual, ReferenceResult expected)
    {
        try
        {
            return expected.FirstMismatch<double>(SampledResult.Read(actual));
        }
        catch (IntarsiaFormatException fault)
        {
            return fault.Message;
        }
    }

    /// <summary>Compares a result in memory with the reference's.</summary>
    public static string? Compare(DrawnKernel kernel, ReadOnlySpan<byte> actual, ReferenceResult expected)
    {
        (KernelSpec spec, CallSizes sizes) = (kernel.Spec, kernel.Sizes);
        bool inPlanes = spec.Y.Layout == MatrixLayout.BitPlanes;
        ReadOnlySpan<uint> words = inPlanes ? MemoryMarshal.Cast<byte, uint>(actual) : default;
        ElementCodec? codec = inPlanes ? null : ElementCodec.Of(spec.Y.Format);
        if (inPlanes && PlaneLines.FirstPaddingSet(spec.Y.Format, words, sizes.Rows, sizes.Columns, sizes.YStride) is >= 0 and int padded) return $"bits are set behind the last element of token {padded} of Y";
        int wrong = 0;
        string? first = null;
        for (int row = 0; row < sizes.Rows; row++)
            for (int column = 0; column < sizes.Columns; column++)
            {
                int at = spec.Y.Layout == MatrixLayout.TokenMajor ? column * sizes.YStride + row : row * sizes.YStride + column;
                double value = codec?.Read(actual, at) ?? PlaneLines.Read(spec.Y.Format, words, row, column, sizes.YStride);
                if (expected.Allows(row, column, value)) continue;
                wrong++;
                int logical = row * sizes.Columns + column;
                first ??= FormattableString.Invariant($"Y[{row},{column}] is {value:R}, expected {expected.Y[logical]:R} within {expected.Bound[logical]:G3}");
            }
        return first is null ? null : $"{first}; {wrong} of {sizes.Rows * sizes.Columns} elements are wrong";
    }

    // Between the rows of a strided Y nothing may change.
    private static string? FirstGapWritten(DrawnKernel kernel, OperandBag bag, byte[] before)
    {
        (KernelSpec spec, CallSizes sizes) = (kernel.Spec, kernel.Sizes);
        bool inPlanes = spec.Y.Layout == MatrixLayout.BitPlanes;
        int lines = BagBuilder.Lie(spec.Y.Layout, sizes.Rows, sizes.Columns).Lines, length = SizeDraw.Line(spec.Y.Format, spec.Y.Layout, sizes.Rows, sizes.Columns);
        int size = inPlanes ? sizeof(uint) : ElementCodec.Of(spec.Y.Format).Size, gap = sizes.YStride - length;
        Span<byte> after = bag.Bytes(Y);
        if (gap == 0 || length == 0) return null;
        for (int line = 0; line < lines - 1; line++)
        {
            Range range = ((line * sizes.YStride + length) * size)..((line + 1) * sizes.YStride * size);
            if (!after[range].SequenceEqual(before.AsSpan(range))) return $"wrote between rows {line} and {line + 1} of Y";
        }
        return null;
    }
}
