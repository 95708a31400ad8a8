using Reassembly.Interop.Tests.Hosting;

namespace Reassembly.Interop.Tests.Clients.Libraries;

/// <summary>One library as the tests name it.</summary>
/// <param name="Id">As in the names of tests.</param>
/// <param name="Language">Folder of its client, under <c>src/clients</c>.</param>
/// <param name="Command">What drives it, seen from that folder.</param>
/// <param name="StartAsync">Makes it ready, once for all tests.</param>
internal sealed record ClientLibrary(string Id, string Language, string Command, Func<Task<IClientLibrary>> StartAsync)
{
    /// <summary>Why it cannot be had here; <see langword="null"/> where it can.</summary>
    public string? Missing { get; } = Toolchain.Missing(Id);
}
