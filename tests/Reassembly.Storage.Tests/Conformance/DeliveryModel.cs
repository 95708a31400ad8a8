using Reassembly.Core;
using Reassembly.Core.Storage;
using static Reassembly.Storage.Tests.Conformance.Deliveries;

namespace Reassembly.Storage.Tests.Conformance;

/// <summary>
/// Does the same at random to a store and to the reference, <see cref="InMemoryMessageStore"/>, and compares each answer. Time only
/// goes forward in it, as a clock's does.
/// </summary>
internal sealed class DeliveryModel(IStoreHarness harness, Random random)
{
    private const int MostMessages = 60;

    private static readonly string[] Channels = [Channel, "invoices"];

    private readonly InMemoryMessageStore _reference = new();
    private readonly List<MessageKey> _keys = [];
    private readonly List<DeliveryAttempt> _attempts = [];
    private readonly HashSet<DeliveryAttempt> _lifelong = [];
    private readonly SortedDictionary<string, int> _did = [];
    private DateTimeOffset _now = Messages.Start;

    /// <summary>How often each kind of step changed or found something.</summary>
    public string Summary => string.Join(", ", _did.Select(pair => $"{pair.Key} {pair.Value}"));

    public async Task StepAsync()
    {
        _now = _now.AddMilliseconds(random.Next(1000));
        await (random.Next(16) switch
        {
            < 3 => _keys.Count < MostMessages ? CommitAsync() : PurgeAsync(),
            < 6 => TakeAsync(),
            6 => TakeNextAsync(),
            < 12 => SettleAsync(),
            12 => DecideAsync(),
            13 => ListAsync(),
            14 => FindAsync(),
            _ => random.Next(4) == 0 ? PurgeAsync() : TakeAsync(),
        });
    }

    /// <summary>The store was opened anew: what was taken for as long as its node lives waits again.</summary>
    public async Task ReopenedAsync()
    {
        foreach (var attempt in _lifelong)
        {
            Assert.True(await _reference.SettleAsync(attempt, DeliveryResult.Again(_now, "the node is gone")));
        }

        _lifelong.Clear();
        await ListAsync();
    }

    private async Task CommitAsync()
    {
        var channel = Channels[random.Next(Channels.Length)];
        string[] sinks = [.. new[] { First, Second, SinkNames.Subscribers(channel) }.Where(_ => random.Next(2) == 0)];
        var key = Messages.NewKey(random.Next(3) == 0 ? "acme" : MessageKey.DefaultTenant);
        var plan = new DeliveryPlan(channel, sinks, _now);
        var expiresAt = _now.AddMilliseconds(random.Next(60_000));
        await harness.Store.CommitAsync(key, plan, expiresAt);
        await _reference.CommitAsync(key, plan, expiresAt);
        _keys.Add(key);
        Count("committed", 1);
    }

    private async Task TakeAsync()
    {
        var sink = AnySink();
        var limit = 1 + random.Next(4);
        DateTimeOffset? until = random.Next(2) == 0 ? null : _now.AddMilliseconds(random.Next(20_000));
        var taken = await harness.Ledger.TakeAsync(sink, limit, _now, until);
        Assert.Equal(await _reference.TakeAsync(sink, limit, _now, until), taken);
        _attempts.AddRange(taken);
        if (until is null)
        {
            _lifelong.UnionWith(taken);
        }

        Count("taken", taken.Count);
    }

    private async Task TakeNextAsync()
    {
        string[] sinks = [First, Second];
        var (sink, channel, most) = (sinks[random.Next(2)], Channels[random.Next(Channels.Length)], 1 + random.Next(3));
        Assert.Equal(await _reference.ChannelsAsync(sink, _now), await harness.Ledger.ChannelsAsync(sink, _now));
        var taken = await harness.Ledger.TakeNextAsync(sink, channel, most, _now);
        Assert.Equal(await _reference.TakeNextAsync(sink, channel, most, _now), taken);
        if (taken is { } attempt)
        {
            _attempts.Add(attempt);
            _lifelong.Add(attempt);
            Count("taken next", 1);
        }
    }

    private async Task SettleAsync()
    {
        if (_attempts.Count == 0)
        {
            return;
        }

        // Now and then an attempt that is over: it stays in the list, and another may be under way.
        var index = random.Next(_attempts.Count);
        var attempt = _attempts[index];
        if (random.Next(8) == 0)
        {
            // Somebody guesses the number, and not the token.
            attempt = attempt with { Claim = random.Next(2) == 0 ? Guid.NewGuid() : null };
        }

        var result = random.Next(4) switch
        {
            0 => DeliveryResult.Dead($"never: {random.Next()}"),
            1 => DeliveryResult.Again(_now.AddMilliseconds(random.Next(-5000, 10_000)), "not now"),
            _ => DeliveryResult.Delivered,
        };
        var settled = await harness.Ledger.SettleAsync(attempt, result);
        Assert.Equal(await _reference.SettleAsync(attempt, result), settled);
        if (settled)
        {
            _lifelong.Remove(attempt);
        }

        if (random.Next(4) != 0)
        {
            _attempts.RemoveAt(index);
        }

        Count(settled ? $"settled {result.End}" : "not settled", 1);
        Assert.Equal((await _reference.FindAsync(attempt.Key))?.Delivery, (await harness.Store.FindAsync(attempt.Key))?.Delivery);
    }

    private async Task DecideAsync()
    {
        var channel = Channels[random.Next(Channels.Length)];
        var dead = await ListDeadAsync(channel);
        var key = dead.Count == 0 || random.Next(8) == 0 ? AnyKey() : dead[random.Next(dead.Count)].Key;
        var revives = random.Next(2) == 0;
        var decided = await DecideAsync(harness.Ledger);
        Assert.Equal(await DecideAsync(_reference), decided);
        Assert.Equal((await _reference.FindAsync(key))?.Delivery, (await harness.Store.FindAsync(key))?.Delivery);
        Count(revives ? "revived" : "dropped", decided);

        async Task<int> DecideAsync(IDeliveryLedger ledger) => revives
            ? await ledger.ReviveAsync(key, channel, CancellationToken.None)
            : await ledger.DropAsync(key, channel, CancellationToken.None);
    }

    private async Task ListAsync()
    {
        Assert.Equal(await _reference.DepthsAsync(), await harness.Ledger.DepthsAsync());
        foreach (var channel in Channels)
        {
            Assert.Equal(await _reference.DepthsAsync(channel), await harness.Ledger.DepthsAsync(channel));
            await ListDeadAsync(channel);
        }
    }

    /// <summary>Compares the whole list, at once and page by page.</summary>
    private async Task<IReadOnlyList<DeadLetter>> ListDeadAsync(string channel)
    {
        var dead = await harness.Ledger.DeadAsync(channel);
        Assert.Equal(await _reference.DeadAsync(channel), dead);
        Assert.Equal(dead, await harness.Ledger.DeadInPagesAsync(1 + random.Next(4), channel));
        return dead;
    }

    private async Task FindAsync()
    {
        var key = AnyKey();
        var expected = await _reference.FindAsync(key);
        if (expected is null)
        {
            Assert.Null(await harness.Store.FindAsync(key));
        }
        else
        {
            Messages.AssertSame(expected, await harness.Store.FindAsync(key));
        }
    }

    private async Task PurgeAsync()
    {
        var purged = await harness.Catalogue.PurgeAsync(_now, int.MaxValue, CancellationToken.None);
        var expected = await _reference.PurgeAsync(_now, int.MaxValue, CancellationToken.None);
        Assert.Equal(expected.OrderBy(one => one.Key.Id), purged.OrderBy(one => one.Key.Id));
        _keys.RemoveAll(key => purged.Any(one => one.Key == key));
        Count("purged", purged.Count);
        Count("purged undelivered", purged.Count(static one => one.WasUndelivered));
    }

    private string AnySink()
    {
        string[] sinks = [First, Second, .. Channels.Select(SinkNames.Subscribers)];
        return sinks[random.Next(sinks.Length)];
    }

    private MessageKey AnyKey() => _keys.Count == 0 ? Messages.NewKey() : _keys[random.Next(_keys.Count)];

    private void Count(string what, int times) => _did[what] = _did.GetValueOrDefault(what) + times;
}
