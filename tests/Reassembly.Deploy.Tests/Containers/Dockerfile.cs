using System.Text.RegularExpressions;

namespace Reassembly.Deploy.Tests.Containers;

/// <summary>The stages of <c>deploy/Dockerfile</c> and their instructions.</summary>
internal sealed partial class Dockerfile
{
    public Dockerfile(string text)
    {
        var stage = new DockerStage("(before the first FROM)", string.Empty);
        foreach (var line in text.Split('\n').Select(line => line.Trim()).Where(line => line.Length > 0 && line[0] != '#'))
        {
            var space = line.IndexOf(' ', StringComparison.Ordinal);
            var (instruction, rest) = (line[..space], line[(space + 1)..].Trim());
            if (instruction == "FROM")
            {
                var from = From().Match(rest);
                stage = new DockerStage(from.Groups[2].Value, from.Groups[1].Value);
                Stages.Add(stage);
            }

            stage.Instructions.Add(new DockerInstruction(instruction, rest));
        }
    }

    public static Dockerfile Ours { get; } = new(File.ReadAllText(Path.Combine(Repository.Deploy, "Dockerfile")));

    public List<DockerStage> Stages { get; } = [];

    public DockerStage? Find(string name) => Stages.Find(stage => stage.Name == name);

    /// <summary>The instructions of a kind in a stage and in those it is built on, the base first.</summary>
    public IEnumerable<string> All(string stage, string instruction) => Find(stage) is not { } found
        ? []
        : All(found.Base, instruction).Concat(found.Instructions.Where(item => item.Name == instruction).Select(item => item.Text));

    /// <summary>The environment that a stage sets.</summary>
    public Dictionary<string, string> Environment(string stage)
    {
        var environment = new Dictionary<string, string>();
        foreach (var pair in All(stage, "ENV").SelectMany(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)).Select(pair => pair.Split('=', 2)))
        {
            environment[pair[0]] = pair[1];
        }

        return environment;
    }

    /// <summary>The ports that a stage exposes.</summary>
    public HashSet<int> Ports(string stage) => [.. All(stage, "EXPOSE").SelectMany(line => line.Split(' ')).Select(int.Parse)];

    /// <summary>The project whose program a stage starts, such as <c>Reassembly.Server</c>.</summary>
    public string? Host(string stage) => All(stage, "ENTRYPOINT").Select(line => Entry().Match(line).Groups[1].Value).LastOrDefault();

    /// <summary>The project in the image <c>reassembly-TARGET</c>.</summary>
    public string? HostOfImage(string image) => image.Split(':')[0].Split('/')[^1] is var name && name.StartsWith("reassembly-", StringComparison.Ordinal) ? Host(name["reassembly-".Length..]) : null;

    [GeneratedRegex(@"^(?:--platform=\S+ )?(\S+) AS (\S+)$")]
    private static partial Regex From();

    [GeneratedRegex(@"^\[""dotnet"", ""([\w.]+)\.dll""\]$")]
    private static partial Regex Entry();
}

/// <summary>One stage: its name, and the image or stage that it is built on.</summary>
internal sealed record DockerStage(string Name, string Base)
{
    public List<DockerInstruction> Instructions { get; } = [];
}

/// <summary>One instruction and what follows its name.</summary>
internal sealed record DockerInstruction(string Name, string Text);
