using System.Collections.Concurrent;
using System.Net;
using Reassembly.Cluster.Tests.Sending;
using Reassembly.Protocol.Control;
using Reassembly.Testing.Cluster;

namespace Reassembly.Cluster.Tests.Checking;

/// <summary>
/// After a storm: every message has its outcome, the same from every node; every payload comes back from every node as it was sent; every
/// committed one was delivered, and no other. What is wrong goes to the ledger.
/// </summary>
/// <param name="nodes">Where each node answers.</param>
/// <param name="deliveries">Where each node puts what it delivers.</param>
/// <param name="ledger">What was sent.</param>
/// <param name="patience">How long a message may take to end, and a payload to be delivered.</param>
internal sealed class ClusterCheck(IReadOnlyList<Uri> nodes, IReadOnlyList<string> deliveries, Ledger ledger, TimeSpan patience)
{
    private const int AtOnce = 4;

    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(200);

    public ClusterCheck(NodeCluster cluster, Ledger ledger, TimeSpan patience)
        : this([.. cluster.Nodes.Select(static node => node.Http)], [.. cluster.Nodes.Select(static node => node.DeliveryFolder)], ledger, patience)
    {
    }

    private long _started;

    public int Copies { get; private set; }

    public async Task RunAsync()
    {
        _started = TimeProvider.System.GetTimestamp();
        await EndedAsync();
        var committed = ledger.Uploads.Where(upload => upload.Outcome?.State == OutcomeState.Committed).ToList();
        await Task.WhenAll(nodes.Select(node => FromAsync(node, committed)));
        await DeliveredAsync(committed);
    }

    /// <summary>Waits until the first node knows the end of every message.</summary>
    private async Task EndedAsync()
    {
        using var http = NewClient(nodes[0]);
        var open = ledger.Uploads.ToList();
        while (true)
        {
            var stillOpen = new ConcurrentBag<Upload>();
            await Parallel.ForEachAsync(open, new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (upload, _) =>
            {
                if (!await HasEndedAsync(http, upload))
                {
                    stillOpen.Add(upload);
                }
            });
            open = [.. stillOpen];
            if (open.Count == 0)
            {
                return;
            }

            if (TimeProvider.System.GetElapsedTime(_started) > patience)
            {
                open.ForEach(upload => ledger.Fault($"message {upload.Id} ({upload.Plan}, {upload.Size} bytes, {upload.AckedBytes} acked) has no outcome after {patience.TotalSeconds} s"));
                return;
            }

            await Task.Delay(Step, TimeProvider.System);
        }
    }

    private async Task<bool> HasEndedAsync(HttpClient http, Upload upload)
    {
        var (status, answer) = await AskAsync(http, upload);
        if (status == HttpStatusCode.NotFound)
        {
            // A message that was never acked may be one that never was.
            upload.HearUnknown(upload.AckedBytes, http.BaseAddress!.Authority);
            upload.GiveUpUnknown();
            if (upload.Plan is UploadPlan.Commit or UploadPlan.TooBig or UploadPlan.WrongDigest)
            {
                ledger.Fault($"message {upload.Id} ({upload.Plan}) is not known");
            }

            return true;
        }

        if (answer is OutcomeMessage outcome)
        {
            upload.Hear(outcome, http.BaseAddress!.Authority);
            return true;
        }

        return false;
    }

    private async Task FromAsync(Uri node, List<Upload> committed)
    {
        using var http = NewClient(node);
        await Parallel.ForEachAsync(ledger.Uploads.Where(upload => upload.Outcome is not null), new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (upload, _) =>
        {
            var (status, answer) = await AskAsync(http, upload);
            if (answer is OutcomeMessage outcome)
            {
                upload.Hear(outcome, node.Authority);
            }
            else
            {
                ledger.Fault($"message {upload.Id} ended as {upload.Outcome}, and {node.Authority} answers {(int)status} {answer}");
            }
        });
        await Parallel.ForEachAsync(committed, new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (upload, cancellationToken) =>
        {
            try
            {
                await FetchAsync(http, upload, cancellationToken);
            }
            catch (HttpRequestException exception)
            {
                ledger.Fault($"committed message {upload.Id} does not come back from {node.Authority}: {exception.Message}");
            }
        });
    }

    private async Task FetchAsync(HttpClient http, Upload upload, CancellationToken cancellationToken)
    {
        var node = http.BaseAddress!.Authority;
        using var answer = await GetAsync(http, $"/messages/{upload.Id}", cancellationToken);
        if (!answer.IsSuccessStatusCode)
        {
            ledger.Fault($"{node} has no payload of committed message {upload.Id}: {(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync(cancellationToken)}");
        }
        else if (!(await answer.Content.ReadAsByteArrayAsync(cancellationToken)).AsSpan().SequenceEqual(upload.Payload))
        {
            ledger.Fault($"message {upload.Id} comes back from {node} with other bytes");
        }
    }

    private async Task DeliveredAsync(List<Upload> committed)
    {
        var last = TimeProvider.System.GetTimestamp();
        var files = Files();
        while (committed.Exists(upload => !files.Contains(upload.Id.ToString())) && TimeProvider.System.GetElapsedTime(last) < patience)
        {
            await Task.Delay(Step, TimeProvider.System);
            var before = files.Count;
            files = Files();
            if (files.Count > before)
            {
                last = TimeProvider.System.GetTimestamp();
            }
        }

        Copies = files.Sum(copies => copies.Count());
        foreach (var upload in ledger.Uploads)
        {
            var copies = files[upload.Id.ToString()].ToList();
            if (upload.Outcome?.State != OutcomeState.Committed)
            {
                copies.ForEach(copy => ledger.Fault($"message {upload.Id} was delivered and ended as {upload.Outcome}: {copy}"));
                continue;
            }

            if (copies.Count == 0)
            {
                ledger.Fault($"message {upload.Id} is committed and was not delivered");
            }

            var payload = upload.Payload;
            foreach (var copy in copies)
            {
                if (!(await File.ReadAllBytesAsync(copy)).AsSpan().SequenceEqual(payload))
                {
                    ledger.Fault($"message {upload.Id} was delivered with other bytes: {copy}");
                }
            }
        }
    }

    /// <summary>What was delivered, by message: the file of each node that did.</summary>
    private ILookup<string, string> Files() => deliveries
        .Where(Directory.Exists)
        .SelectMany(folder => Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories))
        .Where(path => !Path.GetFileName(path).StartsWith('.') && !path.EndsWith(".json", StringComparison.Ordinal))
        .ToLookup(path => Path.GetFileName(path));

    private static HttpClient NewClient(Uri node) => new() { BaseAddress = node, Timeout = TimeSpan.FromMinutes(2) };

    private async Task<(HttpStatusCode Status, ServerMessage? Answer)> AskAsync(HttpClient http, Upload upload)
    {
        using var answer = await GetAsync(http, $"/messages/{upload.Id}/status", CancellationToken.None);
        ControlReader.TryReadServer(await answer.Content.ReadAsByteArrayAsync(), out var message, out _);
        return (answer.StatusCode, message);
    }

    /// <summary>A node whose database is too slow for all that is asked at once says so, and is asked again as long as messages have to end.</summary>
    private async Task<HttpResponseMessage> GetAsync(HttpClient http, string path, CancellationToken cancellationToken)
    {
        while (true)
        {
            var answer = await http.GetAsync(path, cancellationToken);
            if (answer.StatusCode != HttpStatusCode.ServiceUnavailable || TimeProvider.System.GetElapsedTime(_started) > patience)
            {
                return answer;
            }

            answer.Dispose();
            await Task.Delay(Step, TimeProvider.System, cancellationToken);
        }
    }
}
