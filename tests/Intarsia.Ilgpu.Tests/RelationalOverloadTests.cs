using Intarsia.Compiler.Specs;
using Intarsia.Verification;

namespace Intarsia.Ilgpu.Tests;

/// <summary>
/// Relational products through their generated overloads, on an NVIDIA device, at aligned and at other addresses, and in their portable form: bytes bit for bit as on the CPU, floats against the reference's bound, and operands that do not
/// fit with the errors of the CPU.
/// </summary>
[Trait("Category", "Gpu")]
public class RelationalOverloadTests(Devices devices) : IClassFixture<Devices>
{
    private const int Nodes = 150, Sources = 40, Relations = 3;

    [SkippableTheory]
    [InlineData(0, 0)]
    [InlineData(8, 0)]
    [InlineData(8, 1)]
    [InlineData(9, 0)]
    public void Layer_OnADevice_MeetsTheReference(int major, int offset)
    {
        const int Rows = 48, Depth = 24;
        Accelerator accelerator = Find(major);
        double[] edges = Edges();
        float[] dense = Numbers(Rows * Relations * Depth, 0.0625f), bias = Numbers(Rows, 0.5f);
        Half[] x = [.. Numbers(Sources * Depth, 0.25f).Select(value => (Half)value)];
        PackedMatrix graph = PackedMatrix.Pack(Array.ConvertAll(edges, edge => (float)edge), Nodes, Relations * Sources, GeneratedKernels.RelationalLayerKernel.Graph!);
        PackedMatrix weights = PackedMatrix.Pack(dense, Rows, Relations * Depth, GeneratedKernels.RelationalLayerKernel.Weights!);

        using DeviceMatrix deviceGraph = DeviceMatrix.Upload(accelerator, graph), deviceWeights = DeviceMatrix.Upload(accelerator, weights);
        using MemoryBuffer1D<Half, Stride1D.Dense> from = accelerator.Allocate1D<Half>(offset + x.Length);
        ArrayView<Half> features = from.View.BaseView.SubView(offset, x.Length);
        features.CopyFromCPU(x);
        using MemoryBuffer1D<float, Stride1D.Dense> biases = accelerator.Allocate1D(bias), to = accelerator.Allocate1D<float>(Nodes * Rows);
        GeneratedKernels.RelationalLayer(accelerator.DefaultStream, deviceGraph, deviceWeights, features, biases.View, to.View);
        accelerator.Synchronize();

        KernelSpec spec = KernelName.Parse("rgms_dense_f16-f16-f32_r48_d24_cN_tt_rel3__bias-relu");
        double[] lines = Array.ConvertAll(x, value => (double)value);
        var operands = new ReferenceOperands
        {
            Rows = Rows,
            Depth = Depth,
            Columns = Nodes,
            Sources = Sources,
            Edges = edges,
            Weights = Array.ConvertAll(dense, value => (double)value),
            X = [.. Enumerable.Range(0, Depth * Sources).Select(i => lines[i % Sources * Depth + i / Sources])],
            Biases = [Array.ConvertAll(bias, value => (double)value)],
        };
        float[] y = to.View.BaseView.GetAsArray();
        Assert.Null(SpecReference.Execute(spec, operands).FirstMismatch<float>([.. Enumerable.Range(0, y.Length).Select(i => y[i % Nodes * Rows + i / Nodes])]));
    }

    /// <summary>Extents that come with the operands, in lines with a gap.</summary>
    [SkippableTheory]
    [InlineData(0, 33, 45)]
    [InlineData(8, 33, 45)]
    [InlineData(8, 64, 160)]
    public void Bytes_OnADevice_EqualTheCpu(int major, int rows, int depth)
    {
        Accelerator accelerator = Find(major);
        (PackedMatrix graph, PackedMatrix weights) = BytesOf(rows, depth);
        byte[] x = [.. Enumerable.Range(0, Sources * depth).Select(i => (byte)(i * 37 % 251))];
        int[] expected = new int[Nodes * (rows + 4)];
        GeneratedKernels.RelationalBytes(graph, weights, x, expected, rows + 4);

        using DeviceMatrix deviceGraph = DeviceMatrix.Upload(accelerator, graph), deviceWeights = DeviceMatrix.Upload(accelerator, weights);
        using MemoryBuffer1D<byte, Stride1D.Dense> from = accelerator.Allocate1D(x);
        using MemoryBuffer1D<int, Stride1D.Dense> to = accelerator.Allocate1D(new int[expected.Length]);
        GeneratedKernels.RelationalBytes(accelerator.DefaultStream, deviceGraph, deviceWeights, from.View, to.View, rows + 4);
        accelerator.Synchronize();
        Assert.Equal(expected, to.View.BaseView.GetAsArray());
        Assert.Contains(expected, value => value != 0);
    }

    /// <summary>The overload refuses what the method on the CPU refuses, in the same words where both name the same thing.</summary>
    [SkippableFact]
    public void Call_WithOperandsThatDoNotFit_ThrowsAsTheCpuDoes()
    {
        const int Rows = 8, Depth = 6;
        Accelerator accelerator = devices.Cpu;
        (PackedMatrix graph, PackedMatrix weights) = BytesOf(Rows, Depth);
        PackedMatrix Graph(int columns, Pattern pattern) => PackedMatrix.Pack(new int[Nodes * columns], Nodes, columns, new WeightLayout(pattern, NumberFormat.Int8));
        Refuses(Graph(Relations * Sources + 1, Pattern.Csr), weights, Sources * Depth, Nodes * Rows, "graph");
        Refuses(Graph(Relations * (Sources + 1), Pattern.Csr), weights, Sources * Depth, Nodes * Rows, "x");
        Refuses(Graph(Relations * Sources, Pattern.Dense), weights, Sources * Depth, Nodes * Rows, "graph");
        Refuses(graph, PackedMatrix.Pack(new int[Rows * (Relations * Depth + 1)], Rows, Relations * Depth + 1, GeneratedKernels.RelationalBytesKernel.Weights!), Sources * Depth, Nodes * Rows, "weights");
        Refuses(graph, weights, Sources * Depth - 1, Nodes * Rows, "x");
        Refuses(graph, weights, Sources * Depth, Nodes * Rows - 1, "y");

        void Refuses(PackedMatrix edges, PackedMatrix numbers, int features, int results, string name)
        {
            ArgumentException onCpu = Assert.ThrowsAny<ArgumentException>(() => GeneratedKernels.RelationalBytes(edges, numbers, new byte[features], new int[results], Rows));
            using DeviceMatrix deviceGraph = DeviceMatrix.Upload(accelerator, edges), deviceWeights = DeviceMatrix.Upload(accelerator, numbers);
            using MemoryBuffer1D<byte, Stride1D.Dense> x = accelerator.Allocate1D<byte>(features);
            using MemoryBuffer1D<int, Stride1D.Dense> y = accelerator.Allocate1D<int>(results);
            ArgumentException onDevice = Assert.ThrowsAny<ArgumentException>(() => GeneratedKernels.RelationalBytes(accelerator.DefaultStream, deviceGraph, deviceWeights, x.View, y.View, Rows));
            Assert.Equal((name, onCpu.ParamName), (onDevice.ParamName, name));
            Assert.Equal(onCpu.Message, onDevice.Message);
        }
    }

    [SkippableFact]
    public void Call_WithAGraphOnAnotherDevice_NamesIt()
    {
        (PackedMatrix graph, PackedMatrix weights) = BytesOf(8, 6);
        Accelerator accelerator = devices.Cpu;
        using DeviceMatrix foreign = DeviceMatrix.Upload(devices.OtherCpu, graph), deviceWeights = DeviceMatrix.Upload(accelerator, weights);
        using MemoryBuffer1D<byte, Stride1D.Dense> x = accelerator.Allocate1D<byte>(Sources * 6);
        using MemoryBuffer1D<int, Stride1D.Dense> y = accelerator.Allocate1D<int>(Nodes * 8);
        Assert.Throws<ArgumentException>("graph", () => GeneratedKernels.RelationalBytes(accelerator.DefaultStream, foreign, deviceWeights, x.View, y.View, 8));
    }

    private static (PackedMatrix Graph, PackedMatrix Weights) BytesOf(int rows, int depth)
    {
        int[] numbers = [.. Enumerable.Range(0, rows * Relations * depth).Select(i => i * 29 % 255 - 127)];
        return (PackedMatrix.Pack(Array.ConvertAll(Edges(), edge => (int)(4 * edge)), Nodes, Relations * Sources, GeneratedKernels.RelationalBytesKernel.Graph!),
            PackedMatrix.Pack(numbers, rows, Relations * depth, GeneratedKernels.RelationalBytesKernel.Weights!));
    }

    /// <summary>Many edges of the first relation, few of the second, and some of the third, with nodes between that have none.</summary>
    private static double[] Edges() =>
        [.. Enumerable.Range(0, Nodes * Relations * Sources).Select(i => (Node: i / (Relations * Sources), Relation: i / Sources % Relations, At: i * 7 % 31)).Select(edge => edge.Node % 11 == 3 || edge.At >= (edge.Relation == 0 ? 12 : 2 * edge.Relation) ? 0 : 0.25 * (edge.At - 5.0))];

    /// <summary>The device of a major capability; 0 is the CPU accelerator, for the portable form of a kernel.</summary>
    private Accelerator Find(int major) => major == 0 ? devices.Cpu : devices.Cuda(major, 0);

    private static float[] Numbers(int count, float step) => [.. Enumerable.Range(0, count).Select(i => (i * 7 % 31 * 5 % 23 - 11) * step)];
}
