namespace Reassembly.Client.Tests.Scripting;

/// <summary>Clients that do not make a test wait.</summary>
internal static class ClientFor
{
    public static ReassemblyClientOptions Options { get; } = new()
    {
        BackoffBase = TimeSpan.FromMilliseconds(2),
        BackoffCap = TimeSpan.FromMilliseconds(50),
        AckTimeout = TimeSpan.FromMilliseconds(200),
        GiveUpAfter = TimeSpan.FromSeconds(20),
    };

    public static Task<ReassemblyClient> Servers(params ScriptedServer[] servers) => With(Options, servers);

    public static Task<ReassemblyClient> With(ReassemblyClientOptions options, params ScriptedServer[] servers)
        => ReassemblyClient.ConnectAsync(servers.Select(server => server.Endpoint), options);
}
