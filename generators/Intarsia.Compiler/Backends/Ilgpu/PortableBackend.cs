using Intarsia.Compiler.Backends.Gpu;
using Intarsia.Compiler.Planning;
using Intarsia.Compiler.Text;
using Intarsia.Compiler.Tiles;
using Index = Intarsia.Compiler.Tiles.Index;

namespace Intarsia.Compiler.Backends.Ilgpu;

/// <summary>
/// Lowers a tile program to a kernel in C# that ILGPU compiles for any accelerator: groups, shared memory and barriers, and nothing that only some devices have. Parallel loops become the
/// grid, the block a group of threads. A backend: it looks at nothing but the program.
/// </summary>
internal static class PortableBackend
{
    private static readonly string[] Axes = ["Grid.IdxX", "Grid.IdxY", "Grid.IdxZ"];

    /// <param name="plan">A plan for any accelerator.</param>
    /// <param name="scalars">Buffers of one element that reach the kernel as a value.</param>
    /// <returns>The kernel; null where it would have more arrays than a launch takes.</returns>
    public static PortableKernelText? Lower(KernelPlan plan, ISet<string> scalars)
    {
        var scope = new KernelScope(plan.Program, scalars);
        List<Statement.For> loops = ParallelLoops(plan.Program, out Statement.Block block);
        foreach (Statement.For loop in loops) scope.Enter(loop);

        MethodText kernel = scope.NewMethod();
        string origins = string.Join(", ", loops.Select((loop, axis) => $"{loop.Variable} = {Axes[axis]}{(loop.Step is Index.Const { Value: 1 } ? "" : $" * {kernel.Text(loop.Step)}")}").Reverse());
        kernel.Code.Line($"int {origins};");
        string summary;
        FinishText? finish = null;
        if (TaskText.Serves(block))
        {
            var tasks = new TaskText(scope, kernel, block);
            tasks.Write(plan.Program.Buffers.Where(buffer => buffer.Role == BufferRole.Scratch));
            summary = tasks.Summary;
        }
        else if (LineText.Serves(block))
        {
            var line = new LineText(scope, kernel, block);
            line.Write();
            summary = line.Summary;
        }
        else
        {
            BlockText text = SampledText.Serves(block) ? new SampledText(scope, kernel, block) : GatherText.Serves(block) ? new GatherText(scope, kernel, block) : new DenseText(scope, kernel, block);
            finish = text.Write();
            summary = text.Summary;
        }

        if (ScalarArguments.Of([.. kernel.Parameters]) is not { } arguments) return null;
        Index[] grid = [1, 1, 1];
        for (int axis = 0; axis < loops.Count; axis++) grid[axis] = Index.CeilDiv(loops[axis].End - loops[axis].Begin, loops[axis].Step);
        IEnumerable<GpuParameter> parameters = arguments.Apart.Select(parameter => Bind(plan, parameter));
        if (arguments.Together.Length > 0) parameters = parameters.Append(new GpuParameter.Scalars(arguments.Together.Select(parameter => Bind(plan, parameter)).ToEquatableArray()));
        return new PortableKernelText(Source(scope, summary, kernel, finish, arguments), parameters.ToEquatableArray(), block.Warps!.Threads, grid[0], grid[1], grid[2]) { Reasons = plan.Program.Reasons };
    }

    /// <summary>The loops that become the grid, the innermost first.</summary>
    private static List<Statement.For> ParallelLoops(TileProgram program, out Statement.Block block)
    {
        var loops = new List<Statement.For>();
        Statement statement = program.Body.Single();
        while (statement is Statement.For { Parallel: true } loop)
        {
            loops.Insert(0, loop);
            statement = loop.Body.Single();
        }
        block = (Statement.Block)statement;
        return loops;
    }

    private static GpuParameter Bind(KernelPlan plan, KernelParameter parameter) => parameter.Buffer is { } buffer
        ? new GpuParameter.Bound(plan.Bindings.Single(binding => binding.Buffer == buffer.Name), buffer.Element)
        : new GpuParameter.Size(parameter.Name);

    private static string Source(KernelScope scope, string summary, MethodText kernel, FinishText? finish, ScalarArguments arguments)
    {
        var code = new CodeWriter();
        code.Line($"/// <summary>{summary}</summary>");
        code.Line($"internal static void Portable({string.Join(", ", arguments.Declarations)})");
        kernel.WriteBody(code, arguments.Locals);
        finish?.Write(code);
        foreach (string function in scope.Functions.Texts) code.Line().Lines(function);
        return code.ToString();
    }
}
