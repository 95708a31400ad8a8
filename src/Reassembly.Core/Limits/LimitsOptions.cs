using Microsoft.Extensions.Options;
using Reassembly.Protocol;
using Reassembly.Protocol.Frames;

namespace Reassembly.Core.Limits;

/// <summary>The settings under <c>Reassembly:Limits</c>. Sizes in bytes, times in seconds.</summary>
public sealed class LimitsOptions
{
    public const string Section = "Reassembly:Limits";

    /// <inheritdoc cref="ProtocolLimits.FrameBytes"/>
    public int FrameBytes { get; set; } = 65_536;

    /// <inheritdoc cref="ProtocolLimits.MinChunkBytes"/>
    public int MinChunkBytes { get; set; } = 1024;

    /// <inheritdoc cref="ProtocolLimits.MessageBytes"/>
    public long MessageBytes { get; set; } = 1L << 30;

    /// <inheritdoc cref="ProtocolLimits.OpenMessages"/>
    public int OpenMessages { get; set; } = 1024;

    /// <inheritdoc cref="ProtocolLimits.WindowBytes"/>
    public long WindowBytes { get; set; } = 8L << 20;

    /// <inheritdoc cref="ProtocolLimits.IdleSeconds"/>
    public int IdleSeconds { get; set; } = 60;

    /// <inheritdoc cref="ProtocolLimits.MessageSeconds"/>
    public int MessageSeconds { get; set; } = 3600;

    /// <inheritdoc cref="ProtocolLimits.RetentionSeconds"/>
    public int RetentionSeconds { get; set; } = 3600;

    /// <summary>Most bytes of frames that this node holds in memory at once, over all connections.</summary>
    /// <value>256 MiB</value>
    public long NodeBufferBytes { get; set; } = 256L << 20;

    /// <summary>Most bytes of payload that this node stores, open and committed; 0 for as much as the disk takes.</summary>
    /// <value>0</value>
    public long StoreBytes { get; set; }

    /// <summary>The limits as <c>welcome</c> tells them.</summary>
    public ProtocolLimits ToProtocol() => new()
    {
        FrameBytes = FrameBytes,
        MinChunkBytes = MinChunkBytes,
        MessageBytes = MessageBytes,
        OpenMessages = OpenMessages,
        WindowBytes = WindowBytes,
        IdleSeconds = IdleSeconds,
        MessageSeconds = MessageSeconds,
        RetentionSeconds = RetentionSeconds,
    };
}

/// <summary>Each wrong limit is one sentence that names its setting.</summary>
public sealed class LimitsOptionsValidator : IValidateOptions<LimitsOptions>
{
    private const int SmallestFrame = 512;
    private const int LargestFrame = 16 << 20;

    public ValidateOptionsResult Validate(string? name, LimitsOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var chunkBytes = options.FrameBytes - ChunkHeader.Size;
        var faults = new List<string>();
        Check(nameof(options.FrameBytes), options.FrameBytes, SmallestFrame, LargestFrame);
        Check(nameof(options.MinChunkBytes), options.MinChunkBytes, 0, Math.Max(0, chunkBytes));
        Check(nameof(options.MessageBytes), options.MessageBytes, 1, WireProtocol.MaxSafeInteger);
        Check(nameof(options.OpenMessages), options.OpenMessages, 1, int.MaxValue);
        Check(nameof(options.WindowBytes), options.WindowBytes, Math.Max(1, chunkBytes), WireProtocol.MaxSafeInteger);
        Check(nameof(options.IdleSeconds), options.IdleSeconds, 1, int.MaxValue);
        Check(nameof(options.MessageSeconds), options.MessageSeconds, 1, int.MaxValue);
        Check(nameof(options.RetentionSeconds), options.RetentionSeconds, 1, int.MaxValue);
        Check(nameof(options.NodeBufferBytes), options.NodeBufferBytes, 4L * options.FrameBytes, long.MaxValue);
        Check(nameof(options.StoreBytes), options.StoreBytes, 0, long.MaxValue);
        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);

        void Check(string setting, long value, long min, long max)
        {
            if (value < min || value > max)
            {
                faults.Add($"{LimitsOptions.Section}:{setting} is {value}; it must be from {min} to {max}.");
            }
        }
    }
}
