using Reassembly.Testing;

namespace Reassembly.EndToEnd.Tests.Hosting;

/// <summary>One server for all tests of a class.</summary>
public sealed class SharedServer : IAsyncLifetime
{
    public const long MessageBytes = 200_000;

    public ServerProcess Process { get; } = new($"--Reassembly:Limits:MessageBytes={MessageBytes}");

    public Task InitializeAsync() => Process.StartAsync();

    public async Task DisposeAsync() => await Process.DisposeAsync();
}
