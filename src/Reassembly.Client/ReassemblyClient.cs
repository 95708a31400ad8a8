using System.Collections.Concurrent;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using Reassembly.Client.Asking;
using Reassembly.Client.Connections;
using Reassembly.Client.Downloading;
using Reassembly.Client.Errors;
using Reassembly.Client.Receiving;
using Reassembly.Client.Sending;
using Reassembly.Client.Sources;
using Reassembly.Protocol;
using Reassembly.Protocol.Control;

namespace Reassembly.Client;

/// <summary>
/// Sends payloads of any size over one WebSocket, many at once, and goes on by itself over another connection when that one is
/// lost. Receives them too, over a connection of their own for each enumeration. Safe for concurrent use. Disposing it ends every
/// send that still runs, whose messages stay open at the server, and every enumeration.
/// </summary>
public sealed class ReassemblyClient : IAsyncDisposable
{
    private readonly ReassemblyClientOptions _options;
    private readonly SendContext _context;
    private readonly Questions _questions;
    private readonly Downloader _downloader;
    private readonly Uri[] _endpoints;
    private readonly ConcurrentDictionary<Subscription, bool> _subscriptions = new();
    private int _subscribed;

    private ReassemblyClient(ReassemblyClientOptions options, Uri[] endpoints)
    {
        var dispatcher = new MessageDispatcher();
        var keeper = new ConnectionKeeper(options, new EndpointRing(endpoints), new ConnectionOpener(options, dispatcher), dispatcher.WakeAll);
        _options = options;
        _endpoints = endpoints;
        _context = new SendContext(options, keeper, dispatcher, new FairScheduler(options.FramesInPreparation));
        _questions = new Questions(options, keeper, dispatcher);
        _downloader = new Downloader(options);
    }

    /// <inheritdoc cref="ConnectAsync(IEnumerable{Uri}, ReassemblyClientOptions?, CancellationToken)"/>
    public static Task<ReassemblyClient> ConnectAsync(
        Uri endpoint, ReassemblyClientOptions? options = null, CancellationToken cancellationToken = default)
        => ConnectAsync([endpoint], options, cancellationToken);

    /// <summary>Connects to the first endpoint that answers.</summary>
    /// <param name="endpoints">Addresses such as <c>ws://host:8080/ws</c>; tried in turn, now and after every loss.</param>
    /// <param name="options">How to behave.</param>
    /// <param name="cancellationToken">Ends the attempt; not the client once it is made.</param>
    /// <exception cref="ConnectionFailedException">No endpoint within the give-up time, or all of them refused.</exception>
    public static async Task<ReassemblyClient> ConnectAsync(
        IEnumerable<Uri> endpoints, ReassemblyClientOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        options ??= new ReassemblyClientOptions();
        options.Validate();
        var client = new ReassemblyClient(options, [.. endpoints]);
        try
        {
            await client._context.Keeper.StartAsync(cancellationToken).ConfigureAwait(false);
            return client;
        }
        catch
        {
            await client.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Sends a stream from where it stands to its end.</summary>
    /// <param name="payload">
    /// Stays the caller's; not to be touched until the send ends. One that cannot seek is read once, ahead by at most
    /// <see cref="ReassemblyClientOptions.MaxUnackedBytes"/>.
    /// </param>
    /// <param name="options">What the message is.</param>
    /// <param name="progress">Hears of durable bytes, reconnects and repeats.</param>
    /// <param name="cancellationToken">Gives the message up: the server is told, then the task is cancelled.</param>
    /// <returns>The committed message, its digest compared with the server's.</returns>
    /// <exception cref="ReassemblyException">One of its kinds: rejected, expired, aborted, not reached, no progress, other bytes.</exception>
    /// <exception cref="IOException">The payload could not be read.</exception>
    public Task<SendResult> SendAsync(
        Stream payload, SendOptions? options = null, IProgress<SendProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(payload);
        options ??= new SendOptions();
        options.Validate();
        if (options.Compression == PayloadCompression.None && payload.CanSeek)
        {
            return RunAsync(_ => new SeekableSource(payload), null, options, progress, cancellationToken);
        }

        var origin = options.Compression == PayloadCompression.None ? null : CompressedOrigin.Read(payload, options.Compression);
        return RunAsync(changed => new WindowSource(origin ?? payload, _options.MaxUnackedBytes, changed), origin, options, progress, cancellationToken);
    }

    /// <summary>Sends bytes in memory; they must not change until the send ends.</summary>
    /// <inheritdoc cref="SendAsync(Stream, SendOptions?, IProgress{SendProgress}?, CancellationToken)"/>
    public Task<SendResult> SendAsync(
        ReadOnlyMemory<byte> payload, SendOptions? options = null, IProgress<SendProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        options ??= new SendOptions();
        options.Validate();
        return options.Compression == PayloadCompression.None
            ? RunAsync(_ => new MemorySource(payload), null, options, progress, cancellationToken)
            : SendAsync(new MemoryStream(payload.ToArray(), writable: false), options, progress, cancellationToken);
    }

    /// <summary>Sends what comes out of a pipe; the pipe stays the caller's to complete.</summary>
    /// <inheritdoc cref="SendAsync(Stream, SendOptions?, IProgress{SendProgress}?, CancellationToken)"/>
    public Task<SendResult> SendAsync(
        PipeReader payload, SendOptions? options = null, IProgress<SendProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(payload);
        return SendAsync(payload.AsStream(leaveOpen: true), options, progress, cancellationToken);
    }

    /// <summary>Where a message stands.</summary>
    /// <exception cref="UnknownMessageException">The server does not know it.</exception>
    public Task<MessageStatus> StatusAsync(MessageId id, CancellationToken cancellationToken = default)
        => _questions.AskAsync(id, new StatusMessage { Id = id }, cancellationToken);

    /// <summary>Gives a message up.</summary>
    /// <returns>Its outcome: aborted, or what it already was.</returns>
    /// <exception cref="UnknownMessageException">The server does not know it.</exception>
    public Task<MessageStatus> AbortAsync(MessageId id, CancellationToken cancellationToken = default)
        => _questions.AskAsync(id, new AbortMessage { Id = id }, cancellationToken);

    /// <summary>What the server of the current connection takes.</summary>
    public async Task<ProtocolLimits> GetLimitsAsync(CancellationToken cancellationToken = default)
        => (await _context.Keeper.GetAsync(cancellationToken).ConfigureAwait(false)).Limits;

    /// <summary>Fetches the payload of a committed message over HTTP from the node of the current connection.</summary>
    /// <param name="id">The message.</param>
    /// <param name="destination">Takes the payload; stays the caller's. What is in it counts only once the task has ended well: the digest comes last.</param>
    /// <param name="options">How.</param>
    /// <param name="cancellationToken">Ends the download.</param>
    /// <exception cref="UnknownMessageException">The server has no such payload.</exception>
    /// <exception cref="PayloadMismatchException">Other bytes than the server committed.</exception>
    /// <exception cref="InvalidDataException">It says that it is compressed and is not.</exception>
    public async Task<DownloadResult> GetAsync(
        MessageId id, Stream destination, DownloadOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(destination);
        var connection = await _context.Keeper.GetAsync(cancellationToken).ConfigureAwait(false);
        return await _downloader
            .GetAsync(connection.Endpoint, id, destination, options ?? new DownloadOptions(), AskDigestAsync, cancellationToken)
            .ConfigureAwait(false);

        async Task<string?> AskDigestAsync() => (await StatusAsync(id, cancellationToken).ConfigureAwait(false)).Sha256;
    }

    /// <summary>
    /// Receives the messages of a channel, each at least once, together with everyone else who receives from it: each message goes to
    /// one of them. Lost connections are replaced unseen, but a message in hand at that time is lost: its next read or its completion
    /// throws <see cref="MessageLostException"/>, to be caught inside the loop. Complete each message, and dispose it:
    /// <code>
    /// await foreach (var message in client.SubscribeAsync("invoices"))
    /// {
    ///     await using (message)
    ///     {
    ///         await message.Body.CopyToAsync(file);
    ///         await message.CompleteAsync();
    ///     }
    /// }
    /// </code>
    /// </summary>
    /// <param name="channel">The channel; 1 to 255 characters.</param>
    /// <param name="options">How. With more than one message in flight read <see cref="SubscribeOptions.InFlight"/>.</param>
    /// <param name="cancellationToken">Ends the enumeration with an <see cref="OperationCanceledException"/>.</param>
    /// <returns>
    /// Messages, without end. Every enumeration has a connection of its own; ending it closes that connection, and what is still in
    /// hand is lost here and delivered again.
    /// </returns>
    /// <exception cref="ConnectionFailedException">While enumerating: no connection for as long as the give-up time.</exception>
    /// <exception cref="ReassemblyException">While enumerating: the server refuses the subscription; its error says why.</exception>
    public IAsyncEnumerable<ReceivedMessage> SubscribeAsync(
        string channel, SubscribeOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(channel);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(channel.Length, 255, nameof(channel));
        options ??= new SubscribeOptions();
        options.Validate();
        return ReceiveAsync(channel, options, cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await _context.Keeper.DisposeAsync().ConfigureAwait(false);
        await Task.WhenAll(_subscriptions.Keys.Select(subscription => subscription.DisposeAsync().AsTask())).ConfigureAwait(false);
        _downloader.Dispose();
    }

    private async IAsyncEnumerable<ReceivedMessage> ReceiveAsync(
        string channel, SubscribeOptions options, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // Several of them begin at different endpoints, so that the nodes share the work.
        var ring = new EndpointRing(_endpoints, (Interlocked.Increment(ref _subscribed) - 1) & int.MaxValue);
        var subscription = new Subscription(_options, ring, channel, options);
        _subscriptions[subscription] = true;
        try
        {
            _context.Keeper.ThrowIfStopped();
            subscription.Start();
            while (true)
            {
                yield return new ReceivedMessage(await subscription.NextAsync(cancellationToken).ConfigureAwait(false), options);
            }
        }
        finally
        {
            _subscriptions.TryRemove(subscription, out _);
            await subscription.DisposeAsync().ConfigureAwait(false);
        }
    }

    private async Task<SendResult> RunAsync(
        Func<Action, IPayloadSource> newSource, Stream? owned, SendOptions options, IProgress<SendProgress>? progress, CancellationToken cancellationToken)
    {
        var id = options.Id ?? MessageId.NewVersion7(_options.TimeProvider.GetUtcNow());
        using var inbox = new TransferInbox();
        _context.Dispatcher.Add(id, inbox);
        IPayloadSource? source = null;
        try
        {
            source = newSource(inbox.Wake);
            var open = NewOpen(id, source.View.Size, options);
            using var operation = new SendOperation(_context, open, mayBeKnown: options.Id is not null, source, inbox, progress);
            try
            {
                // Sockets with room take many chunks without ever making their writer wait: that is not for the caller's thread.
                await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
                return await operation.RunAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                await operation.AbortAsync().ConfigureAwait(false);
                throw;
            }
        }
        finally
        {
            _context.Dispatcher.Remove(id);
            if (source is not null)
            {
                await source.DisposeAsync().ConfigureAwait(false);
            }

            if (owned is not null)
            {
                await owned.DisposeAsync().ConfigureAwait(false);
            }
        }
    }

    private static OpenMessage NewOpen(MessageId id, long? size, SendOptions options) => new()
    {
        Id = id,
        Size = size,
        Sha256 = options.Sha256,
        Channel = options.Channel,
        ContentType = options.ContentType,
        ContentEncoding = CompressedOrigin.EncodingOf(options.Compression),
        Headers = options.Headers,
        TtlSeconds = options.TimeToLive is { } life ? (long)Math.Ceiling(life.TotalSeconds) : null,
    };
}
