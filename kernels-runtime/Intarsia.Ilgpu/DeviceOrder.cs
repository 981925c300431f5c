using System.Runtime.InteropServices;
using ILGPU;
using ILGPU.Runtime;
using Intarsia.Kernels;

namespace Intarsia.Ilgpu;

/// <summary>
/// An order of a matrix on the device and what its values were made from. Either the host has prepared it, values and all; or the host has told where each value comes from, once, and the values are gathered on the device
/// from those of the matrix there, as often as they change; or the order is that of the matrix itself, and kernels read its values where they are.
/// </summary>
internal sealed class DeviceOrder
{
    private const string Values = nameof(Values);

    private readonly DeviceOrder? _stored;
    private readonly ValueGather? _gather;
    private readonly MemoryBuffer1D<byte, Stride1D.Dense>? _places;

    private DeviceOrder(DeviceWeights weights, StreamUse use) => (Weights, Use) = (weights, use);

    private DeviceOrder(DeviceWeights weights, DeviceOrder stored, ValueGather gather, MemoryBuffer1D<byte, Stride1D.Dense>? places)
        : this(weights, new StreamUse()) => (_stored, _gather, _places) = (stored, gather, places);

    private DeviceOrder(DeviceWeights weights, DeviceOrder stored)
        : this(weights, stored.Use) => _stored = stored;

    /// <summary>The arrays.</summary>
    public DeviceWeights Weights { get; }

    /// <summary>The streams that work on the values.</summary>
    public StreamUse Use { get; }

    /// <summary>Which writing of values on the device this order has, counted from the first.</summary>
    public int Writing { get; set; }

    /// <summary>The values come from those on the device.</summary>
    public bool IsPlaced => _stored is not null;

    /// <summary>Copies what the host has prepared.</summary>
    public static DeviceOrder Upload<T>(T prepared, AcceleratorStream stream)
        where T : IDeviceArrays => new(DeviceWeights.Upload(prepared, stream), new StreamUse());

    /// <summary>Copies what a prepared form has beside its values, and where they come from.</summary>
    /// <param name="names">The arrays of the form.</param>
    /// <param name="form">The form, with places in the stead of values (<see cref="Preparation{TWeights}.Places"/>).</param>
    /// <param name="stored">The values of the matrix.</param>
    /// <param name="gather">What makes the form's elements of those of the matrix.</param>
    /// <param name="stream">The stream to copy on.</param>
    public static DeviceOrder Place(ReadOnlySpan<string> names, IDeviceArrays form, DeviceOrder stored, ValueGather gather, AcceleratorStream stream)
    {
        int values = names.IndexOf(Values);
        ReadOnlySpan<byte> places = form.DeviceArray(values);
        if (gather.IsMove && LieAsStored(MemoryMarshal.Cast<byte, int>(places), stored.Weights.View<byte>(Values).Length / gather.ElementBytes))
            return new(DeviceWeights.Upload(names, form, stream, Values, stored.Weights), stored);
        return new(DeviceWeights.Upload(names, form, stream, Values, (long)places.Length / sizeof(int) * gather.ElementBytes), stored, gather, DeviceWeights.Copy(places, stream));
    }

    /// <summary>Queues what brings the values up to date.</summary>
    public void Gather(AcceleratorStream stream)
    {
        if (_stored is null || _gather is null || _places is null) return;
        _stored.Use.Read(stream);
        Use.Write(stream);
        _gather.Launch(stream, Weights.View<byte>(Values), _stored.Weights.View<byte>(Values), _places.View.BaseView.Cast<int>());
    }

    /// <summary>Frees what is this order's own.</summary>
    public void Free()
    {
        Weights.Free();
        _places?.Dispose();
    }

    /// <summary>
    /// Whether each value comes from its own slot. A value that comes from none is 0, and so is what lies in the slot: an element would have had to go elsewhere.
    /// </summary>
    private static bool LieAsStored(ReadOnlySpan<int> places, long slots)
    {
        if (places.Length != slots) return false;
        for (int i = 0; i < places.Length; i++)
            if (places[i] != 0 && places[i] != i + 1) return false;
        return true;
    }
}
