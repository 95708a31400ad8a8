using Microsoft.AspNetCore.Http;
using Reassembly.Protocol;

namespace Reassembly.Edge.Raw;

/// <summary>What the query of <c>/raw</c> says: the channel, and the id of the first message.</summary>
internal sealed record RawTarget(string? Channel, MessageId? Id)
{
    private const int LongestChannel = 255;

    public static bool TryRead(IQueryCollection query, out RawTarget target, out string fault)
    {
        target = new RawTarget(null, null);
        fault = string.Empty;
        if (query.TryGetValue("channel", out var channel))
        {
            if (channel is not [{ Length: > 0 and <= LongestChannel } name] || name.Any(char.IsControl))
            {
                fault = $"channel is given once, with 1 to {LongestChannel} characters and no control characters";
                return false;
            }

            target = target with { Channel = name };
        }

        if (query.TryGetValue("id", out var text))
        {
            if (text.Count != 1 || !MessageId.TryParse(text[0], out var id))
            {
                fault = "id is given once, a UUID in canonical lower case";
                return false;
            }

            target = target with { Id = id };
        }

        return true;
    }
}
