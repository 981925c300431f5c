using Intarsia.PtxEmulator.Execution;

namespace Intarsia.PtxEmulator;

/// <summary>One emulated device. Launches are synchronous; several threads may launch at the same time.</summary>
public sealed class PtxMachine
{
    private readonly DeviceMemory _memory;
    private readonly PtxMachineOptions _options;

    /// <summary>A device with this memory.</summary>
    public PtxMachine(DeviceMemory memory, PtxMachineOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(memory);
        _memory = memory;
        _options = options ?? new PtxMachineOptions();
    }

    /// <summary>Runs a kernel with these arguments to its end.</summary>
    /// <exception cref="ArgumentException">Arguments do not fit the parameters, or the shape of the launch is not one that the kernel or a device allows.</exception>
    public LaunchReport Launch(PtxEntry entry, LaunchConfig config, params ReadOnlySpan<PtxArgument> arguments)
    {
        Check(entry, config);
        if (arguments.Length != entry.Parameters.Count) throw new ArgumentException($"{arguments.Length} arguments for the {entry.Parameters.Count} parameters of {entry}.", nameof(arguments));
        byte[] space = Space(entry);
        for (int i = 0; i < arguments.Length; i++)
        {
            PtxParameter parameter = entry.Parameters[i];
            if (arguments[i].Size != parameter.Size) throw new ArgumentException($"Argument {i} has {arguments[i].Size} bytes, and parameter '{parameter.Name}' of {entry.Name} has {parameter.Size}.", nameof(arguments));
            arguments[i].CopyTo(space.AsSpan(parameter.Offset, parameter.Size));
        }
        return Run(entry, config, space);
    }

    /// <summary>Runs a kernel with arguments as <c>cuLaunchKernel</c> takes them: for each parameter a pointer to its value.</summary>
    /// <exception cref="ArgumentException">The shape of the launch is not one that the kernel or a device allows.</exception>
    public unsafe LaunchReport Launch(PtxEntry entry, LaunchConfig config, void** arguments)
    {
        Check(entry, config);
        if (arguments is null && entry.Parameters.Count > 0) throw new ArgumentNullException(nameof(arguments));
        byte[] space = Space(entry);
        for (int i = 0; i < entry.Parameters.Count; i++)
        {
            PtxParameter parameter = entry.Parameters[i];
            if (arguments[i] is null) throw new ArgumentException($"The pointer for parameter '{parameter.Name}' of {entry.Name} is null.", nameof(arguments));
            new ReadOnlySpan<byte>(arguments[i], parameter.Size).CopyTo(space.AsSpan(parameter.Offset));
        }
        return Run(entry, config, space);
    }

    private static byte[] Space(PtxEntry entry) => new byte[entry.Parameters.Count == 0 ? 0 : entry.Parameters[^1].Offset + entry.Parameters[^1].Size];

    private LaunchReport Run(PtxEntry entry, LaunchConfig config, byte[] parameters)
    {
        using DeviceBuffer space = _memory.Allocate<byte>(parameters, $"parameters of {entry.Name}");
        return new Launch(entry, config, _memory, space, _options).Run();
    }

    private void Check(PtxEntry entry, LaunchConfig config)
    {
        ArgumentNullException.ThrowIfNull(entry);
        ArgumentNullException.ThrowIfNull(config);
        Dim3 grid = config.Grid;
        Dim3 block = config.Block;
        if (grid.X < 1 || grid.Y is < 1 or > 65535 || grid.Z is < 1 or > 65535) throw new ArgumentException($"Grid {grid}: each extent is at least 1, and y and z at most 65535.", nameof(config));
        if (block.X is < 1 or > 1024 || block.Y is < 1 or > 1024 || block.Z is < 1 or > 64 || block.Count > 1024)
            throw new ArgumentException($"Block {block}: it has 1 to 1024 threads, at most 1024 in x and y and 64 in z.", nameof(config));
        if (entry.MaxThreads is { } most && (block.Count > most || (entry.ThreadsAreRequired && block.Count != most)))
            throw new ArgumentException($"Block {block} has {block.Count} threads; {entry.Name} is {(entry.ThreadsAreRequired ? "for exactly" : "for at most")} {most}.", nameof(config));
        if (config.DynamicSharedBytes < 0 || config.DynamicSharedBytes + (long)entry.StaticSharedBytes > _options.MaxDynamicShared)
            throw new ArgumentException($"{config.DynamicSharedBytes} bytes of dynamic and {entry.StaticSharedBytes} of static shared memory; a block can have {_options.MaxDynamicShared}.", nameof(config));
    }
}
