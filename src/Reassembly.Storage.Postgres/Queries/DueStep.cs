namespace Reassembly.Storage.Postgres.Queries;

/// <summary>The step of the column <c>due</c>: see the tables.</summary>
internal static class DueStep
{
    public const long Ticks = 30 * TimeSpan.TicksPerSecond;
}
