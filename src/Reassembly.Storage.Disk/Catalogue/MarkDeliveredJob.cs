using Reassembly.Core;

namespace Reassembly.Storage.Disk.Catalogue;

internal sealed class MarkDeliveredJob(MessageKey key) : CatalogueJob
{
    public override void Apply(CatalogueStatements statements) => statements.MarkDelivered(key);
}
