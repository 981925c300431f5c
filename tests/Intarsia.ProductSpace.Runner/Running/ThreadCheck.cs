using Intarsia.ProductSpace.Drawing;
using Intarsia.ProductSpace.Operands;
using Intarsia.ProductSpace.Writing;
using Intarsia.Verification;

namespace Intarsia.ProductSpace.Running;

/// <summary>Calls one kernel with several numbers of threads and compares what lies in memory afterwards, byte for byte: a result has no number of threads. Nothing that a call leaves in working memory helps the next: tests run with memory that is spoiled when it is rented.</summary>
public static class ThreadCheck
{
    private static readonly string Y = ParameterNames.Key(Role.Y, 0);

    /// <summary>Runs with one thread and with each of the degrees, which calls of any size are to use.</summary>
    /// <returns>Null when all agree, else a sentence.</returns>
    public static string? Run(DrawnKernel kernel, ReferenceOperands operands, IEnumerable<int> degrees, Action<OperandBag> call)
    {
        KernelThreads.MinimumWork = 1;
        byte[]? alone = null;
        foreach (int degree in degrees.Where(degree => degree > 1).Prepend(1))
        {
            using OperandBag bag = BagBuilder.Build(kernel, operands);
            try
            {
                using (KernelThreads.Use(degree)) call(bag);
            }
            catch (Exception exception)
            {
                return $"threw {exception.GetType().Name} with {degree} threads: {exception.Message}";
            }
            if (bag.FirstBrokenBand() is { } broken) return $"wrote outside {broken} with {degree} threads";
            byte[] bytes = kernel.Spec.Y.IsPacked ? Bytes(bag.Packed) : bag.Bytes(Y).ToArray();
            if (alone is null) alone = bytes;
            else if (!alone.AsSpan().SequenceEqual(bytes)) return $"byte {alone.AsSpan().CommonPrefixLength(bytes)} of Y is another with {degree} threads than with one";
        }
        return null;
    }

    /// <summary>A packed result is a file of its own.</summary>
    private static byte[] Bytes(PackedMatrix packed)
    {
        using var file = new MemoryStream();
        packed.Save(file);
        return file.ToArray();
    }
}
