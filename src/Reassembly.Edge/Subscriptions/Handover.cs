using Reassembly.Protocol;

namespace Reassembly.Edge.Subscriptions;

/// <summary>A message on its way to one subscriber, until it answers. Its answer is taken once; the first counts.</summary>
internal sealed class Handover(MessageId id)
{
    private readonly TaskCompletionSource<HandoverAnswer> _answered = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _isSentWhole;

    public MessageId Id => id;

    /// <summary>Whether the last byte went out: before that nobody can have the message.</summary>
    public bool IsSentWhole
    {
        get => _isSentWhole;
        set => _isSentWhole = value;
    }

    public Task<HandoverAnswer> Answered => _answered.Task;

    /// <returns>Whether it is the first answer.</returns>
    public bool TryAnswer(HandoverAnswer answer) => _answered.TrySetResult(answer);
}

/// <summary>What a subscriber said.</summary>
/// <param name="Kind">Which of them.</param>
/// <param name="After">How long it wants to wait, for <see cref="HandoverEnd.Retry"/>; null where it did not say.</param>
internal readonly record struct HandoverAnswer(HandoverEnd Kind, TimeSpan? After = null);

/// <summary>How handing a message over ends.</summary>
internal enum HandoverEnd
{
    /// <summary>It has the message.</summary>
    Delivered,

    /// <summary>It wants the message again.</summary>
    Retry,

    /// <summary>It says it has what was never sent to it whole.</summary>
    Lied,

    /// <summary>It takes the message too slowly.</summary>
    Slow,

    /// <summary>Its connection is gone.</summary>
    Lost,
}
