namespace Intarsia.Bench.Gpu.Cases;

/// <summary>Every case. A new family is a file beside this one and a line here; nothing else knows how many there are.</summary>
internal static class CaseTable
{
    public static IEnumerable<GpuCase> All() =>
    [
        .. DenseCases.All(),
        .. SparseTensorCoreCases.All(),
        .. GatheredCases.All(),
        .. DigitCases.All(),
        .. SampledCases.All(),
        .. DecodeCases.All(),
        .. LineCases.All(),
        .. BlockCases.All(),
        .. PlaneCases.All(),
        .. NibbleCases.All(),
        .. WindowCases.All(),
        .. BankedCases.All(),
    ];
}
