using Reassembly.Protocol;
using Reassembly.Protocol.Control;

namespace Reassembly.Core.Messages;

/// <summary>Whether two <c>open</c> messages say the same once what they leave out has its default.</summary>
internal static class OpenComparison
{
    public static bool SaysTheSame(OpenMessage first, OpenMessage second)
        => first.Size == second.Size
            && first.Sha256 == second.Sha256
            && (first.Channel ?? WireProtocol.DefaultChannel) == (second.Channel ?? WireProtocol.DefaultChannel)
            && first.ContentType == second.ContentType
            && (first.ContentEncoding ?? ContentEncodings.Identity) == (second.ContentEncoding ?? ContentEncodings.Identity)
            && first.TtlSeconds == second.TtlSeconds
            && SameHeaders(first.Headers, second.Headers);

    private static bool SameHeaders(IReadOnlyDictionary<string, string>? first, IReadOnlyDictionary<string, string>? second)
    {
        if ((first?.Count ?? 0) != (second?.Count ?? 0))
        {
            return false;
        }

        foreach (var (name, value) in first ?? new Dictionary<string, string>())
        {
            if (!second!.TryGetValue(name, out var other) || other != value)
            {
                return false;
            }
        }

        return true;
    }
}
