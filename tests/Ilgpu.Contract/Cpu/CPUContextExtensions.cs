namespace ILGPU.Runtime.CPU;

/// <summary>CPU devices of contexts.</summary>
public static class CPUContextExtensions
{
    public static Context.Builder DefaultCPU(this Context.Builder builder) => builder.CPU(CPUDeviceKind.Default);

    public static Context.Builder CPU(this Context.Builder builder, CPUDeviceKind kind) => builder.CPU(kind switch
    {
        CPUDeviceKind.Nvidia => CPUDevice.Nvidia,
        CPUDeviceKind.AMD => CPUDevice.AMD,
        CPUDeviceKind.LegacyAMD => CPUDevice.LegacyAMD,
        CPUDeviceKind.Intel => CPUDevice.Intel,
        _ => CPUDevice.Default,
    });

    public static Context.Builder CPU(this Context.Builder builder, CPUDevice device)
    {
        builder.Devices.Add(device);
        return builder;
    }

    public static CPUDevice GetCPUDevice(this Context context, int cpuDeviceIndex) => context.GetDevice<CPUDevice>(cpuDeviceIndex);

    public static CPUAccelerator CreateCPUAccelerator(this Context context, int cpuDeviceIndex) => context.GetCPUDevice(cpuDeviceIndex).CreateCPUAccelerator(context);
}
