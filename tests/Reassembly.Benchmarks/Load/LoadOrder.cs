using System.Text.Json.Serialization;

namespace Reassembly.Benchmarks.Load;

/// <summary>What a load process is told to do: one line of JSON on its stdin.</summary>
/// <param name="Node">The server's WebSocket.</param>
[JsonDerivedType(typeof(WholeMessages), "whole")]
[JsonDerivedType(typeof(InterleavedMessages), "interleaved")]
[JsonDerivedType(typeof(SpreadMessage), "spread")]
[JsonDerivedType(typeof(SmallMessages), "small")]
internal abstract record LoadOrder(Uri Node);

/// <summary>Messages over one connection, one after the other.</summary>
/// <param name="Node">The server's WebSocket.</param>
/// <param name="Size">Bytes of each.</param>
/// <param name="Count">How many.</param>
/// <param name="HasCredit">Whether the server names a credit.</param>
internal sealed record WholeMessages(Uri Node, long Size, int Count = 1, bool HasCredit = true) : LoadOrder(Node);

/// <summary>Messages over one connection, all open at once: each in turn gets one chunk.</summary>
/// <param name="Node">The server's WebSocket.</param>
/// <param name="Size">Bytes of each.</param>
/// <param name="Count">How many.</param>
internal sealed record InterleavedMessages(Uri Node, long Size, int Count) : LoadOrder(Node);

/// <summary>One message over several connections.</summary>
/// <param name="Node">The server's WebSocket.</param>
/// <param name="Size">Its bytes.</param>
/// <param name="ChunkBytes">Of each chunk.</param>
/// <param name="Connections">One takes the chunks in order; of several each takes its share, out of order.</param>
internal sealed record SpreadMessage(Uri Node, long Size, int ChunkBytes, int Connections) : LoadOrder(Node);

/// <summary>Messages of one chunk each.</summary>
/// <param name="Node">The server's WebSocket.</param>
/// <param name="Size">Bytes of each.</param>
/// <param name="Count">How many.</param>
/// <param name="Connections">How many connections share them.</param>
/// <param name="RatePerSecond">How many are sent a second, whatever becomes of them; null for as many as the server takes.</param>
internal sealed record SmallMessages(Uri Node, int Size, int Count, int Connections, double? RatePerSecond) : LoadOrder(Node);

/// <summary>What came of an order: one line of JSON on stdout.</summary>
/// <param name="Seconds">From the first byte sent to the last message committed.</param>
/// <param name="CpuSeconds">What this process used meanwhile.</param>
/// <param name="Last">The last message.</param>
/// <param name="TimesMs">
/// For interleaved messages, when each was committed, counted from the first byte of all; for small ones, what each took from the moment at which it was to be sent.
/// </param>
internal sealed record LoadResult(double Seconds, double CpuSeconds, string? Last, IReadOnlyList<double> TimesMs);
