namespace Reassembly.Core.Storage;

/// <summary>An ability of stores that can be out of service while their process runs: what readiness asks.</summary>
public interface IStoreHealth
{
    /// <summary>Why the store cannot serve now, as one sentence; null while it serves.</summary>
    string? Fault { get; }

    /// <summary>When it came into service last: nothing a sender said before that could be recorded. Null before the first time.</summary>
    DateTimeOffset? InServiceSince { get; }
}
