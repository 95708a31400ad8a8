using System.Text.Json.Nodes;

namespace Reassembly.Benchmarks.Peers;

/// <summary>What a server has of the payload that was sent last.</summary>
internal interface IPayloadHolder
{
    /// <summary>SHA-256 of what the server has, in lower case.</summary>
    /// <param name="sent">What the sender said of it.</param>
    Task<string> HashAsync(JsonObject sent);

    /// <summary>Makes the server forget it; returns when it has.</summary>
    /// <param name="sent">What the sender said of it.</param>
    Task ClearAsync(JsonObject sent);
}
