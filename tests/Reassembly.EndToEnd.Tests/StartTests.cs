using System.Net;
using System.Net.Sockets;
using Reassembly.Testing;

namespace Reassembly.EndToEnd.Tests;

/// <summary>What a person sees who starts the server, rightly or wrongly.</summary>
public sealed class StartTests
{
    [Theory]
    [InlineData("--Reassembly:Limits:FrameBytes=1", "Reassembly:Limits:FrameBytes is 1")]
    [InlineData("--Reassembly:Limits:MinChunkBytes=70000", "Reassembly:Limits:MinChunkBytes is 70000")]
    [InlineData("--Reassembly:Limits:OpenMessages=many", "Reassembly:Limits:OpenMessages")]
    [InlineData("--Reassembly:Limits:IdleSeconds=0", "Reassembly:Limits:IdleSeconds is 0")]
    [InlineData("--Reassembly:Limits:FramBytes=65536", "Reassembly:Limits:FramBytes is not a setting")]
    [InlineData("--Reassembly:Limit:FrameBytes=65536", "Reassembly:Limit is not a section")]
    [InlineData("--Reassembly:Edge:DrainSeconds=-1", "Reassembly:Edge:DrainSeconds is -1")]
    [InlineData("--Reassembly:Disk:Path=", "Reassembly:Disk:Path")]
    [InlineData("--Reassembly:Storage=tape", "Reassembly:Storage is 'tape'")]
    [InlineData("--Reassembly:Storage=postgres", "Reassembly:Postgres:ConnectionString is not set")]
    [InlineData("--Reassembly:Storage=postgres --Reassembly:Postgres:ConnectionString=nonsense", "Reassembly:Postgres:ConnectionString cannot be read")]
    [InlineData("--Reassembly:Storage=postgres --Reassembly:Postgres:ConnectionString=Host=db --Reassembly:Postgres:Payload=tape", "Reassembly:Postgres:Payload is 'tape'")]
    [InlineData("--Reassembly:Storage=postgres --Reassembly:Postgres:ConnectionString=Host=db --Reassembly:Postgres:Payload=directory", "Reassembly:Postgres:PayloadDirectory is empty")]
    [InlineData("--Reassembly:Storage=postgres --Reassembly:Postgres:ConnectionString=Host=db --Reassembly:Postgres:Schema=No-Name", "Reassembly:Postgres:Schema is 'No-Name'")]
    [InlineData("--Reassembly:Storage=postgres --Reassembly:Postgres:ConnectionString=Host=db --Reassembly:Postgres:MaxConnections=1", "Reassembly:Postgres:MaxConnections is 1")]
    [InlineData("--Reassembly:Postgres:Shema=other", "Reassembly:Postgres:Shema is not a setting")]
    [InlineData("--Reassembly:Channels:invoices:Webook:Url=https://hooks.example/", "Reassembly:Channels:invoices:Webook is not a setting")]
    [InlineData("--Reassembly:Channels:invoices:Webhook:Uri=https://hooks.example/", "Reassembly:Channels:invoices:Webhook:Uri is not a setting")]
    [InlineData("--Reassembly:Channels:invoices=https://hooks.example/", "Reassembly:Channels:invoices is a section")]
    [InlineData("--Reassembly:Channels:invoices:Webhook:Url=https://hooks.example/", "Reassembly:Channels:invoices:Webhook:Secret is not set")]
    [InlineData("--Reassembly:Channels:invoices:Webhook:TimeoutSeconds=soon", "Reassembly:Channels:invoices:Webhook:TimeoutSeconds")]
    public async Task A_wrong_setting_stops_the_start_with_one_sentence_that_names_it(string settings, string named)
    {
        await using var server = new ServerProcess(settings.Split(' '));
        Assert.Equal(1, await server.RunToEndAsync());
        Assert.Contains(named, OneSentence(server), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_second_server_on_the_same_folder_says_who_holds_it()
    {
        await using var first = await ServerProcess.StartNewAsync();
        await using var second = new ServerProcess($"--Reassembly:Disk:Path={first.DataFolder}");
        Assert.Equal(1, await second.RunToEndAsync());
        var sentence = OneSentence(second);
        Assert.Contains(first.DataFolder, sentence, StringComparison.Ordinal);
        Assert.Contains($"{first.Id}", sentence, StringComparison.Ordinal);

        // The first is none the worse for it, and once it is gone, however it went, the folder is free.
        using var http = new HttpClient { BaseAddress = first.Http };
        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync("/health/ready")).StatusCode);
        await first.KillAsync();
        await second.StartAsync();
    }

    [Fact]
    public async Task A_port_in_use_is_named()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        await using var server = new ServerProcess($"--urls=http://127.0.0.1:{port}");
        Assert.Equal(1, await server.RunToEndAsync());
        Assert.Contains($"{port}", OneSentence(server), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_greeting_says_where_to_connect_and_how_to_send_a_file()
    {
        await using var server = await ServerProcess.StartNewAsync();
        await Eventually.TrueAsync(() => server.Output.Count >= 2, "it has said both");
        await server.KillAsync();
        Assert.Equal(
            [
                $"Listening: connect to {server.Ws} (subprotocol reassembly.v1)",
                $"Send a file: dotnet run --project src/Reassembly.Cli -- send FILE --to {server.Ws}",
            ],
            server.Output);
        Assert.Empty(server.Error);
    }

    private static string OneSentence(ServerProcess server)
    {
        Assert.DoesNotContain(server.Output, line => line.StartsWith("Listening", StringComparison.Ordinal));
        Assert.DoesNotContain(server.Output.Concat(server.Error), line => line.Contains("   at ", StringComparison.Ordinal));
        return Assert.Single(server.Error);
    }
}
