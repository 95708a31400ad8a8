using System.Text.Json;
using System.Text.Json.Serialization;
using Reassembly.Cli.Doctor.Limits;
using Reassembly.Cli.Doctor.Printing;
using Reassembly.Client.Asking;
using Reassembly.Client.Sending;
using Reassembly.Protocol.Control;

namespace Reassembly.Cli.Output;

/// <summary>What <c>--json</c> prints.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(SentJson))]
[JsonSerializable(typeof(StatusJson))]
[JsonSerializable(typeof(ReceivedJson))]
[JsonSerializable(typeof(ChannelsJson))]
[JsonSerializable(typeof(ChannelJson))]
[JsonSerializable(typeof(DeadLettersJson))]
[JsonSerializable(typeof(DoctorJson))]
[JsonSerializable(typeof(LogJson))]
[JsonSerializable(typeof(ServerLimits))]
internal sealed partial class CliJson : JsonSerializerContext
{
    public static string Write(SentJson value) => JsonSerializer.Serialize(value, Default.SentJson);

    public static string Write(StatusJson value) => JsonSerializer.Serialize(value, Default.StatusJson);

    public static string Write(ReceivedJson value) => JsonSerializer.Serialize(value, Default.ReceivedJson);

    public static string Write(ChannelsJson value) => JsonSerializer.Serialize(value, Default.ChannelsJson);

    public static string Write(ChannelJson value) => JsonSerializer.Serialize(value, Default.ChannelJson);

    public static string Write(DeadLettersJson value) => JsonSerializer.Serialize(value, Default.DeadLettersJson);

    public static string Write(DoctorJson value) => JsonSerializer.Serialize(value, Default.DoctorJson);

    public static string Write(LogJson value) => JsonSerializer.Serialize(value, Default.LogJson);
}

internal sealed record SentJson(string Id, long Size, string Sha256, long BytesSent, long BytesResent, long Chunks, int Reconnects)
{
    public static SentJson From(SendResult result) => new(
        result.Id.ToString(), result.Size, result.Sha256, result.BytesSent, result.BytesResent, result.Chunks, result.Reconnects);
}

internal sealed record ReceivedJson(string Id, long Size, string Sha256, long Attempt, string Path)
{
    public string? ContentType { get; init; }
}

/// <summary>What <c>GET /channels</c> gives, and <c>channels --json</c> prints.</summary>
internal sealed record ChannelsJson(IReadOnlyList<ChannelJson> Channels);

/// <summary>What <c>GET /channels/{name}</c> gives, and <c>channels NAME --json</c> prints; in the list without the sinks.</summary>
internal sealed record ChannelJson(string Channel, long Waiting, long InFlight, long Dead, DateTimeOffset? Oldest, IReadOnlyList<SinkJson>? Sinks = null);

/// <summary>One sink of a channel; where it is unserved, no node is known that has it, and what waits for it waits in vain.</summary>
internal sealed record SinkJson(string Sink, long Waiting, long InFlight, long Dead, DateTimeOffset? Oldest, DateTimeOffset? UnservedSince);

/// <summary>What <c>GET /channels/{name}/dead-letters</c> gives, a page at a time, and <c>dead-letters list --json</c> prints as one, without a next.</summary>
internal sealed record DeadLettersJson(IReadOnlyList<DeadLetterJson> DeadLetters, string? Next = null);

internal sealed record DeadLetterJson(string Id, string? Sink, long Attempts, string? Error, DateTimeOffset? Since, long? Size, string? Sha256, string? ContentType);

internal sealed record StatusJson(string Id, string State)
{
    public long? Durable { get; init; }

    public IReadOnlyList<long[]>? Missing { get; init; }

    public DateTimeOffset? ExpiresAt { get; init; }

    public long? Size { get; init; }

    public string? Sha256 { get; init; }

    public string? Error { get; init; }

    public static StatusJson From(MessageStatus status) => status.Outcome is { } state
        ? new StatusJson(status.Id.ToString(), NameOf(state)) { Size = status.Size, Sha256 = status.Sha256, Error = status.Error?.Message }
        : new StatusJson(status.Id.ToString(), "open")
        {
            Durable = status.Durable,
            Missing = [.. status.Missing.Select(range => new[] { range.From, range.To })],
            ExpiresAt = status.ExpiresAt,
        };

    public static string NameOf(OutcomeState state) => state switch
    {
        OutcomeState.Committed => "committed",
        OutcomeState.Rejected => "rejected",
        OutcomeState.Expired => "expired",
        _ => "aborted",
    };
}
