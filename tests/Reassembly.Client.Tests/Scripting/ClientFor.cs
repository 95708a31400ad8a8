namespace Reassembly.Client.Tests.Scripting;

/// <summary>Clients that try again soon, and are patient with a server that is slow to answer.</summary>
internal static class ClientFor
{
    public static ReassemblyClientOptions Options { get; } = new()
    {
        BackoffBase = TimeSpan.FromMilliseconds(2),
        BackoffCap = TimeSpan.FromMilliseconds(50),
        AckTimeout = TimeSpan.FromSeconds(10),
        AbortTimeout = TimeSpan.FromMinutes(1),
        GiveUpAfter = TimeSpan.FromMinutes(2),
    };

    public static Task<ReassemblyClient> Servers(params ScriptedServer[] servers) => With(Options, servers);

    public static Task<ReassemblyClient> With(ReassemblyClientOptions options, params ScriptedServer[] servers)
        => ReassemblyClient.ConnectAsync(servers.Select(server => server.Endpoint), options);
}
