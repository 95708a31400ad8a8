using System.IO.Compression;
using System.Net;
using System.Security.Cryptography;
using Reassembly.Interop.Tests.Clients.Libraries;
using Reassembly.Interop.Tests.Clients.Results;
using Reassembly.Testing.Proxying;

namespace Reassembly.Interop.Tests.Clients;

/// <summary>Each client, on its library: the payload arrives whole, whatever is between.</summary>
[Collection(ClientsFixture.Name)]
public sealed class SendingTests(ClientsFixture clients)
{
    private const int NarrowBytes = 32_768;
    private const int CutAfter = 24 << 20;

    [Theory, Libraries]
    public async Task A_payload_arrives_whole_though_its_connection_is_cut(string id)
    {
        var library = await clients.StartAsync(id);
        await using var proxy = new FrameProxy(clients.Server.Ws, new FrameProxyRules { ResetAfterUpBytes = CutAfter });
        var sent = await library.SendAsync(proxy.Address, clients.Large, ClientsFixture.NewChannel());
        Assert.True(proxy.WasReset);
        Assert.Equal(ClientsFixture.FrameBytes, proxy.LargestUpBytes);
        await AssertStoredAsync(sent, clients.Large);
        if (sent.Connections > 0)
        {
            Assert.Equal(2, sent.Connections);
        }

        clients.Results.Set(id, Check.Cut, "yes");
    }

    [Theory, Libraries]
    public async Task A_payload_arrives_whole_through_a_proxy_that_refuses_frames_above_32_KiB(string id)
    {
        var library = await clients.StartAsync(id);
        await using var proxy = new FrameProxy(clients.Server.Ws, new FrameProxyRules { MaxUpBytes = NarrowBytes });
        var sent = await library.SendAsync(proxy.Address, clients.Large, ClientsFixture.NewChannel());
        Assert.NotEqual(0, proxy.Refused);
        Assert.InRange(proxy.LargestUpBytes, 1, NarrowBytes);
        await AssertStoredAsync(sent, clients.Large);
        clients.Results.Set(id, Check.Narrow, "yes");
    }

    [Theory, Libraries]
    public async Task A_payload_is_compressed_before_it_is_cut(string id)
    {
        var library = await clients.StartAsync(id);
        var able = new List<string>();
        foreach (var encoding in (string[])["gzip", "br"])
        {
            Sent sent;
            try
            {
                sent = await library.SendAsync(clients.Server.Ws, clients.Text, ClientsFixture.NewChannel(), encoding);
            }
            catch (LibraryException exception) when (encoding == "br" && IsAboutBrotli(exception.Message))
            {
                continue;
            }

            Assert.Equal("committed", sent.State);
            Assert.InRange(sent.Size, 1, clients.Text.Bytes / 2);
            Assert.Equal(sent.Source, await DigestAsync(sent, encoding));
            able.Add(encoding);
        }

        Assert.Contains("gzip", able);
        clients.Results.Set(id, Check.Encodings, string.Join(", ", able));
    }

    private static bool IsAboutBrotli(string message) => message.Contains("br", StringComparison.Ordinal);

    private async Task AssertStoredAsync(Sent sent, PayloadFile payload)
    {
        Assert.Equal(("committed", payload.Bytes, sent.Source), (sent.State, sent.Size, sent.Sha256));
        Assert.Equal(sent.Source, await DigestAsync(sent, "identity"));
    }

    private async Task<string> DigestAsync(Sent sent, string encoding)
    {
        using var http = new HttpClient(new SocketsHttpHandler { AutomaticDecompression = DecompressionMethods.None }) { BaseAddress = clients.Server.Http };
        await using var stored = await http.GetStreamAsync($"/messages/{sent.Id}");
        await using Stream body = encoding switch
        {
            "gzip" => new GZipStream(stored, CompressionMode.Decompress),
            "br" => new BrotliStream(stored, CompressionMode.Decompress),
            _ => stored,
        };
        return Convert.ToHexStringLower(await SHA256.HashDataAsync(body));
    }
}
