using Microsoft.Extensions.Logging;
using Reassembly.Storage.Files.Faults;

namespace Reassembly.Storage.Postgres;

/// <summary>Says that writes fail, and that they work again; see <see cref="FaultState"/> for how often.</summary>
internal sealed class FaultLog(ILogger logger, TimeProvider time, string place)
{
    private readonly FaultState _writes = new(time);

    public void Fails(string fault, Exception exception)
    {
        if (_writes.Fails())
        {
            PostgresLog.Failing(logger, place, fault, exception);
        }
    }

    public void Works()
    {
        if (_writes.Works())
        {
            PostgresLog.Recovered(logger, place);
        }
    }
}
