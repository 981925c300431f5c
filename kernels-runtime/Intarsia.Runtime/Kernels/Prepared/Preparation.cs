using System.ComponentModel;

namespace Intarsia.Kernels;

/// <summary>
/// A kernel's own order of a packed operand. It is made from the canonical layout once per matrix and cached there; kernels that ask for the same preparation share it.
/// </summary>
/// <param name="Width">Rows of a panel, for <see cref="PanelWeights{T}"/>; 0 otherwise.</param>
/// <param name="Interleave">Depth elements that stand beside each other: 1, or 2 for 16-bit dot products.</param>
/// <param name="DepthTile">Dense depth of one tile of a <see cref="StreamWeights{T}"/>; 0 for a single tile.</param>
[EditorBrowsable(EditorBrowsableState.Never)]
public sealed record Preparation(int Width, int Interleave, int DepthTile);
