using System.Text.Json.Nodes;

namespace Reassembly.Benchmarks.Peers;

/// <summary>A peer that is asked through one of its programs: the server itself, or the sender where the server is not of our writing.</summary>
internal sealed class AskedHolder(ProgramProcess program) : IPayloadHolder
{
    public async Task<string> HashAsync(JsonObject sent) => (await program.AskAsync("hash"))["sha256"]!.GetValue<string>();

    public Task ClearAsync(JsonObject sent) => program.AskAsync("clear");
}
