using Reassembly.Interop.Tests.Hosting;

namespace Reassembly.Interop.Tests.Clients;

/// <summary>One test for each library that is to be tried, so that one that is not installed is seen as skipped. Each says its version itself.</summary>
[Collection(ClientsFixture.Name)]
public sealed class InstalledTests(ClientsFixture clients)
{
    [LibraryFact("ws-8.12.0")]
    public Task Ws_8_12_0() => IsAsync("ws-8.12.0", "ws 8.12.0");

    [LibraryFact("ws-8.16.0")]
    public Task Ws_8_16_0() => IsAsync("ws-8.16.0", "ws 8.16.0");

    [LibraryFact("chromium")]
    public Task Chromium() => IsAsync("chromium", "WebSocket");

    [LibraryFact("websockets")]
    public Task Python_websockets() => IsAsync("websockets", "websockets ");

    [LibraryFact("tornado")]
    public Task Tornado() => IsAsync("tornado", "tornado ");

    [LibraryFact("gorilla")]
    public Task Gorilla() => IsAsync("gorilla", "gorilla/websocket 1.5.0");

    [LibraryFact("tomcat")]
    public Task Tomcat() => IsAsync("tomcat", "Tomcat 10.1");

    [LibraryFact("jdk")]
    public Task Jdk() => IsAsync("jdk", "java.net.http");

    private async Task IsAsync(string id, string expected)
    {
        var library = await clients.StartAsync(id);
        var version = await library.VersionAsync();
        Assert.StartsWith(expected, version.Library, StringComparison.OrdinalIgnoreCase);
        Assert.Contains(version.Runtime, char.IsAsciiDigit);
        clients.Results.Set(id, version);
    }
}
