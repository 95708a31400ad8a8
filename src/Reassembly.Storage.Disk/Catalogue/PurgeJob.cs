using Reassembly.Core;
using Reassembly.Storage.Disk.Claims;

namespace Reassembly.Storage.Disk.Catalogue;

/// <summary>
/// Drops the rows that are due. Their messages are held from before the rows are gone until their files are: the same id may
/// come again at once, and its new file must not be removed for the old one.
/// </summary>
internal sealed class PurgeJob(DateTimeOffset now, int limit, OwnerBook book) : CatalogueJob
{
    private readonly List<Purged> _purged = [];
    private long _storedBytes;

    /// <summary>What was dropped, or would have been had the commit succeeded: every owner is to be left.</summary>
    public IReadOnlyList<Purged> Purged => _purged;

    public override void Apply(CatalogueStatements statements)
    {
        foreach (var due in statements.ListDue(now, limit))
        {
            _purged.Add(new Purged(book.Hold(due.Key), due.StoredBytes > 0 && !due.IsSmall, due.WasUndelivered));
            _storedBytes += due.StoredBytes;
            statements.Drop(due);
        }
    }

    public override void Committed(UsageCounter usage) => usage.Add(0, -_storedBytes);
}

/// <summary>A message whose row was dropped.</summary>
internal readonly record struct Purged(Owner Owner, bool HasFile, bool WasUndelivered)
{
    public MessageKey Key => Owner.Key;
}
