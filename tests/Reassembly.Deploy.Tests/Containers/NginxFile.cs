namespace Reassembly.Deploy.Tests.Containers;

/// <summary>The directives of <c>nginx.conf</c>, whatever block they stand in.</summary>
internal sealed class NginxFile
{
    private readonly List<string[]> _directives;

    public NginxFile(string text)
        => _directives = [.. text.Split('\n')
            .Select(line => line.Trim())
            .Where(line => line.EndsWith(';') && line[0] != '#')
            .Select(line => line.TrimEnd(';').Split(' ', StringSplitOptions.RemoveEmptyEntries))];

    public static NginxFile Ours { get; } = new(File.ReadAllText(Path.Combine(Repository.Deploy, "nginx.conf")));

    /// <summary>The service that connections go to.</summary>
    public string Upstream => _directives.Single(words => words[0] == "set" && words[1] == "$nodes")[2];

    public string UpstreamPort => Values("proxy_pass").Single().Split(':')[^1];

    /// <summary>What follows the name of a directive, each time it is there.</summary>
    public IEnumerable<string> Values(string directive) => _directives.Where(words => words[0] == directive).Select(words => string.Join(' ', words[1..]));

    /// <summary>What WebSocket needs of a proxy and this file lacks.</summary>
    public IEnumerable<string> Faults(int keepAliveSeconds)
    {
        (string Directive, string Value)[] needed =
        [
            ("proxy_http_version", "1.1"),
            ("proxy_set_header", "Upgrade $http_upgrade"),
            ("proxy_set_header", "Connection $connection_upgrade"),
            ("proxy_buffering", "off"),
        ];
        foreach (var (directive, value) in needed.Where(pair => !Values(pair.Directive).Contains(pair.Value)))
        {
            yield return $"{directive} {value} is not there.";
        }

        foreach (var directive in new[] { "proxy_read_timeout", "proxy_send_timeout" })
        {
            if (!Values(directive).Any(value => int.TryParse(value.TrimEnd('s'), out var seconds) && seconds > keepAliveSeconds))
            {
                yield return $"{directive} must be above the {keepAliveSeconds} seconds after which a quiet peer is asked for a sign of life.";
            }
        }
    }
}
