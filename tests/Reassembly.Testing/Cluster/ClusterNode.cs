namespace Reassembly.Testing.Cluster;

/// <summary>One node as a process, with its own address, its own name and its own folder for deliveries.</summary>
public sealed class ClusterNode(NodeKind kind, string name, IEnumerable<string> settings)
    : HostProcess(NodePrograms.PathOf(kind), folder => Arguments(folder, name, settings))
{
    public NodeKind Kind => kind;

    public string Name => name;

    public string DeliveryFolder => DeliveriesIn(Folder);

    private static string DeliveriesIn(string folder) => Path.Combine(folder, "delivered");

    private static IEnumerable<string> Arguments(string folder, string name, IEnumerable<string> settings) =>
    [
        $"--Reassembly:Edge:Node={name}",
        $"--Reassembly:Delivery:Directory={DeliveriesIn(folder)}",
        "--Logging:LogLevel:Default=Warning",
        .. settings,
    ];
}
