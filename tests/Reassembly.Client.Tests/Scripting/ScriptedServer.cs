using System.Net;
using System.Net.WebSockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Net.Http.Headers;
using Reassembly.Protocol;
using Reassembly.Protocol.Control;

namespace Reassembly.Client.Tests.Scripting;

/// <summary>A server of <c>reassembly.v1</c> over real sockets that keeps everything in memory and misbehaves as its script says.</summary>
internal sealed class ScriptedServer : IAsyncDisposable
{
    private readonly WebApplication _application;
    private readonly List<ScriptedConnection> _connections = [];

    private ScriptedServer(WebApplication application, Script script, ScriptedStore store, int number)
    {
        _application = application;
        Script = script;
        Store = store;
        Number = number;
    }

    public Script Script { get; }

    public ScriptedStore Store { get; }

    public int Number { get; }

    public Uri Endpoint { get; private set; } = null!;

    public static async Task<ScriptedServer> StartAsync(Script? script = null, ScriptedStore? store = null, int number = 0, int port = 0)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, port));
        var application = builder.Build();
        var server = new ScriptedServer(application, script ?? new Script(), store ?? new ScriptedStore(), number);
        application.UseWebSockets(server.Script.KeepAlive is { } patience
            ? new WebSocketOptions { KeepAliveInterval = patience, KeepAliveTimeout = patience }
            : new WebSocketOptions());
        application.Map("/ws", server.ServeAsync);
        application.MapGet("/messages/{id}", server.DownloadAsync);
        await application.StartAsync();
        var address = application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        server.Endpoint = new Uri(address.Replace("http://", "ws://", StringComparison.Ordinal) + "/ws");
        return server;
    }

    /// <summary>Tells every open connection to go away.</summary>
    public async Task GoAwayAsync(int graceMs)
    {
        foreach (var connection in Open())
        {
            await connection.SendAsync(new GoAwayMessage { Reason = "test", GraceMs = graceMs });
        }
    }

    /// <summary>Ends every open connection without a word.</summary>
    public void CutAll()
    {
        foreach (var connection in Open())
        {
            connection.Cut();
        }
    }

    public async Task SendToAllAsync(ServerMessage message)
    {
        foreach (var connection in Open())
        {
            await connection.SendAsync(message);
        }
    }

    public async ValueTask DisposeAsync()
    {
        CutAll();
        await _application.DisposeAsync();
    }

    private ScriptedConnection[] Open()
    {
        lock (_connections)
        {
            return [.. _connections];
        }
    }

    private async Task ServeAsync(HttpContext context)
    {
        if (!context.WebSockets.IsWebSocketRequest)
        {
            context.Response.StatusCode = 400;
            return;
        }

        using var socket = await context.WebSockets.AcceptWebSocketAsync(Script.EchoSubprotocol ? WireProtocol.Subprotocol : null);
        var index = Interlocked.Increment(ref Store.Connections) - 1;
        var connection = new ScriptedConnection(this, socket, context, index);
        lock (_connections)
        {
            _connections.Add(connection);
        }

        try
        {
            await connection.RunAsync();
        }
        catch (Exception exception) when (exception is WebSocketException or OperationCanceledException or IOException or InvalidOperationException)
        {
            // Cut by the script, or by the client.
        }
        finally
        {
            connection.End();
            lock (_connections)
            {
                _connections.Remove(connection);
            }
        }
    }

    private async Task DownloadAsync(HttpContext context, string id)
    {
        if (!MessageId.TryParse(id, out var parsed) || !Store.Messages.TryGetValue(parsed, out var message) || message.Outcome is null)
        {
            context.Response.StatusCode = 404;
            return;
        }

        if (message.Open?.ContentEncoding is { } encoding)
        {
            context.Response.Headers.ContentEncoding = encoding;
        }

        var bytes = message.Bytes;
        if (Script.CutDownloadAfter is >= 0 and var cut)
        {
            Script.CutDownloadAfter = -1;
            context.Response.Headers.ETag = $"\"{message.Outcome.Sha256}\"";
            context.Response.ContentType = message.Open?.ContentType;
            context.Response.ContentLength = bytes.Length;
            await context.Response.Body.WriteAsync(bytes.AsMemory(0, (int)cut));
            await context.Response.Body.FlushAsync();
            context.Abort();
            return;
        }

        var tag = new EntityTagHeaderValue($"\"{message.Outcome.Sha256}\"");
        await Results.Bytes(bytes, message.Open?.ContentType, entityTag: tag, enableRangeProcessing: true).ExecuteAsync(context);
    }
}
