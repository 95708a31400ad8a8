using System.Text.Json.Nodes;
using Reassembly.Benchmarks.Hosts;
using Reassembly.Benchmarks.Reporting;
using Reassembly.Testing;

namespace Reassembly.Benchmarks.Peers;

/// <summary>A server and a sender that run, each a process of its own, with its connection open.</summary>
internal sealed class Contender : IAsyncDisposable
{
    private readonly ProcessFigures _server;
    private readonly ProgramProcess _sender;
    private readonly IPayloadHolder _holder;
    private readonly IAsyncDisposable[] _owned;

    /// <param name="server">The process of the server.</param>
    /// <param name="sender">Takes <c>load</c>, <c>send</c> and <c>drop</c>.</param>
    /// <param name="holder">Knows what the server has.</param>
    /// <param name="owned">Ended with this, in this order.</param>
    public Contender(ProcessFigures server, ProgramProcess sender, IPayloadHolder holder, params IAsyncDisposable[] owned)
    {
        _server = server;
        _sender = sender;
        _holder = holder;
        _owned = owned;
    }

    /// <summary>Sends the payload once, untimed, and compares what the server has of it; counts how it is kept meanwhile.</summary>
    /// <exception cref="InvalidOperationException">The server has other bytes.</exception>
    public async Task<Kept> CheckAsync(Payload payload)
    {
        var notes = payload.File + ".flushes";
        await _sender.AskAsync("load");
        using var counter = await FlushCounter.AttachAsync(_server.Id, notes);
        var written = _server.WrittenBytes;
        var sent = await _sender.AskAsync("send");
        written = _server.WrittenBytes - written;
        int? flushes = counter is null ? null : await counter.StopAsync();
        var hash = await _holder.HashAsync(sent);
        await ForgetAsync(sent);
        File.Delete(notes);
        return hash == payload.Sha256
            ? new Kept(payload.Size, written, flushes)
            : throw new InvalidOperationException($"the server has other bytes than were sent: SHA-256 {hash}, not {payload.Sha256}");
    }

    /// <summary>Sends the payload once.</summary>
    public async Task<Run> RunAsync(Payload payload)
    {
        await _sender.AskAsync("load");
        _server.ResetPeak();
        var (server, sender) = (_server.CpuTime, _sender.Figures.CpuTime);
        var sent = await _sender.AskAsync("send");
        var run = new Run(
            payload.Size / Figures.MiB / sent["seconds"]!.GetValue<double>(),
            (_server.CpuTime - server).TotalSeconds / payload.GiB,
            (_sender.Figures.CpuTime - sender).TotalSeconds / payload.GiB,
            _server.PeakResidentBytes / Figures.MiB);
        await ForgetAsync(sent);
        return run;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var owned in _owned)
        {
            await owned.DisposeAsync();
        }
    }

    private async Task ForgetAsync(JsonObject sent)
    {
        await _sender.AskAsync("drop");
        await _holder.ClearAsync(sent);
    }
}
