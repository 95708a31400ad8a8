using System.Globalization;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Reassembly.Testing.Receiving;

namespace Reassembly.Receivers;

/// <summary>A webhook's server. It takes what is signed and as announced, writes it down, and answers only then.</summary>
internal sealed class WebhookServer(string secret, Work work, ReceiptLog log)
{
    private readonly Signature _signature = new(secret);

    public async Task RunAsync(string url)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls(url).ConfigureKestrel(static kestrel => kestrel.Limits.MaxRequestBodySize = null);
        builder.Logging.SetMinimumLevel(LogLevel.None);
        await using var app = builder.Build();
        app.Run(TakeAsync);
        await app.StartAsync();
        await Console.Out.WriteLineAsync($"Listening: at {url}");
        await app.WaitForShutdownAsync();
    }

    private async Task TakeAsync(HttpContext context)
    {
        log.Write(ReceiptKind.Began, receipt => Fill(receipt, context.Request));
        long size;
        string sha256;
        try
        {
            (size, sha256) = await ReadAsync(context.Request.Body, context.RequestAborted);
        }
        catch (Exception exception) when (exception is BadHttpRequestException or IOException or OperationCanceledException)
        {
            // The node was killed in the middle of it.
            context.Abort();
            return;
        }

        if (FaultIn(context.Request, size, sha256) is { } fault)
        {
            log.Fault($"{context.Request.Headers["webhook-id"]}: {fault}");
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
            return;
        }

        await work.DoAsync();
        log.Write(ReceiptKind.Has, receipt => Fill(receipt, context.Request) with { Size = size, Sha256 = sha256 });
        await work.DoAsync();
        context.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    private string? FaultIn(HttpRequest request, long size, string sha256)
    {
        var headers = request.Headers;
        return !_signature.IsOf(headers, sha256) ? "the signature is not that of the id, the time and these bytes"
            : headers["reassembly-sha256"] != sha256 ? $"SHA-256 is {sha256}, {headers["reassembly-sha256"]} was said"
            : headers["reassembly-size"] != size.ToString(CultureInfo.InvariantCulture) ? $"{size} bytes came, {headers["reassembly-size"]} were said"
            : headers["reassembly-channel"] != request.Path.Value![1..] ? $"a message of channel {headers["reassembly-channel"]} came to {request.Path}"
            : null;
    }

    private static async Task<(long Size, string Sha256)> ReadAsync(Stream body, CancellationToken cancellationToken)
    {
        var buffer = new byte[64 * 1024];
        using var digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var size = 0L;
        for (int read; (read = await body.ReadAsync(buffer, cancellationToken)) > 0;)
        {
            digest.AppendData(buffer, 0, read);
            size += read;
        }

        return (size, Convert.ToHexStringLower(digest.GetHashAndReset()));
    }

    private static Receipt Fill(Receipt receipt, HttpRequest request) => receipt with
    {
        Id = request.Headers["webhook-id"].ToString(),
        Channel = request.Path.Value![1..],
        Attempt = long.TryParse(request.Headers["reassembly-attempt"], CultureInfo.InvariantCulture, out var attempt) ? attempt : -1,
    };
}
