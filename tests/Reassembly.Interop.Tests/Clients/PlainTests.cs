using Reassembly.Interop.Tests.Clients.Libraries;
using Reassembly.Interop.Tests.Clients.Results;

namespace Reassembly.Interop.Tests.Clients;

/// <summary>Each library alone, with the few lines of <c>src/clients/LANGUAGE/plain</c>.</summary>
[Collection(ClientsFixture.Name)]
public sealed class PlainTests(ClientsFixture clients)
{
    private const int FragmentBytes = 65_536;

    [Theory, Libraries]
    public async Task One_WebSocket_message_of_64_MiB_is_one_payload_fragmented_or_not(string id)
    {
        var library = await clients.StartAsync(id);
        AssertCommitted(await library.RawAsync(Raw(), clients.Large, null));
        var cell = "yes";
        try
        {
            AssertCommitted(await library.RawAsync(Raw(), clients.Large, FragmentBytes));
            cell = "whole and in fragments";
        }
        catch (LibraryException exception) when (exception.Message.Contains("cannot fragment", StringComparison.Ordinal))
        {
            cell = "whole; it cannot fragment";
        }

        clients.Results.Set(id, Check.Raw, cell);
    }

    /// <summary>Several offer permessage-deflate by themselves, and what does not compress comes in more bytes than it has.</summary>
    [Theory, Libraries]
    public async Task One_of_the_largest_size_passes_where_it_may_be_compressed_and_does_not_compress(string id)
    {
        var library = await clients.StartAsync(id);
        await using var server = await ServerProcess.StartNewAsync("--Reassembly:Edge:Deflate=true", $"--Reassembly:Limits:MessageBytes={clients.Large.Bytes}");
        AssertCommitted(await library.RawAsync(new UriBuilder(server.Ws) { Path = "/raw" }.Uri, clients.Large, null));
    }

    [Theory, Libraries]
    public async Task JSON_chunks_are_one_payload(string id)
    {
        var library = await clients.StartAsync(id);
        AssertCommitted(await library.JsonAsync(clients.Server.Ws, clients.Large, ClientsFixture.NewChannel()));
        clients.Results.Set(id, Check.Json, "yes");
    }

    private Uri Raw() => new UriBuilder(clients.Server.Ws) { Path = "/raw", Query = $"channel={ClientsFixture.NewChannel()}" }.Uri;

    private void AssertCommitted(Sent sent) => Assert.Equal(("committed", clients.Large.Bytes, sent.Source), (sent.State, sent.Size, sent.Sha256));
}
