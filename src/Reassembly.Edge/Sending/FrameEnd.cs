namespace Reassembly.Edge.Sending;

/// <summary>What became of a frame that was put in line.</summary>
internal enum FrameEnd
{
    /// <summary>It went out.</summary>
    Sent,

    /// <summary>When its turn came the client took less than its length, by a later <c>hello</c>: it did not go out.</summary>
    TooBig,

    /// <summary>The connection is over; it did not go out.</summary>
    Over,
}
