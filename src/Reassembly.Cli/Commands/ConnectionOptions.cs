using System.CommandLine;
using Reassembly.Cli.Http;
using Reassembly.Client;

namespace Reassembly.Cli.Commands;

/// <summary>The options that every command has: where to connect, and for how long to try.</summary>
internal sealed class ConnectionOptions
{
    private const string DefaultEndpoint = "ws://localhost:8080/ws";

    private readonly Option<string[]> _to = new("--to")
    {
        Description = $"Address of a server; more than one may be given, they are tried in turn. [default: {DefaultEndpoint}]",
        HelpName = "ws://host/ws",
        Arity = ArgumentArity.OneOrMore,
    };

    private readonly Option<double> _giveUp = new("--give-up")
    {
        Description = "Seconds to go on trying while nothing gets through.",
        HelpName = "seconds",
        DefaultValueFactory = _ => 120,
    };

    public ConnectionOptions()
    {
        _to.Validators.Add(result =>
        {
            foreach (var token in result.Tokens)
            {
                if (!Uri.TryCreate(token.Value, UriKind.Absolute, out var uri) || uri.Scheme is not ("ws" or "wss"))
                {
                    result.AddError($"'{token.Value}' is not a ws:// or wss:// address");
                }
            }
        });
        _giveUp.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<double>() is not (> 0 and < 1e6))
            {
                result.AddError("--give-up must be a number of seconds above 0");
            }
        });
    }

    public void AddTo(Command command)
    {
        command.Options.Add(_to);
        command.Options.Add(_giveUp);
    }

    public IReadOnlyList<Uri> Endpoints(ParseResult parsed)
        => [.. (parsed.GetValue(_to) is { Length: > 0 } given ? given : [DefaultEndpoint]).Select(endpoint => new Uri(endpoint))];

    public TimeSpan GiveUpAfter(ParseResult parsed) => TimeSpan.FromSeconds(parsed.GetValue(_giveUp));

    public ServerHttp Http(ParseResult parsed) => new(Endpoints(parsed), GiveUpAfter(parsed), TimeProvider.System);

    public Task<ReassemblyClient> ConnectAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var options = new ReassemblyClientOptions
        {
            ClientName = "reassembly-cli/0.1",
            GiveUpAfter = GiveUpAfter(parsed),
        };
        return ReassemblyClient.ConnectAsync(Endpoints(parsed), options, cancellationToken);
    }
}
