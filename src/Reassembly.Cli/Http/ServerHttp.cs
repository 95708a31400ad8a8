using System.Net;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Reassembly.Client.Errors;

namespace Reassembly.Cli.Http;

/// <summary>
/// Asks a server what it answers beside the socket: <c>ws://host/base/ws</c> gives <c>http://host/base/…</c>. An endpoint that cannot
/// be reached is followed by the next one, until the give-up time.
/// </summary>
internal sealed class ServerHttp(IReadOnlyList<Uri> endpoints, TimeSpan giveUpAfter, TimeProvider clock) : IDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    private readonly HttpClient _http = new(new SocketsHttpHandler { ConnectTimeout = TimeSpan.FromSeconds(10) });
    private int _next;

    /// <exception cref="ReassemblyException">The server refuses; in its words.</exception>
    public async Task<T> GetAsync<T>(string path, JsonTypeInfo<T> type, CancellationToken cancellationToken)
    {
        using var answer = await SendAsync(HttpMethod.Get, path, cancellationToken);
        if (answer.StatusCode != HttpStatusCode.OK)
        {
            throw await RefusalAsync(answer, cancellationToken);
        }

        try
        {
            await using var body = await answer.Content.ReadAsStreamAsync(cancellationToken);
            return await JsonSerializer.DeserializeAsync(body, type, cancellationToken)
                ?? throw new ReassemblyException($"{answer.RequestMessage!.RequestUri} answers with nothing");
        }
        catch (JsonException exception)
        {
            throw new ReassemblyException($"{answer.RequestMessage!.RequestUri} answers with something else than expected: {exception.Message}", exception);
        }
    }

    /// <returns>Whether the server knows what it was told to do something with.</returns>
    /// <exception cref="ReassemblyException">The server refuses; in its words.</exception>
    public async Task<bool> TellAsync(HttpMethod method, string path, CancellationToken cancellationToken)
    {
        using var answer = await SendAsync(method, path, cancellationToken);
        return answer.StatusCode switch
        {
            HttpStatusCode.NotFound => false,
            _ when answer.IsSuccessStatusCode => true,
            _ => throw await RefusalAsync(answer, cancellationToken),
        };
    }

    public void Dispose() => _http.Dispose();

    private async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, CancellationToken cancellationToken)
    {
        var started = clock.GetTimestamp();
        while (true)
        {
            var address = Beside(endpoints[_next], path);
            try
            {
                using var request = new HttpRequestMessage(method, address);
                return await _http.SendAsync(request, cancellationToken);
            }
            catch (HttpRequestException exception)
            {
                // Only what cannot have reached the server is tried again: it may have done already what it was told.
                if (exception.HttpRequestError is not (HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError)
                    || clock.GetElapsedTime(started) >= giveUpAfter)
                {
                    throw new ConnectionFailedException($"{address}: {exception.Message}", exception);
                }
            }

            _next = (_next + 1) % endpoints.Count;
            await Task.Delay(Pause, clock, cancellationToken);
        }
    }

    private static Uri Beside(Uri endpoint, string path)
    {
        var scheme = endpoint.Scheme == "wss" ? Uri.UriSchemeHttps : Uri.UriSchemeHttp;
        var folder = endpoint.AbsolutePath[..(endpoint.AbsolutePath.LastIndexOf('/') + 1)];
        return new Uri($"{scheme}://{endpoint.Authority}{folder}{path}");
    }

    private static async Task<ReassemblyException> RefusalAsync(HttpResponseMessage answer, CancellationToken cancellationToken)
    {
        var said = $"{answer.RequestMessage!.RequestUri} answers {(int)answer.StatusCode}";
        try
        {
            using var body = JsonDocument.Parse(await answer.Content.ReadAsStringAsync(cancellationToken));
            return body.RootElement.ValueKind == JsonValueKind.Object && body.RootElement.TryGetProperty("message", out var message)
                ? new ReassemblyException($"{said}: {message}")
                : new ReassemblyException(said);
        }
        catch (JsonException)
        {
            return new ReassemblyException(said);
        }
    }
}
