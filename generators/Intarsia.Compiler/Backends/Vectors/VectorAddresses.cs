using Intarsia.Compiler.Backends.Simd;
using Intarsia.Compiler.Tiles;
using Index = Intarsia.Compiler.Tiles.Index;

namespace Intarsia.Compiler.Backends.Vectors;

/// <summary>Indices and addresses: which parameters they need, and the scalar operations for them.</summary>
internal sealed partial class VectorLowering
{
    private static int ElementBits(ElementType element) => element switch
    {
        ElementType.F32 or ElementType.S32 => 32,
        ElementType.BF16 or ElementType.F16 or ElementType.S16 => 16,
        ElementType.S8 or ElementType.U8 => 8,
        ElementType.S4 or ElementType.U4 => 4,
        ElementType.U2 => 2,
        ElementType.Bit => 1,
        ElementType.F64 or ElementType.S64 => 64,
        _ => throw new InvalidOperationException($"An element of type {element} has no address."),
    };

    /// <summary>Bytes of some elements, which must fill them.</summary>
    private static long Bytes(ElementType element, long elements)
    {
        long bits = elements * ElementBits(element);
        return bits % 8 == 0 ? bits / 8 : throw new InvalidOperationException($"{VectorPrinter.Number(elements)} elements of type {element} are no whole bytes.");
    }

    /// <summary>The register of a parameter, which this makes one.</summary>
    private Scalar Parameter(BlockParameter parameter)
    {
        foreach ((BlockParameter known, Scalar register) in _parameters)
            if (known == parameter) return register;
        Scalar added = _code.NewScalar();
        _parameters.Add((parameter, added));
        return added;
    }

    private ScalarOperand Value(Index index) => index switch
    {
        Index.Const c => c.Value,
        Index.Var v => _variables.TryGetValue(v.Name, out ScalarOperand? known) ? known : Parameter(new BlockParameter.Variable(v.Name)),
        Index.Binary b => _code.Compute(b.Op switch
        {
            IndexOp.Add => ScalarOperation.Add,
            IndexOp.Subtract => ScalarOperation.Subtract,
            IndexOp.Multiply => ScalarOperation.Multiply,
            IndexOp.Min => ScalarOperation.Min,
            IndexOp.Max => ScalarOperation.Max,
            IndexOp.FloorDivide => ScalarOperation.FloorDivide,
            _ => throw Refused($"the index {index}"),
        }, Value(b.Left), Value(b.Right)),
        Index.Read r => Read(r),
        _ => throw Refused($"the index {index}"),
    };

    /// <summary>An element of a buffer of integers.</summary>
    private Scalar Read(Index.Read read)
    {
        BufferDecl buffer = _buffers[read.Buffer];
        if (buffer.Element != ElementType.S32) throw Refused($"an index of {buffer.Element}");
        Scalar to = _code.NewScalar();
        _code.Add(new VectorOp.ReadInt32(to, Place(buffer, read.At)));
        return to;
    }

    /// <summary>Elements between neighbours along a dimension: a constant where every kernel that shares the block has the same, else null and a parameter.</summary>
    private static long? FixedStride(BufferDecl buffer, int dimension)
    {
        int rank = buffer.Shape.Count;
        if (dimension == rank - 1) return 1;
        return rank - 1 - dimension <= buffer.FixedInner ? ((Index.Const)BlockLowering.DenseStride(buffer, dimension)).Value : null;
    }

    /// <summary>Bytes between neighbours along a dimension, times a small number; computed once, ahead of everything.</summary>
    private ScalarOperand StrideBytes(BufferDecl buffer, int dimension, int times = 1)
    {
        if (FixedStride(buffer, dimension) is { } known) return Bytes(buffer.Element, known * times);
        Scalar elements = Parameter(new BlockParameter.Stride(buffer.Name, dimension));
        int bits = ElementBits(buffer.Element) * times;
        if (bits == 8) return elements;
        string key = $"{buffer.Name} {VectorPrinter.Number(dimension)} {VectorPrinter.Number(bits)}";
        if (!_multiples.TryGetValue(key, out Scalar? multiple))
            _multiples.Add(key, multiple = _code.Ahead(() => (bits < 8 ? _code.Compute(ScalarOperation.FloorDivide, elements, 8 / bits) : _code.Compute(ScalarOperation.Multiply, elements, bits / 8)).Register!));
        return multiple;
    }

    /// <summary>The address of the element at a coordinate, in a register, and what is constant of it.</summary>
    private Address Place(BufferDecl buffer, EquatableArray<Index> at)
    {
        ScalarOperand address = Parameter(new BlockParameter.Buffer(buffer.Name, buffer.Element));
        long displacement = 0;
        for (int d = 0; d < at.Count; d++)
        {
            // Elements narrower than a byte have no place of their own, but where they begin.
            if (at[d] is Index.Const { Value: 0 }) continue;
            ScalarOperand bytes = _code.Compute(ScalarOperation.Multiply, Value(at[d]), StrideBytes(buffer, d));
            if (bytes.Register is null) displacement += bytes.Value;
            else address = _code.Compute(ScalarOperation.Add, address, bytes);
        }
        return new Address(address.Register!, Displacement: displacement);
    }

    /// <summary>The addresses of the rows of a tile.</summary>
    private Func<int, Address> Rows(BufferDecl buffer, EquatableArray<Index> at, int rows) => Rows(buffer, Place(buffer, at), rows, []);

    /// <summary>
    /// The same from a given first element. Where the distance of rows is a number of the call, every fourth row has a register of its own, and the rows between add the distance once, twice or
    /// three times: an address of x86 has room for that, and on other processors an addition does it.
    /// </summary>
    /// <param name="buffer">The buffer.</param>
    /// <param name="first">The first element.</param>
    /// <param name="rows">Number of rows.</param>
    /// <param name="bases">Takes the registers that a loop along the rows must advance.</param>
    private Func<int, Address> Rows(BufferDecl buffer, Address first, int rows, List<Scalar> bases)
    {
        bases.Add(first.Base);
        if (rows == 1) return _ => first;
        int dimension = buffer.Shape.Count - 2;
        ScalarOperand stride = StrideBytes(buffer, dimension);
        if (stride.Register is null) return row => first.Plus(row * stride.Value);
        for (int row = 4; row < rows; row += 4) bases.Add(_code.Compute(ScalarOperation.Add, bases[bases.Count - 1], StrideBytes(buffer, dimension, 4)).Register!);
        Scalar[] fourths = [.. bases];
        return row => (row % 4) switch
        {
            0 => first with { Base = fourths[row / 4] },
            3 => first with { Base = fourths[row / 4], Index = StrideBytes(buffer, dimension, 3).Register },
            int times => first with { Base = fourths[row / 4], Index = stride.Register, Scale = times },
        };
    }
}
