namespace Reassembly.Protocol;

/// <summary>The fixed values of <c>reassembly.v1</c> (README.md of this project, sections 1 to 3).</summary>
public static class WireProtocol
{
    /// <summary>The WebSocket subprotocol name, offered by clients and echoed by servers.</summary>
    public const string Subprotocol = "reassembly.v1";

    /// <summary>Largest WebSocket message, in bytes, that a client is taken to accept until its <c>hello</c> says more.</summary>
    public const int DefaultReceiveFrameBytes = 8192;

    /// <summary>Smallest <c>receiveFrameBytes</c> a client may announce: an <c>ack</c> with one missing range must fit.</summary>
    public const int MinReceiveFrameBytes = 256;

    /// <summary>Longest <c>nonce</c> in bytes of JSON: its <c>pong</c> must fit into <see cref="MinReceiveFrameBytes"/>.</summary>
    public const int MaxNonceBytes = 200;

    /// <summary>Most <c>[from, to)</c> ranges in one <c>ack</c>.</summary>
    public const int MaxMissingRanges = 64;

    /// <summary>Every JSON number is an integer below 2^53, so that it survives a double.</summary>
    public const long MaxSafeInteger = (1L << 53) - 1;

    /// <summary>The channel of a message that names none.</summary>
    public const string DefaultChannel = "default";
}
