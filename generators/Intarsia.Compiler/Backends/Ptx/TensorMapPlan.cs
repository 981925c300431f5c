using Intarsia.Compiler.Tiles;
using Index = Intarsia.Compiler.Tiles.Index;

namespace Intarsia.Compiler.Backends.Ptx;

/// <summary>
/// What the host encodes into a tensor map (cuTensorMapEncodeTiled): a buffer of two dimensions, and the box that one bulk copy takes of it. Elements outside of the buffer arrive as zeros.
/// Dimensions, box and strides have the contiguous dimension first.
/// </summary>
/// <param name="Buffer">The buffer.</param>
/// <param name="Element">Its elements.</param>
/// <param name="Box">Extents of the box, in elements.</param>
/// <param name="SwizzleBytes">Bytes of a line of the box, over which its 16-byte chunks are exchanged: 32, 64 or 128.</param>
/// <param name="Dims">Extents of the buffer, in elements.</param>
/// <param name="StrideBytes">Bytes from line to line, a multiple of 16.</param>
public sealed record TensorMapPlan(string Buffer, ElementType Element, EquatableArray<int> Box, int SwizzleBytes, EquatableArray<Index> Dims, EquatableArray<Index> StrideBytes);
