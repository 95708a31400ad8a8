using System.Globalization;
using Reassembly.Core.Storage;

namespace Reassembly.Edge.Http;

/// <summary>Where a page of dead letters ended, as text that a client gives back as it came.</summary>
internal static class PageMark
{
    public static string Write(DeadLetterPlace place) => string.Create(CultureInfo.InvariantCulture, $"{place.Committed}:{place.Sink}");

    public static bool TryParse(string? text, out DeadLetterPlace? place)
    {
        place = null;
        var colon = text?.IndexOf(':') ?? -1;
        if (colon < 0 || !long.TryParse(text.AsSpan(0, colon), NumberStyles.None, CultureInfo.InvariantCulture, out var committed))
        {
            return false;
        }

        place = new DeadLetterPlace(committed, text![(colon + 1)..]);
        return true;
    }
}
