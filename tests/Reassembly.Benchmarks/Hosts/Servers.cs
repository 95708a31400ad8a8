using Reassembly.Protocol;
using Reassembly.Testing;

namespace Reassembly.Benchmarks.Hosts;

/// <summary>Servers to measure, each a process of its own.</summary>
internal static class Servers
{
    public static Task<HostProcess> StartDiscardAsync()
        => StartAsync(new HostProcess(Path.Combine(AppContext.BaseDirectory, "Reassembly.Benchmarks.dll"), _ => ["serve-discard"]));

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
            $"message {id} was purged");
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
