namespace Reassembly.Testing;

/// <summary>The built server with a store on disk. It lies beside the test: a project reference puts it there.</summary>
/// <param name="settings">Further arguments, such as <c>--Reassembly:Limits:OpenMessages=2</c>; the last one of a name counts.</param>
public sealed class ServerProcess(params string[] settings) : HostProcess(Program, folder => Arguments(folder, settings))
{
    /// <summary>Where a project reference puts the server.</summary>
    public static readonly string Program = Path.Combine(AppContext.BaseDirectory, "Reassembly.Server.dll");

    public string DataFolder => DataFolderIn(Folder);

    public string DeliveryFolder => DeliveryFolderIn(Folder);

    public static async Task<ServerProcess> StartNewAsync(params string[] settings)
    {
        var server = new ServerProcess(settings);
        try
        {
            await server.StartAsync();
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    private static string DataFolderIn(string folder) => Path.Combine(folder, "data");

    private static string DeliveryFolderIn(string folder) => Path.Combine(folder, "delivered");

    private static IEnumerable<string> Arguments(string folder, string[] settings) =>
    [
        $"--Reassembly:Disk:Path={DataFolderIn(folder)}",
        $"--Reassembly:Delivery:Directory={DeliveryFolderIn(folder)}",
        "--Logging:LogLevel:Default=Warning",
        .. settings,
    ];
}
