using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Reassembly.Core.Limits;
using Reassembly.Protocol;

namespace Reassembly.Edge.Http;

/// <summary><c>GET /limits</c>: the limits as in <c>welcome</c>, and where each comes from.</summary>
internal sealed class LimitsEndpoint(EdgeNode node, IConfiguration configuration)
{
    private const string Default = "default";

    private static readonly string[] Names =
    [
        nameof(LimitsOptions.FrameBytes), nameof(LimitsOptions.MinChunkBytes), nameof(LimitsOptions.MessageBytes), nameof(LimitsOptions.OpenMessages),
        nameof(LimitsOptions.WindowBytes), nameof(LimitsOptions.IdleSeconds), nameof(LimitsOptions.MessageSeconds), nameof(LimitsOptions.RetentionSeconds),
    ];

    public Task GetAsync(HttpContext context)
    {
        var settings = Names.ToDictionary(JsonNamingPolicy.CamelCase.ConvertName, SourceOf);
        settings.Add("chunkBytes", SourceOf(nameof(LimitsOptions.FrameBytes)));
        return context.Response.WriteAsJsonAsync(new LimitsBody(node.Limits, settings), EdgeJson.Default.LimitsBody, cancellationToken: context.RequestAborted);
    }

    private SettingSource SourceOf(string name)
    {
        var setting = $"{LimitsOptions.Section}:{name}";
        var provider = (configuration as IConfigurationRoot)?.Providers.LastOrDefault(provider => provider.TryGet(setting, out _));
        return new SettingSource(setting, provider switch
        {
            null => configuration[setting] is null ? Default : "configuration",
            FileConfigurationProvider file => file.Source.Path ?? "file",
            _ => provider.GetType().Name.Replace("ConfigurationProvider", string.Empty, StringComparison.Ordinal),
        });
    }
}

internal sealed record LimitsBody(ProtocolLimits Limits, IReadOnlyDictionary<string, SettingSource> Settings);

/// <summary>A setting and the configuration provider that set it, or <c>default</c>.</summary>
internal sealed record SettingSource(string Setting, string Source);
