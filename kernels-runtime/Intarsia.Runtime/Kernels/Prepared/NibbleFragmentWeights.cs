using System.ComponentModel;

namespace Intarsia.Kernels;

/// <summary>
/// Dense weights of up to four bits for tensor cores, as the integers they are, or as codes for sixteen integers of a table, which comes along, two to a byte, in the order in which the lanes of a warp unpack them into fragments (PTX ISA, matrix fragments for mma.m16n8k16 and
/// m16n8k32). The rows are cut into panels of a thread block's height (the preparation's width), the depth into steps (its depth tile); one step of one panel lies in one piece, padded with zeros:
/// <c>[panels][steps][loads][32 lanes][4 words]</c>.
/// <para>
/// The interleave says what a word is unpacked to: 4 for bytes, 2 for 16-bit floats. Lane 4g + t holds elements of row g of eight. Unpacked to bytes, a word holds of 32 elements of depth the four at
/// 4t in its even nibbles and those at 16 + 4t in its odd ones; unpacked to 16-bit floats it holds of 32 elements, in nibbles s·2 + h, the element at 16s + 8h + 2t, and four nibbles further the next one.
/// Codes stand in the order of what they become: those at 4t below those at 16 + 4t, and the element at 16s + 8h + 2t in nibble 4s + 2h, the next one beside it.
/// A load is four words: of as many eights of rows as fill it.
/// </para>
/// Scales per group, where there are any, as <c>[group][row]</c>.
/// </summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public sealed class NibbleFragmentWeights : IPreparedWeights<NibbleFragmentWeights>, IDeviceArrays
{
    private const int WordsPerLoad = 4;
    private const int LoadBytes = 32 * WordsPerLoad * 4;

    private readonly AlignedArray<byte> _values;
    private readonly AlignedArray<float> _groupScales;
    private readonly NibbleSource _source;
    private readonly int _height;
    private readonly int _run;
    private readonly int _step;
    private readonly int _steps;

    private NibbleFragmentWeights(PackedMatrix matrix, Preparation<NibbleFragmentWeights> preparation)
    {
        (_height, _run, _step) = (preparation.Width, preparation.Interleave, preparation.DepthTile);
        if (matrix.Layout.BasisOrder > 0) throw new NotSupportedException($"Coefficients of a basis are no weights that tensor cores take; the matrix is {matrix.Layout}.");
        _source = new NibbleSource(matrix);
        if (_height < 32 || _height % 32 != 0 || !(_run == 4 && _step is 32 or 64 || _run == 2 && _step == 32))
            throw new ArgumentException($"Panels of {_height} rows, steps of {_step}, runs of {_run}: expected a multiple of 32 rows, and steps of 32 or 64 in runs of 4, or of 32 in runs of 2.", nameof(preparation));
        _steps = (matrix.Depth + _step - 1) / _step;
        long panels = (matrix.Rows + _height - 1) / _height;
        _values = new AlignedArray<byte>(panels * _steps * _height * _step / 2);
        _groupScales = _source.ScalesByGroup();

        int[] depth = [];
        sbyte[] values = [];
        Span<byte> target = _values.Span;
        for (int row = 0; row < matrix.Rows; row++)
        {
            int length = _source.ReadRow(row, ref depth, ref values);
            for (int entry = 0; entry < length; entry++)
            {
                (long at, int nibble) = Place(row, depth[entry]);
                target[(int)(at + nibble / 2)] |= (byte)((values[entry] & 15) << nibble % 2 * 4);
            }
        }
    }

    /// <summary>The first two values.</summary>
    public ref byte Values => ref _values.First;

    /// <summary>The first scale, <c>[group][row]</c>.</summary>
    public ref float GroupScales => ref _groupScales.First;

    /// <summary>The first number of the table of codes, as signed bytes.</summary>
    public ref sbyte Table => ref _source.FirstByte;

    /// <summary>The same as binary16.</summary>
    public ref Half HalfTable => ref _source.FirstHalf;

    /// <summary>The same as bfloat16.</summary>
    public ref BFloat16 BFloat16Table => ref _source.FirstBFloat16;

    /// <inheritdoc/>
    public static ReadOnlySpan<string> DeviceArrayNames => (string[])[nameof(Values), nameof(GroupScales), .. NibbleSource.TableNames];

    /// <inheritdoc/>
    public ReadOnlySpan<byte> DeviceArray(int index) => index switch
    {
        0 => _values.Span,
        1 => DeviceBytes.Of(_groupScales.Span),
        _ => _source.Table(index - 2),
    };

    /// <inheritdoc/>
    public static NibbleFragmentWeights Prepare(PackedMatrix matrix, Preparation<NibbleFragmentWeights> preparation) => new(matrix, preparation);

    /// <summary>The byte offset of the word that holds an element, and the nibble in it.</summary>
    private (long Word, int Nibble) Place(int row, int depth)
    {
        (int panel, int line) = Math.DivRem(row, _height);
        (int step, int k) = Math.DivRem(depth, _step);
        long piece = ((long)panel * _steps + step) * (_height * _step / 2);
        // Depth that an instruction takes, of which a lane holds two runs.
        int instruction = 8 * _run, part = k / instruction, half = k % instruction / (4 * _run), lane = 4 * (line % 8) + k % (4 * _run) / _run, element = k % _run;
        int wordsPerEight = _run == 4 ? _step / instruction : 1;
        (int load, int eight) = Math.DivRem(line / 8, WordsPerLoad / wordsPerEight);
        int word = eight * wordsPerEight + (_run == 4 ? part : 0), nibble = _source.HasCodes ? (_run == 4 ? 0 : 4 * part) + _run * half + element : _run == 4 ? 2 * element + half : 4 * element + 2 * part + half;
        return (piece + (long)load * LoadBytes + (lane * WordsPerLoad + word) * 4, nibble);
    }
}
