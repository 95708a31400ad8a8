namespace Reassembly.Silo;

/// <summary>An edge that starts before the first silo waits for it.</summary>
internal sealed partial class WaitForSilos(TimeProvider time, ILogger<WaitForSilos> log) : IClientConnectionRetryFilter
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    public async Task<bool> ShouldRetryConnectionAttempt(Exception exception, CancellationToken cancellationToken)
    {
        NoSiloYet(log, exception.Message);
        await Task.Delay(Pause, time, cancellationToken);
        return true;
    }

    [LoggerMessage(6000, LogLevel.Warning, "No silo can be reached yet, again in a second: {Reason}")]
    private static partial void NoSiloYet(ILogger logger, string reason);
}
