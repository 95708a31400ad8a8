namespace Reassembly.Storage.Disk.Catalogue;

/// <summary>
/// A change of the catalogue, one of many in a transaction. Its task completes when the transaction is committed, and its
/// continuations never run on the thread that commits.
/// </summary>
internal abstract class CatalogueJob() : TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)
{
    /// <summary>Whether the change must outlive a loss of power once it is told of. Where no job of a transaction needs that, it waits for no disk.</summary>
    public virtual bool MustBeDurable => true;

    /// <summary>Makes the change inside the transaction. What it throws other than a database's fault refuses this job alone, so it throws before it changes anything.</summary>
    public abstract void Apply(CatalogueStatements statements);

    /// <summary>Called after the commit and before anybody is told of it.</summary>
    public virtual void Committed(UsageCounter usage)
    {
    }

    public virtual void Fail(Exception exception) => TrySetException(exception);
}
