using System.Security.Cryptography;
using Reassembly.Protocol;
using Reassembly.Protocol.Control;
using Reassembly.Testing;
using Reassembly.Testing.Cluster;

namespace Reassembly.Cluster.Tests.Sending;

/// <summary>One message that a test sends by hand, over whichever connections it likes.</summary>
internal sealed class OneMessage
{
    /// <summary>Payload bytes of its chunks.</summary>
    public const int ChunkBytes = 65_488;

    public OneMessage(int size)
    {
        Payload = new byte[size];
        new Random(size).NextBytes(Payload);
    }

    public MessageId Id { get; } = Peer.NewId();

    public byte[] Payload { get; }

    public int Size => Payload.Length;

    /// <summary>Sends one chunk, from an offset on.</summary>
    /// <returns>Where the next one begins.</returns>
    public async Task<int> SendAsync(Peer peer, int from)
    {
        var to = Math.Min(from + ChunkBytes, Size);
        await peer.SendAsync(Peer.Chunk(Id, from, Payload.AsSpan(from, to - from), to == Size, (ulong)Size, (uint)(from / ChunkBytes)));
        return to;
    }

    /// <summary>Sends all chunks from an offset up to another.</summary>
    public async Task SendAsync(Peer peer, int from, int to)
    {
        while (from < to)
        {
            from = await SendAsync(peer, from);
        }
    }

    /// <summary>Waits until so many bytes from the start on are acked.</summary>
    public Task<AckMessage> AckedAsync(Peer peer, long durable) => peer.ReceiveAsync<AckMessage>(ack => ack.Id == Id && ack.Durable >= durable);

    /// <summary>Asks, over a connection where no other answer about it is on its way.</summary>
    public async Task<ServerMessage> AskAsync(Peer peer)
    {
        await peer.SendAsync(new StatusMessage { Id = Id });
        return await peer.ReceiveAsync<ServerMessage>(answer => answer is AckMessage or OutcomeMessage or ErrorMessage);
    }

    /// <summary>Waits for its end: all of its bytes, and no other.</summary>
    public async Task CommittedAsync(Peer peer)
    {
        var outcome = await peer.OutcomeAsync(Id);
        Assert.Equal((OutcomeState.Committed, Size, Convert.ToHexStringLower(SHA256.HashData(Payload))), (outcome.State, outcome.Size, outcome.Sha256));
    }

    /// <summary>Fetches it from each node.</summary>
    public async Task AssertWholeAtAsync(IEnumerable<ClusterNode> nodes)
    {
        foreach (var node in nodes)
        {
            using var http = new HttpClient { BaseAddress = node.Http };
            Assert.True((await http.GetByteArrayAsync($"/messages/{Id}")).AsSpan().SequenceEqual(Payload), $"{node.Name} has other bytes");
        }
    }
}
