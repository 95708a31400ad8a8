using System.Collections.Concurrent;
using Reassembly.Protocol;
using Reassembly.Protocol.Control;

namespace Reassembly.Client.Tests.Scripting;

/// <summary>What all servers of one test share: messages, and a record of what clients said and did wrong.</summary>
internal sealed class ScriptedStore
{
    public ConcurrentDictionary<MessageId, ScriptedMessage> Messages { get; } = new();

    public ConcurrentQueue<string> Violations { get; } = new();

    public ConcurrentQueue<ClientMessage> Said { get; } = new();

    public ConcurrentQueue<ReceivedChunk> Chunks { get; } = new();

    public int Connections;

    public Lock Gate { get; } = new();

    public long PayloadBytes => Chunks.Sum(chunk => (long)chunk.Length);
}

/// <summary>A chunk that arrived intact, whatever then became of it.</summary>
internal sealed record ReceivedChunk(MessageId Id, long Offset, int Length, bool IsLast, uint Sequence, int Server, int Connection);
