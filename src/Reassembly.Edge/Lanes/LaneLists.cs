using Reassembly.Core.Routing;

namespace Reassembly.Edge.Lanes;

/// <summary>What a lane works with: items that wait, items that were taken, and the chunks of the call under way.</summary>
internal sealed class LaneLists
{
    private const int KeptCapacity = 256;

    public List<LaneItem> Waiting { get; private set; } = [];

    public List<LaneItem> Taken { get; private set; } = [];

    public List<Chunk> Batch { get; } = [];

    /// <summary>Whether they are small enough to be kept for the next lane.</summary>
    public bool IsWorthKeeping => Math.Max(Waiting.Capacity, Taken.Capacity) <= KeptCapacity;

    /// <summary>Takes all that waits; false where nothing does.</summary>
    public bool Swap()
    {
        (Waiting, Taken) = (Taken, Waiting);
        return Taken.Count > 0;
    }

    /// <summary>Puts the chunks from an item up to the next control message into the batch.</summary>
    /// <returns>How many.</returns>
    public int Gather(int from)
    {
        var index = from;
        for (; index < Taken.Count && Taken[index].Control is null; index++)
        {
            Batch.Add(Taken[index].Chunk);
        }

        return index - from;
    }
}
