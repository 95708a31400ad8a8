using System.Reflection;
using Xunit.Sdk;

namespace Reassembly.Testing.Cluster;

/// <summary>Runs a theory with nodes of a kind, as its one argument; skipped, with a sentence, where they cannot run.</summary>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
public sealed class NodesAttribute : DataAttribute
{
    public NodesAttribute(NodeKind kind)
    {
        Kind = kind;
        Skip = NodePrograms.Missing(kind);
    }

    public NodeKind Kind { get; }

    public override IEnumerable<object[]> GetData(MethodInfo testMethod) => [[Kind]];
}
