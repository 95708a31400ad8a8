using Microsoft.Extensions.Options;
using Reassembly.Core.Limits;

namespace Reassembly.Edge.Settings;

/// <summary>The settings under <c>Reassembly:Edge</c>. Sizes in bytes, times in seconds.</summary>
public sealed class EdgeOptions
{
    public const string Section = "Reassembly:Edge";

    /// <summary>Most bytes that one connection may have in memory, received and not yet durable. Above it the connection is not read.</summary>
    /// <value>4 MiB</value>
    public int ConnectionBufferBytes { get; set; } = 4 << 20;

    /// <summary>Seconds that clients have to go elsewhere when the host stops. Cut to what the host's shutdown timeout leaves.</summary>
    /// <value>5</value>
    public int DrainSeconds { get; set; } = 5;

    /// <summary>
    /// Whether clients that offer permessage-deflate (RFC 7692) may compress their WebSocket messages. All limits hold for what comes out.
    /// What the server sends is not compressed. Some 50 KB of memory for each connection that uses it; payloads that were compressed before they were cut gain nothing.
    /// </summary>
    /// <value>false</value>
    public bool Deflate { get; set; }

    /// <summary>The name of this node in <c>welcome</c>.</summary>
    /// <value>The machine's name.</value>
    public string Node { get; set; } = Environment.MachineName;
}

internal sealed class EdgeOptionsValidator(IOptions<LimitsOptions> limits) : IValidateOptions<EdgeOptions>
{
    private const int LongestNodeName = 255;
    private const int LongestDrain = 3600;

    public ValidateOptionsResult Validate(string? name, EdgeOptions options)
    {
        var smallestBuffer = 2L * limits.Value.FrameBytes;
        if (options.ConnectionBufferBytes < smallestBuffer)
        {
            return Fail(nameof(options.ConnectionBufferBytes), options.ConnectionBufferBytes, $"at least {smallestBuffer}, twice Reassembly:Limits:FrameBytes");
        }

        if (options.DrainSeconds is < 0 or > LongestDrain)
        {
            return Fail(nameof(options.DrainSeconds), options.DrainSeconds, $"from 0 to {LongestDrain}");
        }

        return options.Node.Length is > 0 and <= LongestNodeName && !options.Node.Any(char.IsControl)
            ? ValidateOptionsResult.Success
            : Fail(nameof(options.Node), $"'{options.Node}'", $"1 to {LongestNodeName} characters without control characters");
    }

    private static ValidateOptionsResult Fail(string setting, object value, string must)
        => ValidateOptionsResult.Fail($"{EdgeOptions.Section}:{setting} is {value}; it must be {must}.");
}
