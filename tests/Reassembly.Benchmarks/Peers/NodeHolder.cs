using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Reassembly.Benchmarks.Hosts;
using Reassembly.Protocol;
using Reassembly.Testing;

namespace Reassembly.Benchmarks.Peers;

/// <summary>Our server: the payload is read over HTTP, and is gone when its retention is over.</summary>
internal sealed class NodeHolder(HostProcess server) : IPayloadHolder
{
    public async Task<string> HashAsync(JsonObject sent)
    {
        using var client = new HttpClient { BaseAddress = server.Http };
        await using var payload = await client.GetStreamAsync(new Uri($"/messages/{IdOf(sent)}", UriKind.Relative));
        return Convert.ToHexStringLower(await SHA256.HashDataAsync(payload));
    }

    public Task ClearAsync(JsonObject sent) => server.WaitUntilPurgedAsync(IdOf(sent));

    private static MessageId IdOf(JsonObject sent) => MessageId.TryParse(sent["id"]!.GetValue<string>(), out var id)
        ? id
        : throw new InvalidOperationException($"no id: {sent.ToJsonString()}");
}
