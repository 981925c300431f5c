using Iced.Intel;
using Intarsia.Compiler.Backends.Vectors;
using Intarsia.Compiler.Tiles;

namespace Intarsia.Compiler.Backends.Native;

/// <summary>Encodes a vector program as a function of x86-64 with AVX-512. The same program gives the same bytes; they hold no address, so that they can stand anywhere.</summary>
internal sealed class X64Encoder
{
    private const int CacheLine = 64;

    private readonly RegisterAllocation _registers;
    private readonly Assembler _code = new(64);
    private readonly VectorProgram _program;
    private readonly IReadOnlyList<int> _paddings;
    private readonly List<Label> _hot = [];

    private X64Encoder(VectorProgram program, IReadOnlyList<int> paddings)
    {
        if (program.Bits != 512) throw new InvalidOperationException($"'{program.Name}' has vectors of {VectorPrinter.Number(program.Bits)} bits; machine code has 512.");
        _program = program;
        _paddings = paddings;
        _registers = new RegisterAllocation(program, X64Registers.Scalars.Length, X64Registers.Vectors, X64Registers.Masks);
    }

    /// <summary>Encodes a program.</summary>
    public static MachineCode Encode(VectorProgram program)
    {
        // Hot loops begin on cache lines. Filling one up moves those behind it, so each is placed in turn.
        var paddings = new List<int>();
        while (true)
        {
            var encoder = new X64Encoder(program, paddings);
            (byte[] bytes, int[] hot) = encoder.Assemble();
            int next = Array.FindIndex(hot, offset => offset % CacheLine != 0);
            if (next < 0 || next < paddings.Count) return new MachineCode(Listing.Of(bytes), Needs(program.Body));
            while (paddings.Count < next) paddings.Add(0);
            paddings.Add(CacheLine - hot[next] % CacheLine);
        }
    }

    private static CpuFeatures Needs(IEnumerable<VectorOp> body) => body.Aggregate(CpuFeatures.None, (needs, op) => needs | op switch
    {
        VectorOp.If o => Needs(o.Then) | Needs(o.Else),
        VectorOp.Loop o => Needs(o.Body),
        VectorOp.Apply o => o.Instruction.Needs,
        _ => CpuFeatures.None,
    });

    private (byte[] Bytes, int[] Hot) Assemble()
    {
        Register[] saved = [.. _registers.ScalarPlaces.Where(place => place >= X64Registers.Unsaved).OrderBy(place => place).Select(place => X64Registers.Scalars[place])];
        foreach (Register register in saved) Add(Instruction.Create(Code.Push_r64, register));
        if (_registers.Spilled > 0) Add(Instruction.Create(Code.Sub_rm64_imm32, Register.RSP, 8 * _registers.Spilled));
        WriteArguments();
        Write(_program.Body);
        Add(Instruction.Create(Code.VEX_Vzeroupper));
        if (_registers.Spilled > 0) Add(Instruction.Create(Code.Add_rm64_imm32, Register.RSP, 8 * _registers.Spilled));
        foreach (Register register in saved.Reverse()) Add(Instruction.Create(Code.Pop_r64, register));
        Add(Instruction.Create(Code.Retnq));

        using var stream = new MemoryStream();
        AssemblerResult result = _code.Assemble(new StreamCodeWriter(stream), 0, BlockEncoderOptions.ReturnNewInstructionOffsets);
        return (stream.ToArray(), [.. _hot.Select(label => (int)result.GetLabelRIP(label))]);
    }

    private void WriteArguments()
    {
        // The address of the arguments leaves rdi, which may be a parameter's own place.
        if (_program.Parameters.Count > 0) Move(X64Registers.First, X64Registers.Argument);
        for (int i = 0; i < _program.Parameters.Count; i++)
        {
            var argument = new MemoryOperand(X64Registers.First, 8 * i, 1);
            Scalar register = _program.Parameters[i].Register;
            if (Place(register) is { } place) Add(Instruction.Create(Code.Mov_r64_rm64, place, argument));
            else
            {
                Add(Instruction.Create(Code.Mov_r64_rm64, X64Registers.Second, argument));
                Add(Instruction.Create(Code.Mov_rm64_r64, Memory(register), X64Registers.Second));
            }
        }
    }

    private void Write(IEnumerable<VectorOp> body)
    {
        foreach (VectorOp op in body) Write(op);
    }

    private void Write(VectorOp op)
    {
        switch (op)
        {
            case VectorOp.Compute o:
                Write(o);
                break;
            case VectorOp.If o:
                Label otherwise = _code.CreateLabel(), end = _code.CreateLabel();
                Jump(o.Condition, otherwise, negate: true);
                Write(o.Then);
                if (o.Else.Count > 0) _code.jmp(end);
                Place(ref otherwise);
                Write(o.Else);
                if (o.Else.Count > 0) Place(ref end);
                break;
            case VectorOp.Loop o:
                Label head = _code.CreateLabel();
                if (o.IsHot && _hot.Count < _paddings.Count && _paddings[_hot.Count] > 0) _code.nop(_paddings[_hot.Count]);
                Place(ref head);
                if (o.IsHot) _hot.Add(head);
                Write(o.Body);
                Jump(o.While, head, negate: false);
                break;
            case VectorOp.FirstLanes o:
                WriteMask(o);
                break;
            case VectorOp.ReadInt32 o:
                Register number = Place(o.To) ?? X64Registers.First;
                Add(Instruction.Create(Code.Movsxd_r64_rm32, number, Operand(o.From)));
                if (Place(o.To) is null) Add(Instruction.Create(Code.Mov_rm64_r64, Memory(o.To), number));
                break;
            case VectorOp.Load o:
                Add(X64Encodings.Load(Place(o.To), Operand(o.From), o.Mask is null ? Register.None : Place(o.Mask)));
                break;
            case VectorOp.Broadcast o:
                Add(X64Encodings.Broadcast(Place(o.To), Operand(o.From), o.LaneBytes));
                break;
            case VectorOp.Store o:
                Add(X64Encodings.Store(Operand(o.To), Place(o.From), o.Mask is null ? Register.None : Place(o.Mask)));
                break;
            case VectorOp.Constant o:
                Add(Instruction.Create(Code.Mov_r32_imm32, Register.EAX, o.Value));
                Add(X64Encodings.Spread(Place(o.To), Register.EAX));
                break;
            case VectorOp.Prefetch o:
                Add(Instruction.Create(o.ForWriting ? Code.Prefetchw_m8 : Code.Prefetcht0_m8, Operand(o.At)));
                break;
            case VectorOp.Apply o:
                Add(X64Encodings.Encode(o.Instruction, Place(o.To), [.. o.From.Select(Place)], o.Immediate));
                break;
        }
    }

    private void Write(VectorOp.Compute o)
    {
        Register? own = Place(o.To);
        // What the right operand stands in must not be overwritten before it is read.
        bool clashes = own is { } to && o.Right.Register is { } right && o.Operation != ScalarOperation.Move && Place(right) == to && o.Left.Register != right;
        if (clashes && o.Operation != ScalarOperation.Subtract) (o, clashes) = (o with { Left = o.Right, Right = o.Left }, false);
        Register result = own is { } place && !clashes ? place : X64Registers.First;
        switch (o.Operation)
        {
            case ScalarOperation.Multiply when o.Right.Register is null:
                Add(Instruction.Create(Code.Imul_r64_rm64_imm32, result, InRegister(o.Left, X64Registers.First), checked((int)o.Right.Value)));
                break;
            case ScalarOperation.FloorDivide:
                Set(result, o.Left);
                Add(Instruction.Create(Code.Sar_rm64_imm8, result, PowerOfTwo(o.Right)));
                break;
            default:
                Set(result, o.Left);
                if (o.Operation == ScalarOperation.Move) break;
                if (o.Operation is ScalarOperation.Min or ScalarOperation.Max)
                {
                    Register other = InRegister(o.Right, X64Registers.Second);
                    Add(Instruction.Create(Code.Cmp_r64_rm64, result, other));
                    Add(Instruction.Create(o.Operation == ScalarOperation.Min ? Code.Cmovg_r64_rm64 : Code.Cmovl_r64_rm64, result, other));
                    break;
                }
                (Code withRegister, Code withByte, Code withConstant) = o.Operation switch
                {
                    ScalarOperation.Add => (Code.Add_r64_rm64, Code.Add_rm64_imm8, Code.Add_rm64_imm32),
                    ScalarOperation.Subtract => (Code.Sub_r64_rm64, Code.Sub_rm64_imm8, Code.Sub_rm64_imm32),
                    _ => (Code.Imul_r64_rm64, Code.INVALID, Code.INVALID),
                };
                Combine(withRegister, withByte, withConstant, result, o.Right);
                break;
        }
        if (own is null) Add(Instruction.Create(Code.Mov_rm64_r64, Memory(o.To), result));
        else if (result != own) Move(own.Value, result);
    }

    /// <summary>The first lanes of a mask: as many ones as the count, brought between none and all.</summary>
    private void WriteMask(VectorOp.FirstLanes o)
    {
        Set(X64Registers.First, o.Count);
        Set(X64Registers.Second, 0);
        Add(Instruction.Create(Code.Test_rm64_r64, X64Registers.First, X64Registers.First));
        Add(Instruction.Create(Code.Cmovs_r64_rm64, X64Registers.First, X64Registers.Second));
        Set(X64Registers.Second, 16);
        Add(Instruction.Create(Code.Cmp_r64_rm64, X64Registers.First, X64Registers.Second));
        Add(Instruction.Create(Code.Cmovg_r64_rm64, X64Registers.First, X64Registers.Second));
        Set(X64Registers.Second, -1);
        Add(Instruction.Create(Code.VEX_Bzhi_r32_rm32_r32, Register.EDX, Register.EDX, Register.EAX));
        Add(Instruction.Create(Code.VEX_Kmovw_kr_r32, Place(o.To), Register.EDX));
    }

    private void Jump(ScalarCondition condition, Label to, bool negate)
    {
        (ScalarOperand left, ScalarOperand right, Relation relation) = (condition.Left, condition.Right, condition.Relation);
        if (left.Register is null) (left, right, relation) = (right, left, Mirrored(relation));
        Combine(Code.Cmp_r64_rm64, Code.Cmp_rm64_imm8, Code.Cmp_rm64_imm32, InRegister(left, X64Registers.First), right);
        Code jump = (negate ? Negated(relation) : relation) switch
        {
            Relation.Less => Code.Jl_rel32_64,
            Relation.LessOrEqual => Code.Jle_rel32_64,
            Relation.Equal => Code.Je_rel32_64,
            Relation.NotEqual => Code.Jne_rel32_64,
            Relation.GreaterOrEqual => Code.Jge_rel32_64,
            _ => Code.Jg_rel32_64,
        };
        Add(Instruction.CreateBranch(jump, to.Id));
    }

    private static Relation Negated(Relation relation) => relation switch
    {
        Relation.Less => Relation.GreaterOrEqual,
        Relation.LessOrEqual => Relation.Greater,
        Relation.Equal => Relation.NotEqual,
        Relation.NotEqual => Relation.Equal,
        Relation.GreaterOrEqual => Relation.Less,
        _ => Relation.LessOrEqual,
    };

    private static Relation Mirrored(Relation relation) => relation switch
    {
        Relation.Less => Relation.Greater,
        Relation.LessOrEqual => Relation.GreaterOrEqual,
        Relation.GreaterOrEqual => Relation.LessOrEqual,
        Relation.Greater => Relation.Less,
        _ => relation,
    };

    /// <summary>register op= operand.</summary>
    private void Combine(Code withRegister, Code withByte, Code withConstant, Register register, ScalarOperand operand)
    {
        if (operand.Register is { } scalar && Place(scalar) is null) Add(Instruction.Create(withRegister, register, Memory(scalar)));
        else if (operand.Register is not null || withConstant == Code.INVALID) Add(Instruction.Create(withRegister, register, InRegister(operand, X64Registers.Second)));
        else Add(Instruction.Create(operand.Value is >= sbyte.MinValue and <= sbyte.MaxValue ? withByte : withConstant, register, checked((int)operand.Value)));
    }

    /// <summary>The register that holds an operand, <paramref name="through"/> where it has none of its own.</summary>
    private Register InRegister(ScalarOperand operand, Register through)
    {
        if (operand.Register is { } register && Place(register) is { } place) return place;
        Set(through, operand);
        return through;
    }

    private void Set(Register register, ScalarOperand operand)
    {
        if (operand.Register is not { } scalar) Add(Instruction.Create(Code.Mov_rm64_imm32, register, checked((int)operand.Value)));
        else if (Place(scalar) is { } place) Move(register, place);
        else Add(Instruction.Create(Code.Mov_r64_rm64, register, Memory(scalar)));
    }

    private void Move(Register to, Register from)
    {
        if (to != from) Add(Instruction.Create(Code.Mov_r64_rm64, to, from));
    }

    /// <summary>An address; what of it lives in memory passes through rax and rdx.</summary>
    private MemoryOperand Operand(Address address)
    {
        Register origin = InRegister(address.Base, X64Registers.First);
        Register index = address.Index is null ? Register.None : InRegister(address.Index, X64Registers.Second);
        return new MemoryOperand(origin, index, address.Scale, address.Displacement, address.Displacement == 0 ? 0 : 1, false, Register.None);
    }

    private MemoryOperand Memory(Scalar scalar) => new(Register.RSP, 8 * (-1 - _registers.Of(scalar)), 1);

    private Register? Place(Scalar scalar) => _registers.Of(scalar) is >= 0 and var place ? X64Registers.Scalars[place] : null;

    private Register Place(Vector vector) => Register.ZMM0 + _registers.Of(vector);

    private Register Place(LaneMask mask) => Register.K1 + _registers.Of(mask);

    private void Place(ref Label label)
    {
        // A label belongs to the next instruction, and no other may: two in one place stand around an instruction of no bytes.
        if (_labels == _code.Instructions.Count) _code.zero_bytes();
        _code.Label(ref label);
        _labels = _code.Instructions.Count;
    }

    /// <summary>The instruction that the last label belongs to.</summary>
    private int _labels = -1;

    private void Add(Instruction instruction) => _code.AddInstruction(instruction);

    private static int PowerOfTwo(ScalarOperand operand)
    {
        int shift = 0;
        while (1L << shift < operand.Value) shift++;
        return operand.Register is null && 1L << shift == operand.Value ? shift : throw new InvalidOperationException($"Machine code divides by powers of two, not by {operand}.");
    }
}
