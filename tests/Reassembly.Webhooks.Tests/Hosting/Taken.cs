using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;

namespace Reassembly.Webhooks.Tests.Hosting;

/// <summary>What a receiver took: the headers, and the body's size and digest.</summary>
internal sealed record Taken(IHeaderDictionary Headers, string Method, string PathAndQuery, long Size, string Sha256)
{
    public static async Task<Taken> ReadAsync(HttpContext context, Func<long, ValueTask>? afterRead = null)
    {
        var buffer = new byte[64 * 1024];
        using var digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var size = 0L;
        for (int read; (read = await context.Request.Body.ReadAsync(buffer)) > 0;)
        {
            digest.AppendData(buffer, 0, read);
            size += read;
            if (afterRead is not null)
            {
                await afterRead(size);
            }
        }

        // The headers of a request go back to their pool when it ends.
        var headers = new HeaderDictionary(context.Request.Headers.ToDictionary(header => header.Key, header => header.Value, StringComparer.OrdinalIgnoreCase));
        return new Taken(headers, context.Request.Method, context.Request.Path + context.Request.QueryString, size, Convert.ToHexStringLower(digest.GetHashAndReset()));
    }

    public IReadOnlyDictionary<string, string> HeadersWith(string prefix)
        => Headers.Where(header => header.Key.StartsWith(prefix, StringComparison.OrdinalIgnoreCase)).ToDictionary(header => header.Key.ToLowerInvariant(), header => header.Value.ToString());
}
