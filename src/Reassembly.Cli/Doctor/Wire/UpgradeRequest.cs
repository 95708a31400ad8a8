using System.Security.Cryptography;
using System.Text;

namespace Reassembly.Cli.Doctor.Wire;

/// <summary>What the doctor says when it connects.</summary>
internal sealed record UpgradeRequest(IReadOnlyList<KeyValuePair<string, string>> Fields, string? Subprotocol)
{
    private const string Guid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

    public static string NewKey() => Convert.ToBase64String(RandomNumberGenerator.GetBytes(16));

    /// <summary>The answer to a key (RFC 6455, section 4.2.2).</summary>
#pragma warning disable CA5350 // SHA-1 is what the protocol asks for; nothing is kept secret by it.
    public static string AcceptOf(string key) => Convert.ToBase64String(SHA1.HashData(Encoding.ASCII.GetBytes(key + Guid)));
#pragma warning restore CA5350

    /// <param name="key">The key of an upgrade; without one it is a plain request, as a browser's address bar makes it.</param>
    public byte[] Write(Uri url, string? key, bool deflate)
    {
        var text = new StringBuilder()
            .Append("GET ").Append(url.PathAndQuery).Append(" HTTP/1.1\r\n")
            .Append("Host: ").Append(HostOf(url)).Append("\r\n")
            .Append("User-Agent: reassembly-doctor/0.1\r\n");
        if (key is null)
        {
            text.Append("Connection: close\r\n");
        }
        else
        {
            text.Append("Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ").Append(key).Append("\r\n");
            if (Subprotocol is not null)
            {
                text.Append("Sec-WebSocket-Protocol: ").Append(Subprotocol).Append("\r\n");
            }

            if (deflate)
            {
                text.Append("Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n");
            }
        }

        foreach (var (name, value) in Fields)
        {
            text.Append(name).Append(": ").Append(value).Append("\r\n");
        }

        return Encoding.Latin1.GetBytes(text.Append("\r\n").ToString());
    }

    private static string HostOf(Uri url)
    {
        var host = url.HostNameType == UriHostNameType.IPv6 ? $"[{url.IdnHost}]" : url.IdnHost;
        return url.IsDefaultPort ? host : $"{host}:{url.Port}";
    }
}
