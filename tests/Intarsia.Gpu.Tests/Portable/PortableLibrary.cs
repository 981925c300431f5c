using System.Reflection;
using System.Runtime.InteropServices;
using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.CPU;
using Intarsia.Compiler.Backends.Gpu;
using Intarsia.Compiler.Backends.Ilgpu;
using Intarsia.Compiler.Tiles;
using Intarsia.Ilgpu;
using Intarsia.Verification;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Emit;

namespace Intarsia.Gpu.Tests.Portable;

/// <summary>Portable kernels, compiled in one go, and the accelerator that runs them: groups and barriers on the CPU.</summary>
internal sealed class PortableLibrary : IDisposable
{
    private const string Usings = "using System;\nusing ILGPU;\nusing ILGPU.Runtime;\nusing Intarsia.Ilgpu;\n\n";

    private readonly Context _context = Context.Create(builder => builder.CPU(CPUDeviceKind.Intel));
    private readonly CPUAccelerator _accelerator;
    private readonly Assembly _assembly;

    public PortableLibrary(IEnumerable<PortableCase> cases)
    {
        _accelerator = _context.CreateCPUAccelerator(0);
        _assembly = Compile(cases.Select(kernel => (kernel.Name, kernel.Source)));
    }

    /// <summary>Runs a kernel on the operands of its draw. Returns the result, rows×columns, logical.</summary>
    public double[] Run(PortableCase kernel, ReferenceOperands operands)
    {
        var plan = new PlanOperands(kernel.Draw.Spec, kernel.Plan, operands, kernel.Draw.Gap);
        (int x, int y, int z) = kernel.Grid(plan.Sizes);
        if (x == 0 || y == 0 || z == 0) return plan.ReadY();

        var buffers = new List<(Array Host, MemoryBuffer1D<byte, Stride1D.Dense> Device)>();
        try
        {
            object[] arguments = [.. kernel.Text.Parameters.Select(parameter => Argument(kernel, parameter, plan, buffers))];
            MethodInfo launch = _assembly.GetType(kernel.Name)!.GetMethod("Launch")!;
            launch.Invoke(null, BindingFlags.DoNotWrapExceptions, null, [_accelerator.DefaultStream, new Index3D(x, y, z), arguments], null);
            _accelerator.Synchronize();
            Array result = plan.Buffers[kernel.Plan.Program.Buffers.Single(buffer => buffer.Role is BufferRole.Output or BufferRole.InOut).Name];
            byte[] bytes = buffers.Single(buffer => buffer.Host == result).Device.View.BaseView.GetAsArray();
            bytes.AsSpan(0, Bytes(result).Length).CopyTo(Bytes(result));
            return plan.ReadY();
        }
        finally
        {
            foreach ((_, MemoryBuffer1D<byte, Stride1D.Dense> device) in buffers) device.Dispose();
        }
    }

    public void Dispose()
    {
        _accelerator.Dispose();
        _context.Dispose();
    }

    private object Argument(PortableCase kernel, GpuParameter parameter, PlanOperands plan, List<(Array, MemoryBuffer1D<byte, Stride1D.Dense>)> buffers)
    {
        if (parameter is GpuParameter.Scalars { Members: var members })
        {
            object scalars = default(KernelScalars);
            foreach ((GpuParameter member, string field) in ScalarArguments.Fields(members, kernel.TypeOf)) typeof(KernelScalars).GetField(field)!.SetValue(scalars, Argument(kernel, member, plan, buffers));
            return scalars;
        }
        if (parameter is not GpuParameter.Bound bound) return (int)plan.Sizes[((Compiler.Tiles.Index.Var)((GpuParameter.Size)parameter).Value).Name];
        Array host = plan.Buffers[bound.Binding.Buffer];
        if (kernel.Scalars.Contains(bound.Binding.Buffer)) return host.GetValue(0)!;
        byte[] bytes = Bytes(host).ToArray();
        // A view needs a buffer behind it, even where it is empty.
        MemoryBuffer1D<byte, Stride1D.Dense> device = _accelerator.Allocate1D(bytes.Length == 0 ? new byte[16] : bytes);
        buffers.Add((host, device));
        ArrayView<byte> view = device.View.BaseView.SubView(0, bytes.Length);
        return bound.Element switch
        {
            ElementType.F32 => view.Cast<float>(),
            ElementType.S64 => view.Cast<long>(),
            ElementType.S32 => view.Cast<int>(),
            ElementType.S16 => view.Cast<short>(),
            ElementType.U16 or ElementType.F16 or ElementType.BF16 => view.Cast<ushort>(),
            ElementType.S8 => view.Cast<sbyte>(),
            _ => view,
        };
    }

    private static Span<byte> Bytes(Array array) =>
        MemoryMarshal.CreateSpan(ref MemoryMarshal.GetArrayDataReference(array), array.Length * Marshal.SizeOf(array.GetType().GetElementType()!));

    /// <summary>Compiles sources, each with a name, against ILGPU or what stands in for it.</summary>
    /// <param name="sources">The sources.</param>
    /// <param name="checkOverflow">Kernels may wrap only where they say so. ILGPU's compilers for devices know no checked arithmetic.</param>
    public static Assembly Compile(IEnumerable<(string Name, string Text)> sources, bool checkOverflow = true)
    {
        IEnumerable<MetadataReference> references = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Append(typeof(Context).Assembly.Location).Append(typeof(KernelScalars).Assembly.Location).Distinct().Select(path => MetadataReference.CreateFromFile(path));
        var options = new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, optimizationLevel: Microsoft.CodeAnalysis.OptimizationLevel.Release, checkOverflow: checkOverflow, warningLevel: 9999, generalDiagnosticOption: ReportDiagnostic.Error);
        SyntaxTree[] trees = [.. sources.Select(source => CSharpSyntaxTree.ParseText(Usings + source.Text, path: source.Name + ".cs"))];
        using var image = new MemoryStream();
        EmitResult result = CSharpCompilation.Create("Portable" + Guid.NewGuid().ToString("N"), trees, references, options).Emit(image);
        if (!result.Success) throw new InvalidOperationException("Portable kernels do not compile:\n" + string.Join('\n', result.Diagnostics.Take(10)));
        return Assembly.Load(image.ToArray());
    }
}
