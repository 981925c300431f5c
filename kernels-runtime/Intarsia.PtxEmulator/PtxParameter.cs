namespace Intarsia.PtxEmulator;

/// <summary>One parameter of an entry.</summary>
/// <param name="Name">Its name in the text.</param>
/// <param name="Type">Its PTX type without the dot, e.g. <c>u64</c>, <c>f32</c>, <c>b8</c>.</param>
/// <param name="Size">Bytes.</param>
/// <param name="Alignment">Bytes.</param>
/// <param name="Offset">Byte offset in the parameter space.</param>
public sealed record PtxParameter(string Name, string Type, int Size, int Alignment, int Offset);
