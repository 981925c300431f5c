using Intarsia.Compiler.Planning;
using Intarsia.Compiler.Planning.Gpu;
using Intarsia.Compiler.Specs;
using Intarsia.Compiler.Tiles;
using Xunit;

namespace Intarsia.Verification.Tests.Mutations;

/// <summary>The planner's programs for operations that reduce the lines of X, and every program one mistake away from them: each must be caught, by the interpreter's checks or by the comparison with the reference.</summary>
public class LineMutationTests
{
    /// <summary>On vectors of four lanes: four vectors side by side twice, two single ones, and three lanes that are left.</summary>
    private const int Rows = 17, Columns = 43;

    [Theory]
    [InlineData("softmax_f32-f32_rN_cN_scale__multiply")]
    [InlineData("layernorm_f32-f32_rN_cN_gamma_beta__multiply")]
    [InlineData("rmsnorm_f32-f32_rN_cN_gamma__multiply")]
    public void Program_WithAnyMistake_IsCaught(string name)
    {
        KernelSpec spec = KernelName.Parse(name);
        CheckMutants(spec, TilePlanner.Plan(spec, Tier.Vector128).Program, Operands(Columns));
    }

    /// <summary>The same of plans for GPUs: a line of a warp and of a thread block, in registers, and passes of 128 threads over the same line.</summary>
    [Theory]
    [InlineData("softmax_f32-f32_rN_c43_scale__multiply", Device.Sm80)]
    [InlineData("layernorm_f32-f32_rN_c43_gamma_beta__multiply", Device.Sm80)]
    [InlineData("layernorm_f32-f32_rN_c600_gamma_beta__multiply", Device.Sm80)]
    [InlineData("softmax_f32-f32_rN_cN_scale__multiply", Device.Portable)]
    [InlineData("layernorm_f32-f32_rN_cN_gamma_beta__multiply", Device.Portable)]
    [InlineData("rmsnorm_f32-f32_rN_cN_gamma__multiply", Device.Portable)]
    public void DeviceProgram_WithAnyMistake_IsCaught(string name, Device device)
    {
        KernelSpec spec = KernelName.Parse(name);
        CheckMutants(spec, DevicePlanner.Plan(spec, device, aligned: false).Program, Operands(spec.Columns.IsConstant ? spec.Columns.Constant : 300));
    }

    private static void CheckMutants(KernelSpec spec, TileProgram program, ReferenceOperands operands)
    {
        ReferenceResult expected = SpecReference.Execute(spec, operands);
        Assert.Null(Verdict(program, operands, expected));

        // Loops over whole vectors have no tail to drop, a square has no sign, and where a line is cut into stripes changes no number: what lies behind its end is clipped.
        (string Mistake, TileProgram Program)[] mutants =
        [
            .. Mutants.Of(program).Where(mutant => !(mutant.Mistake.StartsWith("drop the tail", StringComparison.Ordinal) && (mutant.Mistake.Contains(".. wide ") || mutant.Mistake.Contains(".. whole ")))
                && !mutant.Mistake.StartsWith("off by one: let stripe = ", StringComparison.Ordinal) && !mutant.Mistake.StartsWith("off by one: let sEnd = ", StringComparison.Ordinal)
                && !(spec.Norm is not null && (mutant.Mistake.StartsWith("wrong order: x_", StringComparison.Ordinal) || mutant.Mistake.StartsWith("wrong order: v_", StringComparison.Ordinal)))),
        ];
        string[] survivors = [.. mutants.Where(mutant => Verdict(mutant.Program, operands, expected) is null).Select(mutant => mutant.Mistake)];
        Assert.True(survivors.Length == 0, $"not caught: {string.Join("; ", survivors)}\n{program}");
        Assert.True(mutants.Length > 35, $"only {mutants.Length} mutants");
    }

    /// <summary>Why a run is not accepted; null when it is.</summary>
    private static string? Verdict(TileProgram program, ReferenceOperands operands, ReferenceResult expected)
    {
        var y = new float[operands.Rows * operands.Columns];
        Array.Fill(y, float.NaN);
        var all = new Dictionary<string, Array>
        {
            ["X"] = Singles(operands.X),
            ["Y"] = y,
            ["scale"] = Singles([operands.Scale]),
            ["gamma"] = Singles(operands.Gamma!),
            ["beta"] = Singles(operands.Shift!),
            ["multiplier0"] = Singles(operands.Multipliers[0]),
        };
        try
        {
            TileInterpreter.Run(program, new Dictionary<string, long> { ["rows"] = Rows, ["columns"] = operands.Columns }, program.Buffers.Where(buffer => buffer.Role != BufferRole.Scratch).ToDictionary(buffer => buffer.Name, buffer => all[buffer.Name]));
        }
        catch (TileProgramException refusal)
        {
            return refusal.Message;
        }
        return expected.FirstMismatch<float>(y);
    }

    /// <summary>
    /// Every other line has one element far above the rest, each at another place, so that a maximum that misses it overflows; one line lies far below 0, so that a maximum of something else leaves nothing;
    /// one lies so close to 0 that ε counts; in the others every element counts.
    /// </summary>
    private static ReferenceOperands Operands(int columns)
    {
        var random = new System.Random(5);
        double[] Reals(int count) => [.. Enumerable.Range(0, count).Select(_ => (double)(random.NextSingle() - 2))];
        double[] x = Reals(Rows * columns);
        int[] places = columns == Columns ? [0, 9, 31, 32, 34, 38, 39, 42] : [0, 9, 127, 128, 200, 255, 256, columns - 1];
        for (int i = 0; i < places.Length; i++) x[2 * i * columns + places[i]] += 300;
        for (int column = 0; column < columns; column++) x[columns + column] -= 300;
        for (int column = 0; column < columns; column++) x[3 * columns + column] *= 0.001;
        return new ReferenceOperands { Rows = Rows, Columns = columns, X = Array.ConvertAll(x, value => (double)(float)value), Scale = 0.75f, Gamma = Reals(columns), Shift = Reals(columns), Multipliers = [Reals(Rows * columns)] };
    }

    private static float[] Singles(double[] values) => Array.ConvertAll(values, value => (float)value);
}
