using Reassembly.Protocol;

namespace Reassembly.Client.Downloading;

/// <summary>A payload that was fetched whole, its digest compared with the server's.</summary>
/// <param name="Id">The message.</param>
/// <param name="Size">Bytes of the payload as it was sent.</param>
/// <param name="Sha256">SHA-256 of those bytes, 64 lower-case hex digits.</param>
/// <param name="WrittenBytes">Bytes written to the destination; more or fewer than <paramref name="Size"/> after decompression.</param>
/// <param name="ContentType">Its media type, where its sender gave one.</param>
/// <param name="ContentEncoding">How it was compressed; null when it was not.</param>
public sealed record DownloadResult(MessageId Id, long Size, string Sha256, long WrittenBytes, string? ContentType, string? ContentEncoding);
