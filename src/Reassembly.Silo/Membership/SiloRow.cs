using Npgsql;

namespace Reassembly.Silo.Membership;

/// <summary>A silo as a row.</summary>
internal static class SiloRow
{
    /// <summary>What the silos say of themselves and of each other; address, cluster and version are the table's business.</summary>
    public const string Columns = "status, name, host, gateway_port, started, alive, suspected_by, suspected_at";

    public const string Parameters = "@status, @name, @host, @gateway_port, @started, @alive, @suspected_by, @suspected_at";

    public static void AddParameters(NpgsqlParameterCollection parameters, MembershipEntry entry)
    {
        var suspects = entry.SuspectTimes ?? [];
        parameters.AddWithValue("address", entry.SiloAddress.ToParsableString());
        parameters.AddWithValue("status", (short)entry.Status);
        parameters.AddWithValue("name", entry.SiloName);
        parameters.AddWithValue("host", entry.HostName);
        parameters.AddWithValue("gateway_port", entry.ProxyPort);
        parameters.AddWithValue("started", Utc(entry.StartTime));
        parameters.AddWithValue("alive", Utc(entry.IAmAliveTime));
        parameters.AddWithValue("suspected_by", suspects.Select(static suspect => suspect.Item1.ToParsableString()).ToArray());
        parameters.AddWithValue("suspected_at", suspects.Select(static suspect => Utc(suspect.Item2)).ToArray());
    }

    /// <summary>Reads the address and then <see cref="Columns"/>.</summary>
    public static MembershipEntry Read(NpgsqlDataReader reader, int firstColumn)
    {
        var by = reader.GetFieldValue<string[]>(firstColumn + 7);
        var at = reader.GetFieldValue<DateTime[]>(firstColumn + 8);
        return new MembershipEntry
        {
            SiloAddress = SiloAddress.FromParsableString(reader.GetString(firstColumn)),
            Status = (SiloStatus)reader.GetInt16(firstColumn + 1),
            SiloName = reader.GetString(firstColumn + 2),
            HostName = reader.GetString(firstColumn + 3),
            ProxyPort = reader.GetInt32(firstColumn + 4),
            StartTime = reader.GetDateTime(firstColumn + 5),
            IAmAliveTime = reader.GetDateTime(firstColumn + 6),
            SuspectTimes = [.. by.Zip(at, static (silo, time) => Tuple.Create(SiloAddress.FromParsableString(silo), time))],
        };
    }

    /// <summary>Orleans keeps its times in UTC without always saying so.</summary>
    public static DateTime Utc(DateTime time) => DateTime.SpecifyKind(time, DateTimeKind.Utc);
}
