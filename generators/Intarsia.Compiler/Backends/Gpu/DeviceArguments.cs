using System.Globalization;
using Intarsia.Compiler.Backends.Ilgpu;
using Intarsia.Compiler.Backends.Simd;
using Intarsia.Compiler.Planning;
using Intarsia.Compiler.Specs;
using Intarsia.Compiler.Text;
using Intarsia.Compiler.Tiles;

namespace Intarsia.Compiler.Backends.Gpu;

/// <summary>The arguments of a launch as C#, and the static fields that they need.</summary>
internal sealed class DeviceArguments(DeviceCall call)
{
    private readonly List<string> _fields = [];

    /// <summary>Preparations and tensor maps, each once.</summary>
    public IReadOnlyList<string> Fields => _fields;

    /// <summary>Writes a local for each prepared order that the parameters read.</summary>
    public void WritePrepared(CodeWriter code, EquatableArray<GpuParameter> parameters)
    {
        foreach (string order in Bindings(parameters).Select(bound => bound.Binding).OfType<Binding.Prepared>().Select(binding => Order(binding)).Distinct())
        {
            string element = ElementOf(parameters, order);
            Binding.Prepared first = Bindings(parameters).Select(bound => bound.Binding).OfType<Binding.Prepared>().First(binding => Order(binding) == order);
            // Weights of four bits, planes and digits have one type of element.
            string type = first.Kind is PreparedKind.Nibble or PreparedKind.NibbleFragment or PreparedKind.DigitStream or PreparedKind.BitRow or PreparedKind.PlanePanel ? $"{first.Kind}Weights" : $"{first.Kind}Weights<{element}>";
            Add(string.Format(CultureInfo.InvariantCulture, "private static readonly Preparation<{0}> {1} = new({2}, {3}, {4}{5});", type, order, first.Width, first.Interleave, first.DepthTile, first.Transposed ? ", transposed: true" : ""));
            code.Line($"DeviceWeights {Local(order)} = {(first.OfGraph ? call.Graph : call.Packed)!.Name}.Prepared({order}, {call.Stream});");
        }
        if (Bindings(parameters).Any(bound => bound.Binding is Binding.PackedValues)) code.Line($"DeviceWeights {Sampled} = {call.Packed!.Name}.Sampled({call.Stream});");
    }

    /// <summary>An argument of an entry.</summary>
    public string Argument(GpuParameter parameter) => parameter switch
    {
        GpuParameter.Size size => call.Text(size.Value),
        GpuParameter.Bound { Binding: Binding.Operand operand } when Operand(operand) is { Shape: ParameterShape.Scalar } scalar => scalar.Name,
        GpuParameter.Bound bound => Address(bound.Binding),
        GpuParameter.TensorMap map => TensorMap(map),
        _ => throw new InvalidOperationException($"{parameter} is no argument of an entry."),
    };

    /// <summary>An argument of a portable kernel, and its type.</summary>
    public (string Type, string Text) PortableArgument(GpuParameter parameter)
    {
        switch (parameter)
        {
            case GpuParameter.Size size:
                return ("int", $"(int)({call.Text(size.Value)})");
            case GpuParameter.Bound { Binding: Binding.Operand operand } bound:
                ParameterSpec argument = Operand(operand);
                if (argument.Shape == ParameterShape.Scalar) return (argument.Type, argument.Name);
                return (ViewOf(bound.Element), PortableElement(bound.Element) == VectorIsa.ElementName(bound.Element) ? View(argument) : $"{argument.Name}.Cast<{PortableElement(bound.Element)}>()");
            case GpuParameter.Bound { Binding: Binding.Prepared prepared } bound:
                return (ViewOf(bound.Element), $"{Local(Order(prepared))}.View<{PortableElement(bound.Element)}>(\"{prepared.Part}\")");
            case GpuParameter.Bound { Binding: Binding.PackedScales }:
                return ("ArrayView<float>", $"{call.Packed!.Name}.Scales({call.Stream})");
            case GpuParameter.Scalars scalars:
                IEnumerable<string> fields = ScalarArguments.Fields(scalars.Members.Select(PortableArgument), member => member.Type).Select(pair => $"{pair.Field} = {pair.Member.Text}");
                return ("KernelScalars", $"new KernelScalars {{ {string.Join(", ", fields)} }}");
            case GpuParameter.Bound { Binding: Binding.PackedPattern or Binding.PackedValues } bound:
                return (ViewOf(bound.Element), $"{Sampled}.View<{PortableElement(bound.Element)}>(\"{SampledArray(bound.Binding)}\")");
            default:
                throw new InvalidOperationException($"{parameter} is no argument of a portable kernel.");
        }
    }

    private static string ViewOf(ElementType element) => $"ArrayView<{PortableElement(element)}>";

    /// <summary>ILGPU knows neither .NET's Half nor our BFloat16: its kernels read their bits.</summary>
    private static string PortableElement(ElementType element) => element is ElementType.F16 or ElementType.BF16 ? "ushort" : VectorIsa.ElementName(element);

    private static string Order(Binding.Prepared binding) => string.Format(CultureInfo.InvariantCulture, "{0}{1}x{2}x{3}{4}", binding.Kind, binding.Width, binding.Interleave, binding.DepthTile, binding.Transposed ? "Transposed" : "");

    private static IEnumerable<(Binding Binding, ElementType Element)> Bindings(EquatableArray<GpuParameter> parameters) => parameters.SelectMany(parameter => parameter switch
    {
        GpuParameter.Bound bound => new[] { (bound.Binding, bound.Element) },
        GpuParameter.TensorMap map => [(map.Binding, map.Element)],
        _ => [],
    });

    /// <summary>A prepared form is made of its values' type.</summary>
    private static string ElementOf(EquatableArray<GpuParameter> parameters, string order)
    {
        (Binding Binding, ElementType Element)[] arrays = [.. Bindings(parameters).Where(bound => bound.Binding is Binding.Prepared prepared && Order(prepared) == order)];
        int values = Array.FindIndex(arrays, array => ((Binding.Prepared)array.Binding).Part == PreparedPart.Values);
        return VectorIsa.ElementName(arrays[Math.Max(0, values)].Element);
    }

    /// <summary>The arrays of a packed result.</summary>
    private string Sampled => call.Local("sampled");

    private static string SampledArray(Binding binding) => binding is Binding.PackedPattern pattern ? pattern.Part.ToString() : "Values";

    private string Local(string order) => call.Local(char.ToLowerInvariant(order[0]) + order.Substring(1));

    private ParameterSpec Operand(Binding.Operand operand) => call.Method.WithRole(operand.Role).ElementAt(operand.Ordinal);

    private static string View(ParameterSpec argument) => DeviceCall.IsOffsets(argument) ? argument.Name + ".View" : argument.Name;

    private string Address(Binding binding) => binding switch
    {
        Binding.Operand operand => $"DeviceGuard.Pointer({View(Operand(operand))})",
        Binding.Prepared prepared => $"{Local(Order(prepared))}.Pointer(\"{prepared.Part}\")",
        Binding.PackedScales => $"DeviceGuard.Pointer({call.Packed!.Name}.Scales({call.Stream}))",
        Binding.PackedPattern or Binding.PackedValues => $"{Sampled}.Pointer(\"{SampledArray(binding)}\")",
        _ => throw new InvalidOperationException($"{binding} has no address."),
    };

    private string TensorMap(GpuParameter.TensorMap map)
    {
        string element = map.Element switch
        {
            ElementType.F16 => "Float16",
            ElementType.BF16 => "BFloat16",
            ElementType.F32 => "Float32",
            ElementType.S32 => "Int32",
            ElementType.S16 => "UInt16",
            _ => "UInt8",
        };
        string swizzle = map.SwizzleBytes == 0 ? "None" : string.Format(CultureInfo.InvariantCulture, "Bytes{0}", map.SwizzleBytes);
        string box = string.Join(", ", map.Box.Select(extent => extent.ToString(CultureInfo.InvariantCulture)));

        // Two targets may map one operand in different boxes.
        string name = char.ToUpperInvariant(map.Binding.Buffer[0]) + map.Binding.Buffer.Substring(1) + "Map" + string.Join("x", map.Box.Select(extent => extent.ToString(CultureInfo.InvariantCulture)));
        Add($"private static readonly GpuTensorMap {name} = new(TensorMapElement.{element}, [{box}], TensorMapSwizzle.{swizzle});");
        return $"{name}.Of({Address(map.Binding)}, [{string.Join(", ", map.Dims.Select(call.Text))}], [{string.Join(", ", map.StrideBytes.Select(call.Text))}])";
    }

    private void Add(string field)
    {
        if (!_fields.Contains(field)) _fields.Add(field);
    }
}
