namespace Reassembly.Core.Delivery;

/// <summary>A sink does not take a payload, and knows when to try again.</summary>
/// <param name="message">One sentence on why.</param>
/// <param name="retryAfter">How long to wait at least; null where the sink has no opinion.</param>
/// <param name="isFinal">Whether no further attempt makes sense.</param>
/// <param name="innerException">What it met.</param>
public sealed class DeliveryRefusedException(string message, TimeSpan? retryAfter = null, bool isFinal = false, Exception? innerException = null)
    : Exception(message, innerException)
{
    public TimeSpan? RetryAfter { get; } = retryAfter;

    public bool IsFinal { get; } = isFinal;
}
