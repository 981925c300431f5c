namespace Intarsia.PtxEmulator.TensorCores;

/// <summary>
/// An operand of a tensor-core instruction has a value for which the ISA leaves the behaviour undefined: metadata of a sparse matrix, a sparsity selector, a matrix descriptor.
/// The engine reports it as a finding of the launch.
/// </summary>
internal sealed class TensorCoreException(string message) : Exception(message);
