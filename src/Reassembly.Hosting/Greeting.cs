namespace Reassembly.Hosting;

/// <summary>What a person sees once the server listens.</summary>
internal static class Greeting
{
    public static void Print(WebApplication app)
    {
        var address = app.Urls.First().Replace("http", "ws", StringComparison.Ordinal);
        Console.WriteLine($"Listening: connect to {address}/ws (subprotocol reassembly.v1)");
        Console.WriteLine($"Send a file: dotnet run --project src/Reassembly.Cli -- send FILE --to {address}/ws");
    }
}
