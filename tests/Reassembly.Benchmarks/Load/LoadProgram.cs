using System.Text.Json;
using Reassembly.Protocol;

namespace Reassembly.Benchmarks.Load;

/// <summary>The client's side of a scenario as a process of its own: takes orders until its stdin ends.</summary>
internal static class LoadProgram
{
    public static async Task RunAsync()
    {
        while (await Console.In.ReadLineAsync() is { } line)
        {
            var result = await DoAsync(JsonSerializer.Deserialize<LoadOrder>(line)!);
            await Console.Out.WriteLineAsync(JsonSerializer.Serialize(result));
        }
    }

    private static Task<LoadResult> DoAsync(LoadOrder order) => order switch
    {
        WholeMessages whole => WholeAsync(whole),
        InterleavedMessages interleaved => InterleavedLoad.RunAsync(interleaved),
        SpreadMessage spread => SpreadLoad.RunAsync(spread),
        SmallMessages small => SmallLoad.RunAsync(small),
        _ => throw new NotSupportedException($"{order}"),
    };

    private static async Task<LoadResult> WholeAsync(WholeMessages order)
    {
        await using var connection = await LoadConnection.OpenAsync(order.Node, order.HasCredit);
        var meter = LoadMeter.Start();
        MessageId last = default;
        for (var message = 0; message < order.Count; message++)
        {
            last = await connection.SendAsync(order.Size);
        }

        return meter.Stop(last);
    }
}
