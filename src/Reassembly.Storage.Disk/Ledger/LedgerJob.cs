using Reassembly.Storage.Disk.Catalogue;

namespace Reassembly.Storage.Disk.Ledger;

/// <summary>A change of the ledger, with what it found; that holds once the job's task has completed.</summary>
internal sealed class LedgerJob<TResult>(Func<LedgerStatements, TResult> change, bool mustBeDurable) : CatalogueJob
{
    public override bool MustBeDurable => mustBeDurable;

    public TResult Result { get; private set; } = default!;

    public override void Apply(CatalogueStatements statements) => Result = change(statements.Ledger);
}
