using Intarsia.Compiler.Tiles;
using Intarsia.Verification.Interpreter;

namespace Intarsia.Verification;

/// <summary>
/// The second oracle: executes a <see cref="TileProgram"/> statement by statement, with every access checked against the extents of its buffer, every read against what was written before, and
/// every number rounded or wrapped as its element type does. See docs/tile-program.md for the meaning of the statements.
/// </summary>
public static class TileInterpreter
{
    /// <summary>Runs a program.</summary>
    /// <param name="program">The program.</param>
    /// <param name="sizes">A value for each of the program's sizes.</param>
    /// <param name="buffers">
    /// An array for each buffer that is not scratch: <c>double[] float[] Half[] BFloat16[] long[] int[] short[] sbyte[]</c> by element type, and <c>byte[]</c> for unsigned bytes, 4-bit numbers (two to a byte) and bits.
    /// One given for a scratch buffer is used in its place, so that its contents can be looked at.
    /// </param>
    /// <exception cref="TileProgramException">The program did something it must not; the message names the statement and where its loops stood.</exception>
    /// <exception cref="ArgumentException">A size or a buffer is missing or has the wrong type.</exception>
    public static void Run(TileProgram program, IReadOnlyDictionary<string, long> sizes, IReadOnlyDictionary<string, Array> buffers)
    {
        ArgumentNullException.ThrowIfNull(program);
        ArgumentNullException.ThrowIfNull(sizes);
        ArgumentNullException.ThrowIfNull(buffers);
        var machine = new Machine(null);
        foreach (string size in program.Sizes)
        {
            if (!sizes.TryGetValue(size, out long value)) throw new ArgumentException($"Program '{program.Name}' needs the size '{size}'.", nameof(sizes));
            if (value < 0) throw new ArgumentException($"Size '{size}' is {value}; expected 0 or more.", nameof(sizes));
            machine.Bind(size, value);
        }
        foreach (BufferDecl buffer in program.Buffers)
        {
            Type expected = BufferData.ArrayType(buffer.Element);
            if (!buffers.TryGetValue(buffer.Name, out Array? array))
            {
                if (buffer.Role is not (BufferRole.Scratch or BufferRole.Common)) throw new ArgumentException($"Program '{program.Name}' needs the buffer '{buffer.Name}' ({expected.Name}).", nameof(buffers));
            }
            else if (array.GetType() != expected)
            {
                throw new ArgumentException($"Buffer '{buffer.Name}' holds {buffer.Element} and takes a {expected.Name}; found {array.GetType().Name}.", nameof(buffers));
            }
            machine.Declare(buffer, array);
        }
        machine.Declare(program.Tiles);
        machine.Execute(program.Body);
        machine.CheckOutputs();
    }
}
