using Reassembly.Protocol.Control;
using Reassembly.Protocol.Errors;
using Reassembly.Protocol.Frames;

namespace Reassembly.Client.Tests.Scripting;

/// <summary>What a scripted server does other than serve. Changed by tests at any time.</summary>
internal sealed class Script
{
    public int FrameBytes { get; set; } = 65_536;

    public int MinChunkBytes { get; set; } = 1024;

    public long WindowBytes { get; set; } = 8 << 20;

    public int IdleSeconds { get; set; } = 60;

    /// <summary>Payload bytes after which the n-th connection is cut off without a word; -1 never. The last one counts for all further ones.</summary>
    public IReadOnlyList<long> CutAfterBytes { get; set; } = [-1];

    /// <summary>What to say to a chunk instead of storing it; null stores it.</summary>
    public Func<ChunkHeader, ErrorCode?> RefuseChunk { get; set; } = _ => null;

    /// <summary>What to say to an open instead of taking it.</summary>
    public Func<ErrorCode?> RefuseOpen { get; set; } = () => null;

    /// <summary>Whether the ack of a chunk is sent.</summary>
    public Func<ChunkHeader, bool> SendAck { get; set; } = _ => true;

    /// <summary>Credit beyond what is durable; null is the window.</summary>
    public Func<long, long?> Credit { get; set; } = _ => null;

    /// <summary>How long a hop in front lets frames be; a longer one ends the connection with 1009.</summary>
    public int HopFrameBytes { get; set; } = int.MaxValue;

    /// <summary>Cuts the body of a download after so many bytes, once.</summary>
    public long CutDownloadAfter { get; set; } = -1;

    /// <summary>What a connection does for a subscriber; runs beside its reader.</summary>
    public Func<ScriptedConnection, SubscribeMessage, Task> OnSubscribe { get; set; } = (_, _) => Task.CompletedTask;

    /// <summary>How often, and how long for an answer, the server looks whether its client is there; null never.</summary>
    public TimeSpan? KeepAlive { get; set; }

    /// <summary>Whether the subprotocol is echoed.</summary>
    public bool EchoSubprotocol { get; set; } = true;
}
