using System.Text.Json;
using Reassembly.Client.Connections;
using Reassembly.Protocol.Control;

namespace Reassembly.Client.Receiving;

/// <summary>
/// Ends a connection whose server is gone without a word. A subscriber may hear nothing for hours, so after some silence it asks; but
/// while its own reader is slow and the socket is not read, silence says nothing.
/// </summary>
internal static class SilenceWatch
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);
    private static readonly JsonElement Nonce = JsonDocument.Parse("0").RootElement;

    /// <returns>A task that ends with the connection, without fault.</returns>
    public static async Task RunAsync(ClientConnection connection, TimeProvider clock)
    {
        var heard = -1L;
        var asked = false;
        while (true)
        {
            try
            {
                await connection.Ended.WaitAsync(Patience, clock, CancellationToken.None).ConfigureAwait(false);
                return;
            }
            catch (TimeoutException)
            {
                // Time to look.
            }

            if (connection.Heard != heard || connection.IsHeldUp)
            {
                heard = connection.Heard;
                asked = false;
            }
            else if (asked)
            {
                connection.Abort($"the server did not answer within {Patience.TotalSeconds:0} s");
                return;
            }
            else
            {
                asked = true;
                try
                {
                    await connection.SendAsync(new PingMessage { Nonce = Nonce }).ConfigureAwait(false);
                }
                catch (ConnectionLostException)
                {
                    return;
                }
            }
        }
    }
}
