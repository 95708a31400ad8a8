using Reassembly.Protocol;

namespace Reassembly.Client.Sending;

/// <summary>A committed message: complete at the server, durable, and the same bytes as here.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Size">Bytes of the payload as sent, after compression.</param>
/// <param name="Sha256">SHA-256 of those bytes, 64 lower-case hex digits; computed here and equal to the server's.</param>
/// <param name="BytesSent">Payload bytes written to sockets, repeats included.</param>
/// <param name="BytesResent">How many of them were repeats within this send.</param>
/// <param name="Chunks">Chunks written.</param>
/// <param name="Reconnects">How often the send went on with another connection.</param>
public sealed record SendResult(MessageId Id, long Size, string Sha256, long BytesSent, long BytesResent, long Chunks, int Reconnects);
