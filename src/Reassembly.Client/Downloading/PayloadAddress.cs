using Reassembly.Protocol;

namespace Reassembly.Client.Downloading;

/// <summary>Where a payload is fetched: beside the socket, so <c>wss://host/base/ws</c> gives <c>https://host/base/messages/{id}</c>.</summary>
internal static class PayloadAddress
{
    public static Uri Of(Uri endpoint, MessageId id)
    {
        var path = endpoint.AbsolutePath;
        return new UriBuilder(endpoint)
        {
            Scheme = endpoint.Scheme == "wss" ? Uri.UriSchemeHttps : Uri.UriSchemeHttp,
            Port = endpoint.Port,
            Path = $"{path[..(path.LastIndexOf('/') + 1)]}messages/{id}",
            Query = string.Empty,
        }.Uri;
    }
}
