using System.Net.WebSockets;
using Microsoft.Extensions.Hosting;
using Reassembly.Protocol;
using Reassembly.Protocol.Control;
using Reassembly.Protocol.Frames;

namespace Reassembly.Benchmarks.Hosts;

/// <summary>
/// What ours is held against: the same Kestrel receives the same frames. Told of no folder it throws them away, which is the limit; told of one it
/// does in the shortest way what a durable server cannot leave out (<see cref="AppendedFile"/>), which is the honest limit. It says one
/// thing of a message: its outcome, once all of it is in hand.
/// </summary>
internal static class BaselineServer
{
    private const int FrameBytes = 64 * 1024;

    public static async Task RunAsync(string[] args)
    {
        var builder = WebApplication.CreateSlimBuilder(args);
        builder.Logging.ClearProviders();
        await using var app = builder.Build();
        var folder = app.Configuration["Folder"];
        app.UseWebSockets();
        app.Map("/ws", context => folder is null ? DiscardAsync(context) : AppendAsync(context, folder));
        await app.StartAsync();
        Console.WriteLine($"Listening: {app.Urls.First()}");
        await app.WaitForShutdownAsync();
    }

    /// <summary>The first frame of a message is read whole, for what it announces; of the others only the bytes are counted.</summary>
    private static async Task DiscardAsync(HttpContext context)
    {
        using var socket = await context.WebSockets.AcceptWebSocketAsync(WireProtocol.Subprotocol);
        var buffer = new byte[FrameBytes];
        while (await ReceiveFrameAsync(socket, buffer) is { } frame)
        {
            var first = Read(frame, out _);
            var size = (long)first.TotalSize;
            var chunks = (size + first.PayloadLength - 1) / first.PayloadLength;
            for (var left = size + (chunks * ChunkHeader.Size) - frame.Length; left > 0;)
            {
                left -= (await socket.ReceiveAsync(buffer.AsMemory(), CancellationToken.None)).Count;
            }

            await AnswerAsync(socket, first.Id, sha256: null);
        }
    }

    private static async Task AppendAsync(HttpContext context, string folder)
    {
        using var socket = await context.WebSockets.AcceptWebSocketAsync(WireProtocol.Subprotocol);
        AppendedFile? file = null;
        try
        {
            while (true)
            {
                var buffer = AppendedFile.RentFrame(FrameBytes);
                if (await ReceiveFrameAsync(socket, buffer) is not { } frame)
                {
                    return;
                }

                var chunk = Read(frame, out var payload);
                file ??= new AppendedFile(Path.Combine(folder, chunk.Id.ToString()));
                await file.AppendAsync(payload, buffer);
                if (chunk.IsLast)
                {
                    await AnswerAsync(socket, chunk.Id, await file.EndAsync());
                    file.Dispose();
                    file = null;
                }
            }
        }
        finally
        {
            file?.Dispose();
        }
    }

    /// <summary>Reads a frame and checks its checksum, with the code that ours uses.</summary>
    private static ChunkHeader Read(ReadOnlyMemory<byte> frame, out ReadOnlyMemory<byte> payload)
        => ChunkFrame.TryRead(frame, out var header, out payload, out var error) ? header : throw new InvalidDataException(error!.Message);

    /// <returns>The frame, or null when the client closes.</returns>
    private static async ValueTask<ReadOnlyMemory<byte>?> ReceiveFrameAsync(WebSocket socket, byte[] buffer)
    {
        var length = 0;
        while (true)
        {
            var result = await socket.ReceiveAsync(buffer.AsMemory(length), CancellationToken.None);
            if (result.MessageType == WebSocketMessageType.Close)
            {
                await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, CancellationToken.None);
                return null;
            }

            length += result.Count;
            if (result.EndOfMessage)
            {
                return buffer.AsMemory(0, length);
            }
        }
    }

    private static async Task AnswerAsync(WebSocket socket, MessageId id, string? sha256)
    {
        var text = new System.Buffers.ArrayBufferWriter<byte>();
        ControlWriter.Write(text, new OutcomeMessage { Id = id, State = OutcomeState.Committed, Sha256 = sha256 });
        await socket.SendAsync(text.WrittenMemory, WebSocketMessageType.Text, true, CancellationToken.None);
    }
}
