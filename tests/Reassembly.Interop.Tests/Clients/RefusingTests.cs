using Reassembly.Interop.Tests.Clients.Results;

namespace Reassembly.Interop.Tests.Clients;

/// <summary>Each library alone, where the server says 1009: what it tells its user, and that a message that inflates costs the server no more than its limit.</summary>
[Collection(ClientsFixture.Name)]
public sealed class RefusingTests(ClientsFixture clients)
{
    private const int TooBig = 1009;
    private const int OversizeBytes = 1 << 20;
    private const int BombBytes = 128 << 20;
    private const int BombMayCost = 48 << 20;

    [Theory, Libraries]
    public async Task A_library_sees_1009_and_the_reason_and_not_1006(string id)
    {
        var library = await clients.StartAsync(id);
        var closed = await library.OversizeAsync(clients.Server.Ws, OversizeBytes);
        Assert.Equal(TooBig, closed.Code);

        // How much of it the server saw before it closed depends on how the library sent it.
        Assert.Matches($"^frame of [0-9]+ bytes exceeds the limit of {ClientsFixture.FrameBytes} bytes$", closed.Reason);
        clients.Results.Set(id, Check.Refused, "code and reason");
    }

    [Theory, Libraries]
    public async Task A_message_that_inflates_costs_no_more_than_the_limit(string id)
    {
        var library = await clients.StartAsync(id);
        await using var server = await ServerProcess.StartNewAsync("--Reassembly:Edge:Deflate=true", $"--Reassembly:Limits:FrameBytes={ClientsFixture.FrameBytes}");
        server.ResetPeak();
        var before = server.ResidentBytes;
        var deflated = await library.DeflateAsync(server.Ws, BombBytes);
        Assert.Equal(TooBig, deflated.Code);
        Assert.InRange(server.PeakResidentBytes - before, 0, BombMayCost);

        // The server is as well as before.
        await library.OversizeAsync(server.Ws, OversizeBytes);
        clients.Results.Set(id, Check.Deflate, deflated.Negotiated ? "1009 on what inflates too far" : "not offered by it");
    }
}
