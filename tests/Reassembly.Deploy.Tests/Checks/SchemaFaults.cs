using Reassembly.Deploy.Tests.Schema;
using Reassembly.Deploy.Tests.Yaml;

namespace Reassembly.Deploy.Tests.Checks;

/// <summary>Every field is one of its kind.</summary>
internal static class SchemaFaults
{
    public static IEnumerable<string> Faults(Manifests manifests)
    {
        var check = new SchemaCheck(SchemaTable.Kubernetes);
        foreach (var item in manifests.Objects)
        {
            var kind = item.Text("kind") ?? "nothing";
            if (SchemaTable.Kubernetes.Find(kind)?.ContainsKey("kind") != true)
            {
                yield return $"{kind} is not a kind that the table knows.";
                continue;
            }

            foreach (var fault in check.Faults(item, kind, Manifests.NameOf(item)))
            {
                yield return fault;
            }
        }
    }
}
