using Reassembly.Benchmarks.Peers.SignalR;

switch (args)
{
    case ["server", var url]:
        await HubServer.RunAsync(url);
        return 0;
    case ["client", var url, var file]:
        await HubSender.RunAsync(url, file);
        return 0;
    default:
        await Console.Error.WriteLineAsync("usage: server URL | client URL FILE");
        return 2;
}
