using System.Collections.Concurrent;
using Reassembly.Protocol;
using Reassembly.Protocol.Control;
using Reassembly.Protocol.Errors;
using Reassembly.Protocol.Ranges;
using Reassembly.Testing;

namespace Reassembly.Cluster.Tests.Sending;

/// <summary>
/// A sender with nothing but WebSockets: one message after the other, each cut at random and sent in random order over one to three
/// connections at once, which lead to any nodes. Half of the messages never repeat a byte that was acked: those can end well only if
/// no such byte is ever lost.
/// </summary>
internal sealed class BareSender(Uri address, Ledger ledger, Random random, int largest, long messageBytes) : IDisposable
{
    private const int MostLinks = 3;
    private const int AbandonedSeconds = 4;

    private static readonly TimeSpan Silence = TimeSpan.FromMilliseconds(1500);
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(20);

    private readonly ConcurrentDictionary<MessageId, Upload> _uploads = new();
    private readonly List<BareLink> _links = [];

    /// <summary>Sends until told to stop; what is begun then is still brought to its end.</summary>
    public async Task RunAsync(CancellationToken stop, CancellationToken giveUp)
    {
        while (!stop.IsCancellationRequested)
        {
            var plan = random.Next(20) switch
            {
                0 or 1 => UploadPlan.Abort,
                2 => UploadPlan.Abandon,
                3 => UploadPlan.TooBig,
                4 => UploadPlan.WrongDigest,
                _ => UploadPlan.Commit,
            };

            // A part of a message is only a part where the smallest piece is not all of it.
            var least = plan is UploadPlan.Abort or UploadPlan.Abandon ? 2 * Pieces.Smallest : 1;
            var upload = new Upload(ledger, plan, random.Next(), Math.Max(least, random.Next(1, largest) >> random.Next(5)));
            _uploads[upload.Id] = upload;
            await SendAsync(upload, giveUp);
            upload.Leave();
        }
    }

    public void Dispose() => _links.ForEach(link => link.Dispose());

    private async Task SendAsync(Upload upload, CancellationToken giveUp)
    {
        var style = new Style(Links: random.Next(1, MostLinks + 1), Repeats: random.Next(2) == 0, TellsSize: random.Next(2) == 0, Opens: random.Next(2) == 0);
        upload.NeverRepeats = !style.Repeats;
        for (var round = 0; !upload.IsOver; round++)
        {
            if (giveUp.IsCancellationRequested)
            {
                ledger.Fault($"message {upload.Id} ({upload.Plan}, {upload.Size} bytes, {upload.AckedBytes} acked, {(style.Repeats ? "repeats" : "never repeats")}) did not end");
                return;
            }

            try
            {
                await EnsureLinksAsync(style.Links);
                if (await RoundAsync(upload, style, isFirst: round == 0))
                {
                    return;
                }
            }
            catch (Exception exception) when (BareLink.IsLoss(exception))
            {
                // What is lost is replaced in the next round.
                await Task.Delay(Step * random.Next(1, 6), TimeProvider.System, CancellationToken.None);
            }
        }
    }

    /// <summary>Asks where the message stands, sends what is missing, and waits for as long as there is progress.</summary>
    /// <returns>Whether the sender leaves the message.</returns>
    private async Task<bool> RoundAsync(Upload upload, Style style, bool isFirst)
    {
        var link = _links[random.Next(_links.Count)];
        var ended = isFirst ? null : await AskAsync(link, upload);
        if (ended is OutcomeMessage)
        {
            return true;
        }

        switch (upload.Plan)
        {
            case UploadPlan.TooBig:
                await UsingAsync(link, () => link.SendAsync(new OpenMessage { Id = upload.Id, Size = messageBytes + 1 }));
                break;
            case UploadPlan.WrongDigest:
                // Only once this is durable do the bytes follow: otherwise they might be committed without it.
                var open = new OpenMessage { Id = upload.Id, Size = upload.Size, Sha256 = new string('0', 64) };
                if (await UsingAsync(link, () => link.AskAsync(open, answer => IsAbout(answer, upload.Id))) is ErrorMessage)
                {
                    await PauseAsync();
                    return false;
                }

                await SendPiecesAsync(upload, style);
                break;
            case UploadPlan.Abort:
                await SendPiecesAsync(upload, style with { IsPart = true });
                await UsingAsync(link, () => link.SendAsync(new AbortMessage { Id = upload.Id }));
                if (ended is ErrorMessage { Code: ErrorCode.UnknownMessage } && upload.AckedBytes == 0)
                {
                    // There was nothing to give up; what was sent just now may still arrive and then expires.
                    upload.IsInDoubt = true;
                    return true;
                }

                break;
            case UploadPlan.Abandon:
                await UsingAsync(link, () => link.SendAsync(new OpenMessage { Id = upload.Id, TtlSeconds = AbandonedSeconds }));
                await SendPiecesAsync(upload, style with { IsPart = true });
                return true;
            default:
                if (style.Opens)
                {
                    await UsingAsync(link, () => link.SendAsync(new OpenMessage { Id = upload.Id, Size = upload.Size, Sha256 = upload.Sha256 }));
                }

                await SendPiecesAsync(upload, style);
                break;
        }

        await WaitForEndAsync(upload);
        return upload.IsOver;
    }

    /// <summary>Over this link nothing else of the message is on its way: the next thing said of it is the answer.</summary>
    private static async Task<ServerMessage> AskAsync(BareLink link, Upload upload)
    {
        var acked = upload.AckedBytes;
        var answer = await UsingAsync(link, () => link.AskAsync(new StatusMessage { Id = upload.Id }, answer => IsAbout(answer, upload.Id)));
        if (answer is ErrorMessage { Code: ErrorCode.UnknownMessage })
        {
            upload.HearUnknown(acked, link.Node);
        }

        return answer;
    }

    private async Task SendPiecesAsync(Upload upload, Style style)
    {
        var payload = upload.Payload;
        var pieces = new List<(int From, int To)>();
        foreach (var gap in upload.Gaps(below: style.IsPart ? upload.Size / 2 : upload.Size))
        {
            Pieces.Cut(random, gap, upload.Size, pieces);
        }

        if (style.Repeats && !style.IsPart)
        {
            Pieces.Cut(random, new ByteRange(random.Next(upload.Size), upload.Size), upload.Size, pieces);
        }

        var order = pieces.ToArray();
        random.Shuffle(order);
        var sequence = 0u;
        foreach (var (from, to) in order)
        {
            if (upload.IsOver)
            {
                return;
            }

            var frame = Peer.Chunk(upload.Id, from, payload.AsSpan(from, to - from), to == upload.Size, style.TellsSize ? (ulong)upload.Size : ulong.MaxValue, sequence++);
            var link = _links[random.Next(_links.Count)];
            if (!link.IsLost)
            {
                await UsingAsync(link, () => link.SendAsync(frame));
            }
        }
    }

    private async Task WaitForEndAsync(Upload upload)
    {
        var acked = upload.AckedBytes;
        var since = TimeProvider.System.GetTimestamp();
        while (!upload.IsOver && TimeProvider.System.GetElapsedTime(since) < Silence && _links.Exists(link => !link.IsLost))
        {
            await Task.Delay(Step, TimeProvider.System);
            if (upload.AckedBytes != acked)
            {
                acked = upload.AckedBytes;
                since = TimeProvider.System.GetTimestamp();
            }
        }
    }

    private Task PauseAsync() => Task.Delay(Step * random.Next(5, 15), TimeProvider.System);

    private async Task EnsureLinksAsync(int count)
    {
        foreach (var lost in _links.FindAll(link => link.IsLost))
        {
            lost.Dispose();
            _links.Remove(lost);
        }

        while (_links.Count < count)
        {
            _links.Add(await BareLink.OpenAsync(address, Hear));
        }
    }

    private static async Task UsingAsync(BareLink link, Func<Task> use) => await UsingAsync(link, async () =>
    {
        await use();
        return true;
    });

    private static async Task<T> UsingAsync<T>(BareLink link, Func<Task<T>> use)
    {
        try
        {
            return await use();
        }
        catch (Exception exception) when (BareLink.IsLoss(exception))
        {
            link.Lose();
            throw;
        }
    }

    private static bool IsAbout(ServerMessage answer, MessageId id) => answer switch
    {
        AckMessage ack => ack.Id == id,
        OutcomeMessage outcome => outcome.Id == id,
        ErrorMessage error => error.Id == id,
        _ => false,
    };

    private void Hear(ServerMessage message, BareLink link)
    {
        switch (message)
        {
            case AckMessage ack:
                _uploads[ack.Id].Hear(ack, link.Node);
                break;
            case OutcomeMessage outcome:
                _uploads[outcome.Id].Hear(outcome, link.Node);
                break;
            case ErrorMessage { Retryable: true }:
                ledger.CountRefusal();
                break;
            case ErrorMessage { Code: ErrorCode.UnknownMessage }:
                // Judged by whoever asked.
                break;
            case ErrorMessage error:
                ledger.Fault($"{link.Node} refused what was right: {error}");
                break;
        }
    }

    private sealed record Style(int Links, bool Repeats, bool TellsSize, bool Opens)
    {
        public bool IsPart { get; init; }
    }
}
