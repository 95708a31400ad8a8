using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace Reassembly.Testing;

/// <summary>
/// Ports below those that the system hands out: nobody else gets one while its program is down, least of all a client calling itself.
/// None is given twice, for the one that asked may not listen yet.
/// </summary>
public static class LoopbackPort
{
    private static readonly ConcurrentDictionary<int, bool> Given = new();

    public static int Next()
    {
        while (true)
        {
            var port = RandomNumberGenerator.GetInt32(15_000, 32_000);
            try
            {
                using var listener = new TcpListener(IPAddress.Loopback, port);
                listener.Start();
                if (Given.TryAdd(port, true))
                {
                    return port;
                }
            }
            catch (SocketException)
            {
                // Taken: another one.
            }
        }
    }
}
