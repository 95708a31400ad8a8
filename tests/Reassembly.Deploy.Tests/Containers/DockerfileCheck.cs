using System.Text.RegularExpressions;
using Reassembly.Deploy.Tests.Code;
using Reassembly.Testing;

namespace Reassembly.Deploy.Tests.Containers;

/// <summary>The Dockerfile copies and publishes what is there, restores every project it publishes, and runs it as an ordinary user.</summary>
internal static partial class DockerfileCheck
{
    public static readonly string[] Targets = ["server", "silo"];

    public static IEnumerable<string> Faults(Dockerfile file)
        => Copies(file).Concat(Bases(file)).Concat(Targets.SelectMany(target => TargetFaults(file, target)));

    /// <summary>Every source is there, whether in the tree or in the stage it is copied from.</summary>
    private static IEnumerable<string> Copies(Dockerfile file)
    {
        foreach (var (stage, text) in file.Stages.SelectMany(stage => stage.Instructions.Where(item => item.Name == "COPY").Select(item => (stage.Name, item.Text))))
        {
            var words = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            var from = words.FirstOrDefault(word => word.StartsWith("--from=", StringComparison.Ordinal))?["--from=".Length..];
            if (from is not null && file.Find(from) is null)
            {
                yield return $"{stage} copies from {from}, which is no stage.";
            }

            foreach (var source in words[..^1].Where(word => from is null && !word.StartsWith("--", StringComparison.Ordinal) && !Path.Exists(SourceTree.At(word))))
            {
                yield return $"{stage} copies {source}, which is not there.";
            }
        }
    }

    private static IEnumerable<string> Bases(Dockerfile file) => file.Stages
        .Where(stage => !stage.Base.Contains('/', StringComparison.Ordinal) && file.Find(stage.Base) is null)
        .Select(stage => $"{stage.Name} is built on {stage.Base}, which is no stage.");

    private static IEnumerable<string> TargetFaults(Dockerfile file, string target)
    {
        var host = file.Host(target);
        if (host is null || !ProjectGraph.Exists(host))
        {
            yield return $"{target} starts {host ?? "nothing"}, which is no project.";
            yield break;
        }

        var publish = file.Find($"publish-{target}");
        var runs = publish?.Instructions.Where(item => item.Name == "RUN").Select(item => item.Text).ToList() ?? [];
        foreach (var verb in new[] { "restore", "publish" }.Where(verb => !runs.Exists(run => run.StartsWith($"dotnet {verb} src/{host} ", StringComparison.Ordinal))))
        {
            yield return $"publish-{target} does not {verb} src/{host}.";
        }

        var copied = file.All($"publish-{target}", "COPY").SelectMany(text => ProjectFile().Matches(text)).Select(match => match.Groups[1].Value).ToHashSet();
        foreach (var project in ProjectGraph.Closure(host).Where(project => !copied.Contains(project)))
        {
            yield return $"publish-{target} restores without {project}: its project file is not copied before.";
        }

        if (!file.All(target, "USER").LastOrDefault(string.Empty).Split(':').All(user => int.TryParse(user, out var id) && id > 0))
        {
            yield return $"{target} does not run as a user with a number other than 0.";
        }

        var url = file.Environment(target).GetValueOrDefault("ASPNETCORE_URLS", string.Empty);
        if (!url.StartsWith("http://+:", StringComparison.Ordinal) || !file.Ports(target).Contains(int.Parse(url["http://+:".Length..])))
        {
            yield return $"{target} listens on '{url}', which it does not expose.";
        }
    }

    [GeneratedRegex(@"src/([\w.]+)/\1\.csproj")]
    private static partial Regex ProjectFile();
}
