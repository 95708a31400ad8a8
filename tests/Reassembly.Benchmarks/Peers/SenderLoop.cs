using System.Text.Json.Nodes;

namespace Reassembly.Benchmarks.Peers;

/// <summary>The commands of a sender. The payload is in memory before its time begins, as for the senders in JavaScript.</summary>
internal static class SenderLoop
{
    /// <param name="file">The payload.</param>
    /// <param name="send">Ends when the server has answered for the whole payload; gives what else there is to say.</param>
    public static Task RunAsync(string file, Func<byte[], Task<JsonObject>> send)
    {
        byte[] payload = [];
        return CommandLoop.RunAsync(new Dictionary<string, Func<Task<JsonObject>>>
        {
            ["load"] = async () =>
            {
                payload = await File.ReadAllBytesAsync(file);
                return [];
            },
            ["send"] = async () =>
            {
                var start = TimeProvider.System.GetTimestamp();
                var answer = await send(payload);
                answer["seconds"] = TimeProvider.System.GetElapsedTime(start).TotalSeconds;
                return answer;
            },
            ["drop"] = () =>
            {
                payload = [];
                GC.Collect();
                return Task.FromResult(new JsonObject());
            },
        });
    }
}
