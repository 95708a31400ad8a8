using System.Net.WebSockets;
using Reassembly.Protocol;

namespace Reassembly.Client;

/// <summary>How a client behaves. Immutable; checked once, when the client is made.</summary>
public sealed record ReassemblyClientOptions
{
    /// <summary>The source of time.</summary>
    /// <value><see cref="TimeProvider.System"/></value>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>Name and version told to the server, for its logs; 1 to 255 characters.</summary>
    /// <value><c>reassembly-dotnet/0.1</c></value>
    public string ClientName { get; init; } = "reassembly-dotnet/0.1";

    /// <summary>Largest WebSocket message, in bytes, that this client takes; also the size of its one receive buffer.</summary>
    /// <value>65,536</value>
    public int ReceiveFrameBytes { get; init; } = 65_536;

    /// <summary>Time for one attempt: TCP, TLS, upgrade and <c>welcome</c>.</summary>
    /// <value>10 s</value>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The first attempt after a loss waits a random time up to this; each further one up to twice as long.</summary>
    /// <value>100 ms</value>
    public TimeSpan BackoffBase { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>The longest wait between two attempts.</summary>
    /// <value>10 s</value>
    public TimeSpan BackoffCap { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long to go on trying while not one byte more becomes durable; in receiving, while there is no connection.</summary>
    /// <value>2 minutes</value>
    public TimeSpan GiveUpAfter { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>Silence about a message, while something of it is on its way, after which the client asks where it stands.</summary>
    /// <value>5 s</value>
    public TimeSpan AckTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Longest time that a cancelled send, or receiving that ends, takes to tell the server.</summary>
    /// <value>2 s</value>
    public TimeSpan AbortTimeout { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Bytes of one message that may be sent and not yet durable; what a source that cannot seek keeps in memory.</summary>
    /// <value>8 MiB</value>
    public int MaxUnackedBytes { get; init; } = 8 << 20;

    /// <summary>Payload bytes of a chunk, when smaller than what the server takes; for hops with lower limits of their own.</summary>
    /// <value><see langword="null"/>: as large as the server takes</value>
    public int? ChunkBytes { get; init; }

    /// <summary>Chunks of all messages of one connection that are in memory at once, read and about to be sent.</summary>
    /// <value>8</value>
    public int FramesInPreparation { get; init; } = 8;

    /// <summary>Sends the upgrade request and the downloads; stays the caller's. Without it the client has its own.</summary>
    /// <value><see langword="null"/></value>
    public HttpMessageInvoker? HttpInvoker { get; init; }

    /// <summary>Sets what else a WebSocket needs before it connects: headers, proxy, certificates. Runs once for every connection.</summary>
    /// <value><see langword="null"/></value>
    public Action<ClientWebSocketOptions>? ConfigureWebSocket { get; init; }

    internal void Validate()
    {
        ArgumentNullException.ThrowIfNull(TimeProvider);
        ArgumentException.ThrowIfNullOrEmpty(ClientName);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(ClientName.Length, 255, nameof(ClientName));
        ArgumentOutOfRangeException.ThrowIfLessThan(ReceiveFrameBytes, WireProtocol.MinReceiveFrameBytes);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(ConnectTimeout, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(BackoffBase, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThan(BackoffCap, BackoffBase);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(GiveUpAfter, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(AckTimeout, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThan(AbortTimeout, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxUnackedBytes, 65_536);
        ArgumentOutOfRangeException.ThrowIfLessThan(ChunkBytes ?? 1, 1, nameof(ChunkBytes));
        ArgumentOutOfRangeException.ThrowIfLessThan(FramesInPreparation, 1);
    }
}
