using Reassembly.Protocol;
using Reassembly.Testing;

namespace Reassembly.Benchmarks.Hosts;

/// <summary>Servers to measure, each a process of its own.</summary>
internal static class Servers
{
    /// <summary>Ten thousand messages take their time to go.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private static readonly string Benchmarks = Path.Combine(AppContext.BaseDirectory, "Reassembly.Benchmarks.dll");

    /// <summary>Receives and throws away.</summary>
    public static Task<HostProcess> StartDiscardAsync() => StartAsync(new HostProcess(Benchmarks, static _ => ["serve-baseline"]));

    /// <summary>Receives and does the least that a durable server must; its folder is empty when nothing is stored.</summary>
    public static Task<HostProcess> StartHonestLimitAsync() => StartAsync(new HostProcess(Benchmarks, static folder => [$"--Folder={folder}", "serve-baseline"]));

    /// <summary>The server with a store on disk, and nobody to deliver to.</summary>
    public static Task<HostProcess> StartReassemblyAsync(params string[] settings)
        => StartAsync(new ServerProcess(["--Reassembly:Delivery:Directory=", .. settings]));

    /// <summary>Waits until the retention of a message is over and its payload is gone.</summary>
    public static async Task WaitUntilPurgedAsync(this HostProcess server, MessageId id)
    {
        using var client = new HttpClient { BaseAddress = server.Http };
        await Eventually.TrueAsync(
            async () =>
            {
                using var answer = await client.GetAsync($"/messages/{id}/status");
                return answer.StatusCode == System.Net.HttpStatusCode.NotFound;
            },
            $"message {id} was purged",
            Patience);
    }

    private static async Task<HostProcess> StartAsync(HostProcess server)
    {
        try
        {
            await server.StartAsync();
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }
}
