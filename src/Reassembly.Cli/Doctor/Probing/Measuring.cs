namespace Reassembly.Cli.Doctor.Probing;

/// <summary>Finds what passes: a message in one frame, a message in many, and what comes back.</summary>
internal sealed class Measuring(TrialBench bench, DoctorOptions options)
{
    private const int BaselineBytes = 16;
    private const int BaselineCallBytes = 128;
    private const int MaxFragmentBytes = 16_384;

    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(300);
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(2);

    private readonly Dictionary<int, TrialResult> _refusals = [];
    private readonly Dictionary<int, TrialResult> _withoutEcho = [];
    private int? _largestEcho;
    private long? _largestEchoFrame;

    public async Task<Observation> RunAsync(Observation seen, CancellationToken cancellationToken)
    {
        // Each message to /raw is a payload, which would be delivered: there none is ever ended.
        var shape = seen.Limits is not null && seen.Url.AbsolutePath.EndsWith("/raw", StringComparison.Ordinal) ? TrialShape.Unfinished : TrialShape.Single;
        var baseline = await BaselineAsync(seen, shape, KindsFor(seen), cancellationToken);
        seen = seen with { Baseline = baseline, Kind = bench.Kind };
        if (baseline is not { Passed: true })
        {
            return seen;
        }

        // What is said late to the first message is not taken for what is said to the next.
        await bench.RenewAsync();
        bench.Pingless = baseline.Proof == Proof.Quiet;
        bench.EchoPatience = baseline.Proof == Proof.Quiet ? Shorter(Quiet)
            : baseline.Echoed || SpeaksOfMessages(seen) ? options.Timeout
            : TimeSpan.Zero;

        var measures = new List<Measure>();
        var single = await SearchAsync(shape, new SizeSearch(baseline.Size, options.MaxBytes), 0, cancellationToken);
        var frame = single.Passed;
        var message = single.Passed;
        var late = await LateAsync(shape, single.Passed, cancellationToken);
        if (single.Refused is { } refused)
        {
            var by = _refusals[refused];
            if (baseline.Echoed && await IsOnTheWayBackAsync(refused, by, cancellationToken))
            {
                measures.Add(new Measure(Scope.Message, Direction.Down, single.Passed, refused, by));
                (frame, message) = await WithoutEchoAsync(refused, measures, cancellationToken);
            }
            else
            {
                message = await ScopeAsync(shape, single.Passed, refused, by, measures, cancellationToken);
            }
        }

        await AddMissingEchoAsync(shape, measures, cancellationToken);
        return seen with
        {
            Measures = measures,
            LargestFrame = frame,
            LargestMessage = message,
            LargestEcho = _largestEcho,
            LargestEchoFrame = _largestEchoFrame,
            Late = late,
        };
    }

    private IEnumerable<PayloadKind> KindsFor(Observation seen)
    {
        if (options.Kind is { } wanted)
        {
            return [wanted];
        }

        var isHub = seen.Plain?.Body.StartsWith("Connection ID required", StringComparison.Ordinal) == true;
        return isHub ? [PayloadKind.HubCall] : [PayloadKind.Binary, PayloadKind.Text];
    }

    private bool SpeaksOfMessages(Observation seen) => seen.Limits is not null || bench.Kind == PayloadKind.HubCall;

    private async Task<TrialResult?> BaselineAsync(Observation seen, TrialShape shape, IEnumerable<PayloadKind> kinds, CancellationToken cancellationToken)
    {
        TrialResult? result = null;
        foreach (var kind in kinds)
        {
            bench.Kind = kind;
            bench.EchoPatience = SpeaksOfMessages(seen) ? options.Timeout : Shorter(Quiet);
            result = await bench.TryAsync(shape, kind == PayloadKind.HubCall ? BaselineCallBytes : BaselineBytes, 0, cancellationToken);
            Note(result);
            if (result is { Passed: true } or { Verdict: Verdict.Swallowed })
            {
                // Who answers no ping is watched for a while in its place.
                return result.Passed ? result : result with { Verdict = Verdict.Passed, Proof = Proof.Quiet };
            }
        }

        return result;
    }

    private async Task<SizeSearch> SearchAsync(TrialShape shape, SizeSearch search, int fragment, CancellationToken cancellationToken)
    {
        while (search.Next() is { } size && await bench.TryAsync(shape, size, fragment, cancellationToken) is { } result)
        {
            Note(result);
            search.Tell(size, result.Passed);
        }

        return search;
    }

    // Proxies that answer pings themselves let a message pass that the server then refuses.
    private async Task<Ending?> LateAsync(TrialShape shape, int size, CancellationToken cancellationToken)
    {
        if (shape == TrialShape.Unfinished)
        {
            return null;
        }

        var again = await bench.TryAsync(shape, size, 0, cancellationToken);
        return again is { Passed: true } ? await bench.SettleAsync(Moment, cancellationToken) : again?.Ending;
    }

    private async Task<bool> IsOnTheWayBackAsync(int refused, TrialResult by, CancellationToken cancellationToken)
        => by.CutEcho || await bench.TryAsync(TrialShape.Unfinished, refused, 0, cancellationToken) is { Passed: true };

    // The way back is what failed, so the way there is searched with frames that nobody sends back.
    private async Task<(int Frame, int Message)> WithoutEchoAsync(int passes, List<Measure> measures, CancellationToken cancellationToken)
    {
        _refusals.Clear();
        var search = await SearchAsync(TrialShape.Unfinished, new SizeSearch(passes, options.MaxBytes), 0, cancellationToken);
        if (search.Refused is { } refused)
        {
            measures.Insert(0, new Measure(Scope.Frame, Direction.Up, search.Passed, refused, _refusals[refused]));
        }

        return (search.Passed, search.Passed);
    }

    /// <summary>What was refused in one frame is sent in many: where that passes, the frame was too big and not the message.</summary>
    /// <returns>The largest message that passes.</returns>
    private async Task<int> ScopeAsync(TrialShape shape, int passed, int refused, TrialResult by, List<Measure> measures, CancellationToken cancellationToken)
    {
        var fragment = Math.Clamp(passed, 1, MaxFragmentBytes);
        var cut = shape == TrialShape.Unfinished ? null : await bench.TryAsync(TrialShape.Fragmented, refused, fragment, cancellationToken);
        Note(cut);
        if (cut is not { Passed: true })
        {
            measures.Add(new Measure(shape == TrialShape.Unfinished ? Scope.Frame : Scope.Message, Direction.Up, passed, refused, by));
            return passed;
        }

        measures.Add(new Measure(Scope.Frame, Direction.Up, passed, refused, by));
        _refusals.Clear();
        var search = await SearchAsync(TrialShape.Fragmented, new SizeSearch(refused, options.MaxBytes), fragment, cancellationToken);
        if (search.Refused is { } tooBig)
        {
            measures.Add(new Measure(Scope.Message, Direction.Up, search.Passed, tooBig, _refusals[tooBig]));
        }

        return search.Passed;
    }

    // What passes and does not come back as smaller ones did is refused on its way back.
    private async Task AddMissingEchoAsync(TrialShape shape, List<Measure> measures, CancellationToken cancellationToken)
    {
        var missing = _withoutEcho.Keys.Where(size => size > _largestEcho).Order().FirstOrDefault();
        if (_largestEcho is not { } echo || missing == 0 || measures.Any(measure => measure.Direction == Direction.Down))
        {
            return;
        }

        bench.EchoPatience = Shorter(Quiet);
        var search = new SizeSearch(echo, options.MaxBytes, missing);
        while (search.Next() is { } size && await bench.TryAsync(shape, size, 0, cancellationToken) is { } result)
        {
            Note(result);
            search.Tell(size, result.Echoed);
        }

        measures.Add(new Measure(Scope.Message, Direction.Down, search.Passed, search.Refused!.Value, _withoutEcho.GetValueOrDefault(search.Refused.Value) ?? _refusals[search.Refused.Value]));
    }

    private void Note(TrialResult? result)
    {
        if (result is null)
        {
            return;
        }

        if (!result.Passed)
        {
            _refusals[result.Size] = result;
        }
        else if (!result.Echoed)
        {
            _withoutEcho.TryAdd(result.Size, result);
        }

        if (result.Echoed && result.Size >= (_largestEcho ?? 0))
        {
            _largestEcho = result.Size;
            _largestEchoFrame = Math.Max(_largestEchoFrame ?? 0, result.EchoFrame!.Value);
        }
    }

    private TimeSpan Shorter(TimeSpan time) => time < options.Timeout ? time : options.Timeout;
}
