using Reassembly.Cli.Doctor.Probing;

namespace Reassembly.Cli.Doctor.Judging;

/// <summary>Which limit of all is the one that counts, and what raising another would bring. Pure.</summary>
internal static class HopJudge
{
    public static Bottleneck? Lowest(IReadOnlyList<Diagnosis> diagnoses) => diagnoses
        .SelectMany(diagnosis => diagnosis.Findings.Select(finding => new Bottleneck(diagnosis.Seen.Url, finding)))
        .Where(bottleneck => bottleneck.Finding.Measure.Direction == Direction.Up)
        .MinBy(bottleneck => bottleneck.Finding.Measure.Passed);

    public static IReadOnlyList<Conclusion> Conclude(IReadOnlyList<Diagnosis> diagnoses)
    {
        var conclusions = new List<Conclusion>();
        conclusions.AddRange(diagnoses.SelectMany(OfOne));
        var tried = diagnoses.Where(diagnosis => diagnosis.Seen.Baseline is { Passed: true }).ToList();
        foreach (var scope in new[] { Scope.Frame, Scope.Message })
        {
            conclusions.AddRange(OfSeveral(tried, scope));
        }

        if (Lowest(diagnoses) is { } lowest)
        {
            conclusions.Add(new Conclusion(
                "lowest",
                $"The lowest limit of all is {lowest.Finding.Measure.Passed} bytes: payloads that are sent as messages of at most that size pass every hop that was tried."));
        }

        return conclusions;
    }

    private static IEnumerable<Conclusion> OfOne(Diagnosis diagnosis)
    {
        var up = diagnosis.Findings.Where(finding => finding.Measure.Direction == Direction.Up).ToList();
        foreach (var finding in up.Where(finding => finding.IsAnotherHop))
        {
            var server = ServerOf(diagnosis);
            yield return new Conclusion(
                "anotherHop",
                $"{diagnosis.Seen.Url}: another hop ({finding.By?.Name ?? "which one cannot be told from here"}) lets {Name(finding.Measure.Scope)} of {finding.Measure.Passed} bytes pass and no larger one."
                + (server is null ? string.Empty : $" Raising a limit of {server.Name} will not help against it."));
        }

        if (up.Count > 1)
        {
            var highest = up.MaxBy(finding => finding.Measure.Passed)!;
            yield return new Conclusion(
                "raisingDoesNotHelp",
                $"{diagnosis.Seen.Url}: raising the limit of {highest.Measure.Passed} bytes alone will not help those who send a message in one frame: {up.Min(finding => finding.Measure.Passed)} bytes is where it ends for them.");
        }

        foreach (var library in diagnosis.ToSet.Where(library => library.IsFixed))
        {
            yield return new Conclusion("fixed", $"{library.Name}: {library.Remark}");
        }
    }

    private static IEnumerable<Conclusion> OfSeveral(List<Diagnosis> tried, Scope scope)
    {
        // Where no frame is limited apart from its message, one sentence is enough for both.
        if (tried.Count < 2 || (scope == Scope.Frame && tried.All(diagnosis => diagnosis.Seen.LargestFrame == diagnosis.Seen.LargestMessage)))
        {
            yield break;
        }

        var lowest = tried.MinBy(diagnosis => Largest(diagnosis, scope))!;
        var bytes = Largest(lowest, scope);
        foreach (var other in tried.Where(other => other != lowest))
        {
            var passes = Largest(other, scope);
            if (passes > bytes)
            {
                yield return new Conclusion(
                    "raisingDoesNotHelp",
                    $"{Upper(Name(scope))} of {bytes} bytes is the largest that passes through {lowest.Seen.Url}, and {(IsOpen(other, scope) ? "at least " : string.Empty)}{passes} bytes through {other.Seen.Url}: "
                    + $"a hop that only the first has is lower. Raising what {other.Seen.Url} has set will not help those who come through {lowest.Seen.Url}.");
            }
            else if (!IsOpen(other, scope) && !IsOpen(lowest, scope) && ServerOf(other) == ServerOf(lowest))
            {
                yield return new Conclusion(
                    "sameLimit",
                    $"{Upper(Name(scope))} of {bytes} bytes is the largest that passes through {lowest.Seen.Url} and through {other.Seen.Url}: what they have in common limits it, and not the hop between.");
            }
        }
    }

    private static Library? ServerOf(Diagnosis diagnosis) => diagnosis.LooksLike.FirstOrDefault(identity => identity.Library.Role == Role.Server)?.Library;

    private static int Largest(Diagnosis diagnosis, Scope scope) => scope == Scope.Frame ? diagnosis.Seen.LargestFrame : diagnosis.Seen.LargestMessage;

    private static bool IsOpen(Diagnosis diagnosis, Scope scope)
        => !diagnosis.Seen.Measures.Any(measure => measure.Direction == Direction.Up && (scope == Scope.Frame || measure.Scope == scope));

    private static string Name(Scope scope) => scope == Scope.Frame ? "a frame" : "a message";

    private static string Upper(string text) => char.ToUpperInvariant(text[0]) + text[1..];
}
