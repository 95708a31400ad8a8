using System.Text.Json;
using Microsoft.Playwright;
using Reassembly.Interop.Tests.Hosting;

namespace Reassembly.Interop.Tests.Clients.Libraries;

/// <summary>The WebSocket of a browser, driven through a page: <c>src/clients/js/interop/browser.html</c>.</summary>
internal sealed class ChromiumLibrary : IClientLibrary
{
    private readonly StaticFiles _files;
    private readonly IPlaywright _playwright;
    private readonly IBrowser _browser;
    private readonly IPage _page;

    private ChromiumLibrary(StaticFiles files, IPlaywright playwright, IBrowser browser, IPage page)
        => (_files, _playwright, _browser, _page) = (files, playwright, browser, page);

    public static async Task<IClientLibrary> StartAsync()
    {
        var files = await StaticFiles.StartAsync(SourceTree.At("src", "clients", "js"));
        var playwright = await Playwright.CreateAsync();

        // As root Chromium starts without its sandbox only; the page is our own.
        var patience = (float)ForeignProcess.Patience.TotalMilliseconds;
        var browser = await playwright.Chromium.LaunchAsync(
            new BrowserTypeLaunchOptions { ExecutablePath = Toolchain.Chromium, Args = ["--no-sandbox", "--disable-dev-shm-usage"], Timeout = patience });
        var page = await browser.NewPageAsync();
        page.SetDefaultTimeout(patience);
        await page.GotoAsync(new Uri(files.Address, "interop/browser.html").ToString());
        await page.WaitForFunctionAsync("() => window.interop");
        return new ChromiumLibrary(files, playwright, browser, page);
    }

    public Task<LibraryVersion> VersionAsync() => Task.FromResult(new LibraryVersion("WebSocket of the browser", $"Chromium {_browser.Version}"));

    public async Task<Sent> SendAsync(Uri url, PayloadFile payload, string channel, string encoding = "identity")
        => Outcome(await CallAsync("send", new { url = $"{url}", bytes = payload.Bytes, seed = payload.Seed, channel, encoding }));

    public async Task<Received> ReceiveAsync(Uri url, string channel, int frameBytes)
    {
        var answer = await CallAsync("receive", new { url = $"{url}", channel, frameBytes });
        Assert.Equal(answer.GetProperty("size").GetInt64(), answer.GetProperty("bytes").GetInt64());
        return new Received(Text(answer, "id"), answer.GetProperty("size").GetInt64(), Text(answer, "sha256"), Text(answer, "digest"), answer.GetProperty("attempt").GetInt32());
    }

    public async Task<Sent> RawAsync(Uri url, PayloadFile payload, int? fragmentBytes)
        => fragmentBytes is null
            ? Outcome(await CallAsync("raw", new { url = $"{url}", bytes = payload.Bytes, seed = payload.Seed }))
            : throw new LibraryException("cannot fragment: the WebSocket of browsers has no call for it");

    public async Task<Sent> JsonAsync(Uri url, PayloadFile payload, string channel)
        => Outcome(await CallAsync("json", new { url = $"{url}", bytes = payload.Bytes, seed = payload.Seed, channel }));

    public async Task<Closed> OversizeAsync(Uri url, int bytes)
    {
        var answer = await CallAsync("oversize", new { url = $"{url}", bytes });
        return new Closed(answer.GetProperty("code").GetInt32(), Text(answer, "reason"));
    }

    public async Task<Deflated> DeflateAsync(Uri url, int bytes) => Deflated.Read(await CallAsync("deflate", new { url = $"{url}", bytes }));

    public async ValueTask DisposeAsync()
    {
        await _browser.DisposeAsync();
        _playwright.Dispose();
        await _files.DisposeAsync();
    }

    private static Sent Outcome(JsonElement answer) => new(
        Text(answer, "id"),
        Text(answer, "state"),
        answer.GetProperty("size").GetInt64(),
        Text(answer, "sha256"),
        Text(answer, "generated"),
        answer.TryGetProperty("connections", out var connections) ? connections.GetInt32() : 0);

    private static string Text(JsonElement answer, string name) => answer.GetProperty(name).GetString()!;

    private async Task<JsonElement> CallAsync(string function, object options)
    {
        try
        {
            return await _page.EvaluateAsync<JsonElement>($"options => window.interop.{function}(options)", options).WaitAsync(ForeignProcess.Patience, TimeProvider.System);
        }
        catch (PlaywrightException exception)
        {
            throw new LibraryException(exception.Message);
        }
    }
}
