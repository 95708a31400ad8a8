using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Reassembly.Core.Storage;
using Reassembly.Edge.Connections;
using Reassembly.Edge.Http;
using Reassembly.Edge.Raw;
using Reassembly.Edge.Transport;

namespace Reassembly.Edge;

/// <summary>Maps the endpoints of Reassembly.</summary>
public static class ReassemblyEndpoints
{
    /// <summary>The socket pings an idle peer, and leaves it to <see cref="PeerWatch"/> what to make of one that does not answer.</summary>
    private static readonly TimeSpan KeepAliveTimeout = TimeSpan.FromMilliseconds(int.MaxValue);

    /// <summary>
    /// Maps the WebSocket to <paramref name="pattern"/>, and <c>raw</c>, <c>messages/{id}</c>, <c>channels/…</c>, <c>limits</c> and <c>health/…</c> beside it.
    /// The application need not call <c>UseWebSockets</c>.
    /// </summary>
    /// <param name="endpoints">The application.</param>
    /// <param name="pattern">The path of the WebSocket, such as <c>/ws</c> or <c>/payloads/ws</c>.</param>
    /// <returns>All the endpoints, for conventions such as authorization.</returns>
    /// <exception cref="InvalidOperationException"><c>AddReassembly</c> was not called, or no store was chosen.</exception>
    public static IEndpointConventionBuilder MapReassembly(this IEndpointRouteBuilder endpoints, string pattern = "/ws")
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        ArgumentException.ThrowIfNullOrEmpty(pattern);
        RequireServices(endpoints.ServiceProvider);

        // Known from the start, so that it hears when the host stops.
        endpoints.ServiceProvider.GetRequiredService<ConnectionRegistry>();
        var slash = pattern.LastIndexOf('/');
        var group = endpoints.MapGroup(slash > 0 ? pattern[..slash] : string.Empty);
        group.Map(pattern[(slash + 1)..], SocketPipeline(endpoints, context => Service<SocketEndpoint>(endpoints).HandleAsync(context)));
        group.Map("raw", SocketPipeline(endpoints, context => Service<RawEndpoint>(endpoints).HandleAsync(context)));
        string[] reads = [HttpMethods.Get, HttpMethods.Head];
        group.MapMethods("messages/{id}", reads, context => Service<MessageEndpoints>(endpoints).GetPayloadAsync(context));
        group.MapMethods("messages/{id}/status", reads, context => Service<MessageEndpoints>(endpoints).GetStatusAsync(context));
        group.MapMethods("limits", reads, context => Service<LimitsEndpoint>(endpoints).GetAsync(context));
        MapChannels(group.MapGroup("channels"), endpoints);
        MapHealth(group, endpoints);
        return group;
    }

    /// <summary>Maps <c>health/…</c> alone: for a node that serves no senders.</summary>
    /// <param name="endpoints">The application.</param>
    /// <exception cref="InvalidOperationException"><c>AddReassembly</c> was not called, or no store was chosen.</exception>
    public static IEndpointConventionBuilder MapReassemblyHealth(this IEndpointRouteBuilder endpoints)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        RequireServices(endpoints.ServiceProvider);
        endpoints.ServiceProvider.GetRequiredService<ConnectionRegistry>();
        var group = endpoints.MapGroup(string.Empty);
        MapHealth(group, endpoints);
        return group;
    }

    private static void MapChannels(RouteGroupBuilder channels, IEndpointRouteBuilder endpoints)
    {
        string[] reads = [HttpMethods.Get, HttpMethods.Head];
        channels.MapMethods("", reads, context => Service<ChannelEndpoints>(endpoints).ListAsync(context));
        channels.MapMethods("{channel}", reads, context => Service<ChannelEndpoints>(endpoints).GetAsync(context));
        channels.MapPost("{channel}/claim", context => Service<ChannelEndpoints>(endpoints).ClaimAsync(context));
        channels.MapPost("{channel}/messages/{id}/delivered", context => Service<ChannelEndpoints>(endpoints).DeliveredAsync(context));
        channels.MapPost("{channel}/messages/{id}/retry", context => Service<ChannelEndpoints>(endpoints).RetryAsync(context));
        channels.MapMethods("{channel}/dead-letters", reads, context => Service<DeadLetterEndpoints>(endpoints).ListAsync(context));
        channels.MapPost("{channel}/dead-letters/{id}/retry", context => Service<DeadLetterEndpoints>(endpoints).RetryAsync(context));
        channels.MapDelete("{channel}/dead-letters/{id}", context => Service<DeadLetterEndpoints>(endpoints).DropAsync(context));
    }

    private static void MapHealth(RouteGroupBuilder group, IEndpointRouteBuilder endpoints)
    {
        string[] reads = [HttpMethods.Get, HttpMethods.Head];
        group.MapMethods("health/live", reads, HealthEndpoints.LiveAsync);
        group.MapMethods("health/ready", reads, context => Service<HealthEndpoints>(endpoints).ReadyAsync(context));
    }

    /// <summary>A branch of its own: observed transport, WebSocket middleware, endpoint.</summary>
    private static RequestDelegate SocketPipeline(IEndpointRouteBuilder endpoints, RequestDelegate endpoint)
    {
        var branch = endpoints.CreateApplicationBuilder();
        branch.Use(ObservedTransport.ObserveAsync);
        branch.UseWebSockets(new WebSocketOptions { KeepAliveInterval = PeerWatch.PingInterval, KeepAliveTimeout = KeepAliveTimeout });
        branch.Run(endpoint);
        return branch.Build();
    }

    private static T Service<T>(IEndpointRouteBuilder endpoints)
        where T : class
        => endpoints.ServiceProvider.GetRequiredService<T>();

    private static void RequireServices(IServiceProvider services)
    {
        var known = services.GetRequiredService<IServiceProviderIsService>();
        if (!known.IsService(typeof(ConnectionRegistry)))
        {
            throw new InvalidOperationException("MapReassembly needs AddReassembly: call builder.Services.AddReassembly() before the application is built.");
        }

        if (!known.IsService(typeof(IMessageStore)))
        {
            throw new InvalidOperationException("No store is chosen: call UseDiskStorage(), UsePostgresStorage() or UseMemoryStorage() on what AddReassembly() returns.");
        }
    }
}
