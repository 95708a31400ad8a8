using Reassembly.Cli.Http;
using Reassembly.Cli.Output;
using Reassembly.Client.Errors;

namespace Reassembly.Cli.Doctor.Limits;

/// <summary>Asks whether a Reassembly server is there.</summary>
internal static class LimitsReader
{
    /// <returns>Its limits; <see langword="null"/> where anything else answers.</returns>
    public static async Task<ServerLimits?> TryReadAsync(Uri url, TimeProvider clock, TimeSpan timeout, CancellationToken cancellationToken)
    {
        using var http = new ServerHttp([url], TimeSpan.Zero, clock);
        using var deadline = new Deadline(clock, timeout, cancellationToken);
        try
        {
            var answer = await http.GetAsync("limits", CliJson.Default.ServerLimits, deadline.Token);
            return answer is { Limits: not null, Settings: not null } && answer["frameBytes"] is not null ? answer : null;
        }
        catch (Exception exception) when (exception is ReassemblyException or HttpRequestException or IOException
            || (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return null;
        }
    }
}
