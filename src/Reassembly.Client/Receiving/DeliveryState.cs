namespace Reassembly.Client.Receiving;

/// <summary>Who has a delivery now. Every state but the first is an end.</summary>
internal enum DeliveryState
{
    /// <summary>This receiver; the server waits for its answer.</summary>
    InHand,

    /// <summary>It was answered with <c>delivered</c>.</summary>
    Completed,

    /// <summary>It was answered with <c>retry</c>.</summary>
    GivenBack,

    /// <summary>The server, again: the answer can reach it no more.</summary>
    Lost,
}
