using ILGPU.Runtime;

namespace ILGPU;

/// <summary>Any view.</summary>
public interface IArrayView
{
    MemoryBuffer Buffer { get; }

    bool IsValid { get; }

    long Length { get; }

    int ElementSize { get; }

    long LengthInBytes { get; }
}

/// <summary>A view of contiguous memory.</summary>
public interface IContiguousArrayView : IArrayView
{
    long Index { get; }

    long IndexInBytes { get; }
}

/// <summary>A view of elements.</summary>
public interface IArrayView<T> : IArrayView
    where T : unmanaged;

/// <summary>A view of contiguous elements.</summary>
public interface IContiguousArrayView<T> : IArrayView<T>, IContiguousArrayView
    where T : unmanaged;
