using System.Reflection;
using Xunit.Sdk;

namespace Reassembly.Testing.Cluster;

/// <summary>Runs a theory with nodes of a kind, as its first argument; skipped, with a sentence, where they cannot run.</summary>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
public sealed class NodesAttribute : DataAttribute
{
    /// <param name="kind">What the nodes run.</param>
    /// <param name="more">The arguments after it.</param>
    public NodesAttribute(NodeKind kind, params object[] more)
    {
        Kind = kind;
        More = more;
        Skip = NodePrograms.Missing(kind);
    }

    public NodeKind Kind { get; }

    public IReadOnlyList<object> More { get; }

    public override IEnumerable<object[]> GetData(MethodInfo testMethod) => [[Kind, .. More]];
}
