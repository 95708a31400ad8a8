namespace Reassembly.Interop.Tests.Clients.Libraries;

/// <summary>A WebSocket library, and what a sender or receiver does with it: through the client made for it, or alone.</summary>
internal interface IClientLibrary : IAsyncDisposable
{
    /// <summary>As the library says it itself.</summary>
    Task<LibraryVersion> VersionAsync();

    /// <summary>Sends a payload through the client.</summary>
    /// <param name="encoding"><c>identity</c>, <c>gzip</c> or <c>br</c>; a <see cref="LibraryException"/> where it has none such.</param>
    Task<Sent> SendAsync(Uri url, PayloadFile payload, string channel, string encoding = "identity");

    /// <summary>Receives one message through the client and says that it has it.</summary>
    Task<Received> ReceiveAsync(Uri url, string channel, int frameBytes);

    /// <summary>The library alone: one WebSocket message to <c>/raw</c>.</summary>
    /// <param name="fragmentBytes">Size of its frames; one frame, or what the library makes of it, where there is none. A <see cref="LibraryException"/> where it cannot.</param>
    Task<Sent> RawAsync(Uri url, PayloadFile payload, int? fragmentBytes);

    /// <summary>The library alone: JSON chunks to <c>/ws</c>.</summary>
    Task<Sent> JsonAsync(Uri url, PayloadFile payload, string channel);

    /// <summary>The library alone: messages of that size until it is closed; the close as the library reports it.</summary>
    Task<Closed> OversizeAsync(Uri url, int bytes);

    /// <summary>The library alone, compressing each message where server and library can: one of that many zeros.</summary>
    Task<Deflated> DeflateAsync(Uri url, int bytes);
}
