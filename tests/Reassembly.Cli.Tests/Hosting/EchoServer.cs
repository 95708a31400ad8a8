using System.Net.WebSockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Reassembly.Cli.Tests.Hosting;

/// <summary>A WebSocket server without limits of its own that sends back what it gets, and answers other paths in other ways.</summary>
internal sealed class EchoServer : IAsyncDisposable
{
    private readonly WebApplication _app;

    private EchoServer(WebApplication app) => _app = app;

    public static async Task<EchoServer> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        builder.Services.AddSignalR();
        var app = builder.Build();
        app.UseWebSockets();
        app.MapHub<EmptyHub>("/hub");
        app.Use((HttpContext context, RequestDelegate next) => context.Request.Path.Value switch
        {
            "/hub" or "/hub/negotiate" => next(context),
            "/echo" => EchoAsync(context, echo: true),
            "/mute" => EchoAsync(context, echo: false),
            "/picky" => RefuseAsync(context),
            "/unauthorized" => AnswerAsync(context, 401, "who are you?"),
            _ => AnswerAsync(context, 404, "nothing here"),
        });
        await app.StartAsync();
        return new EchoServer(app);
    }

    public Uri At(string path) => new(_app.Urls.First().Replace("http://", "ws://", StringComparison.Ordinal) + path);

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    /// <summary>A hub of SignalR, with the limit that it has by itself.</summary>
    private sealed class EmptyHub : Hub;

    private static async Task EchoAsync(HttpContext context, bool echo)
    {
        if (!context.WebSockets.IsWebSocketRequest)
        {
            await AnswerAsync(context, 400, "only WebSocket");
            return;
        }

        using var socket = await context.WebSockets.AcceptWebSocketAsync();
        var buffer = new byte[65_536];
        using var message = new MemoryStream();
        try
        {
            while (await socket.ReceiveAsync(buffer, context.RequestAborted) is { MessageType: not WebSocketMessageType.Close } part)
            {
                message.Write(buffer, 0, part.Count);
                if (part.EndOfMessage)
                {
                    if (echo)
                    {
                        await socket.SendAsync(message.ToArray(), part.MessageType, true, context.RequestAborted);
                    }

                    message.SetLength(0);
                }
            }
        }
        catch (Exception exception) when (exception is WebSocketException or OperationCanceledException)
        {
            // The client has gone.
        }
    }

    private static async Task RefuseAsync(HttpContext context)
    {
        using var socket = await context.WebSockets.AcceptWebSocketAsync();
        await socket.ReceiveAsync(new byte[1024], context.RequestAborted);
        await socket.CloseAsync(WebSocketCloseStatus.InvalidPayloadData, "not my protocol", context.RequestAborted);
    }

    private static Task AnswerAsync(HttpContext context, int status, string text)
    {
        context.Response.StatusCode = status;
        return context.Response.WriteAsync(text);
    }
}
