using Intarsia.Compiler.Tiles;

namespace Intarsia.Compiler.Backends.Ptx;

/// <summary>
/// Contraction by plain multiply-adds in binary32 or 32-bit integers: each thread holds every sixteenth row and column of a tile. For what tensor cores would round or overflow.
/// </summary>
internal sealed class SimtContraction(BlockContext context, Statement.Contract contract) : ContractionLowering(context, contract)
{
    private const int Side = 16;
    private readonly bool _isFloat = contract.Via == ContractVia.Fma;
    private SharedTile _a = null!;
    private SharedTile _b = null!;
    private Register _addressA;
    private Register _addressB;

    public override bool Widens => true;

    private int ThreadsDown => Context.Threads / Side;

    private Value Row => W.Divide(Context.Thread, Side);

    private Value Column => W.Modulo(Context.Thread, Side);

    private int Depth => _a.LineBytes / 4;

    /// <summary>Lines along the depth, one word of padding: neighbouring lines begin in neighbouring banks.</summary>
    public override SharedTile TileOf(Statement.Load load, bool isFirst, bool depthLast)
    {
        TileDecl tile = Context.Tile(load.Tile);
        int extent = isFirst ? Height : Width;
        return new SharedTile(extent, tile.Size / extent * 4, Swizzle.None, Padding: 4);
    }

    public override void Prepare(OperandCopy first, int firstOffset, OperandCopy second, int secondOffset)
    {
        (_a, _b) = (first.Tile, second.Tile);
        _addressA = W.InRegister(W.Add(W.Add(Context.Shared, firstOffset), W.Multiply(Row, _a.Pitch)));
        _addressB = W.InRegister(W.Add(W.Add(Context.Shared, secondOffset), W.Multiply(Column, _b.Pitch)));
    }

    public override Element[] NewTile(ElementType element)
    {
        RegisterKind kind = element == ElementType.F32 ? RegisterKind.F32 : RegisterKind.B32;
        Value row = Row, column = Column;
        var elements = new List<Element>();
        for (int i = 0; i < Height / ThreadsDown; i++)
        {
            for (int j = 0; j < Width / Side; j++)
            {
                Register register = W.New(kind);
                W.Emit(kind == RegisterKind.F32 ? "mov.f32" : "mov.u32", register, kind == RegisterKind.F32 ? "0f00000000" : "0");
                elements.Add(new Element(register, row, i * ThreadsDown, column, j * Side));
            }
        }
        return [.. elements];
    }

    public override void ContractStage(Value stage, Element[] accumulators)
    {
        Register a = W.InRegister(W.Add(_addressA, stage)), b = W.InRegister(W.Add(_addressB, stage));
        int down = Height / ThreadsDown, across = Width / Side;
        for (int k = 0; k < Depth; k++)
        {
            Register[] left = Enumerable.Range(0, down).Select(i => Read(a, i * ThreadsDown * _a.Pitch + 4 * k)).ToArray();
            Register[] right = Enumerable.Range(0, across).Select(j => Read(b, j * Side * _b.Pitch + 4 * k)).ToArray();
            for (int i = 0; i < down; i++)
                for (int j = 0; j < across; j++)
                {
                    Register sum = accumulators[i * across + j].Register;
                    W.Emit(_isFloat ? "fma.rn.f32" : "mad.lo.s32", sum, left[i], right[j], sum);
                }
        }
    }

    private Register Read(Register address, int offset)
    {
        Register value = W.New(_isFloat ? RegisterKind.F32 : RegisterKind.B32);
        W.Emit(_isFloat ? "ld.shared.f32" : "ld.shared.u32", value, WarpBuilder.At(address, offset));
        return value;
    }
}
