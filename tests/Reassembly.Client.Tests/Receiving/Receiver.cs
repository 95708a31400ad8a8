using Reassembly.Client.Receiving;
using Reassembly.Client.Tests.Scripting;

namespace Reassembly.Client.Tests.Receiving;

/// <summary>A client that receives channel <c>c</c>, and what the tests ask of it.</summary>
internal sealed class Receiver : IAsyncDisposable
{
    private readonly ReassemblyClient _client;
    private readonly IAsyncEnumerator<ReceivedMessage> _messages;
    private readonly CancellationTokenSource _patience = new(TimeSpan.FromMinutes(2), TimeProvider.System);

    private Receiver(ReassemblyClient client, SubscribeOptions? options)
    {
        _client = client;
        _messages = client.SubscribeAsync("c", options).GetAsyncEnumerator(_patience.Token);
    }

    public ReassemblyClient Client => _client;

    public static async Task<Receiver> StartAsync(
        ScriptedServer server, SubscribeOptions? options = null, ReassemblyClientOptions? clientOptions = null, params ScriptedServer[] others)
        => new(await ClientFor.With(clientOptions ?? ClientFor.Options, [server, .. others]), options);

    public async Task<ReceivedMessage> NextAsync()
    {
        Assert.True(await _messages.MoveNextAsync());
        return _messages.Current;
    }

    public static async Task<byte[]> ReadAsync(ReceivedMessage message)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(2), TimeProvider.System);
        using var whole = new MemoryStream();
        await message.Body.CopyToAsync(whole, patience.Token);
        return whole.ToArray();
    }

    public ValueTask EndAsync() => _messages.DisposeAsync();

    public async ValueTask DisposeAsync()
    {
        await _client.DisposeAsync();
        try
        {
            await _messages.DisposeAsync();
        }
        catch (NotSupportedException)
        {
            // Its MoveNextAsync still runs, and the test is over.
        }

        _patience.Dispose();
    }
}
