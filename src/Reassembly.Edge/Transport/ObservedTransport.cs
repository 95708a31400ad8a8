using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Reassembly.Edge.Transport;

/// <summary>
/// Stands between the server and the WebSocket middleware: whichever way the connection is upgraded (HTTP/1.1 Upgrade, or
/// HTTP/2 extended CONNECT), the stream that the WebSocket gets is an <see cref="ObservedStream"/>.
/// </summary>
internal sealed class ObservedTransport(IHttpUpgradeFeature? upgrade, IHttpExtendedConnectFeature? connect)
    : IHttpUpgradeFeature, IHttpExtendedConnectFeature
{
    /// <summary>The stream, once the connection has been upgraded.</summary>
    public ObservedStream? Stream { get; private set; }

    public bool IsUpgradableRequest => upgrade?.IsUpgradableRequest ?? false;

    public bool IsExtendedConnect => connect?.IsExtendedConnect ?? false;

    public string? Protocol => connect?.Protocol;

    /// <summary>Middleware that puts this in place; it must run before the WebSocket middleware.</summary>
    public static Task ObserveAsync(HttpContext context, RequestDelegate next)
    {
        var features = context.Features;
        var upgrade = features.Get<IHttpUpgradeFeature>();
        var connect = features.Get<IHttpExtendedConnectFeature>();
        var transport = new ObservedTransport(upgrade, connect);
        features.Set(transport);
        if (upgrade is not null)
        {
            features.Set<IHttpUpgradeFeature>(transport);
        }

        if (connect is not null)
        {
            features.Set<IHttpExtendedConnectFeature>(transport);
        }

        // An application that calls UseWebSockets itself has bound the bare connection already: let it be bound again.
        features.Set<IHttpWebSocketFeature>(null);
        return next(context);
    }

    public async Task<Stream> UpgradeAsync() => Observe(await upgrade!.UpgradeAsync());

    public async ValueTask<Stream> AcceptAsync() => Observe(await connect!.AcceptAsync());

    private ObservedStream Observe(Stream stream) => Stream = new ObservedStream(stream);
}
