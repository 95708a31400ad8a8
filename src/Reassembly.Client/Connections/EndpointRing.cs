namespace Reassembly.Client.Connections;

/// <summary>The addresses in turn: each attempt takes the next one, so a lost node costs one attempt.</summary>
internal sealed class EndpointRing
{
    private readonly Uri[] _endpoints;
    private int _next;

    /// <param name="endpoints">The addresses, at least one.</param>
    /// <param name="start">Which one is first; counted around.</param>
    public EndpointRing(IEnumerable<Uri> endpoints, int start = 0)
    {
        _endpoints = [.. endpoints];
        if (_endpoints.Length == 0)
        {
            throw new ArgumentException("at least one endpoint is needed", nameof(endpoints));
        }

        foreach (var endpoint in _endpoints)
        {
            if (!endpoint.IsAbsoluteUri || endpoint.Scheme is not ("ws" or "wss"))
            {
                throw new ArgumentException($"'{endpoint}' is not an absolute ws:// or wss:// address", nameof(endpoints));
            }
        }

        _next = start % _endpoints.Length;
    }

    public int Count => _endpoints.Length;

    public Uri Next()
    {
        var endpoint = _endpoints[_next];
        _next = (_next + 1) % _endpoints.Length;
        return endpoint;
    }
}
