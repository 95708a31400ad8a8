using Reassembly.Core.Storage;

namespace Reassembly.Storage.Postgres.Deliveries;

/// <summary>What the columns of an entry say, for the statements that read and change them.</summary>
internal static class Entry
{
    public const short Waits = 0;
    public const short Taken = 1;
    public const short Dead = 3;

    /// <summary>In <c>due</c>: taken for as long as the taker lives.</summary>
    public const long Forever = long.MaxValue;

    /// <summary>
    /// What a message's <c>delivery</c> is once some of its entries were changed by the same statement. The message must have been locked by
    /// a statement before: two sinks that are done at once would each still see the other's entry.
    /// </summary>
    /// <param name="schema">Of the tables.</param>
    /// <param name="message">The name of the message's row.</param>
    /// <param name="touched">The query of what was changed: no, sink and state, which is null for what is gone.</param>
    /// <param name="otherwise">What it is where nothing keeps the message.</param>
    public static string DeliveryOf(string schema, string message, string touched, DeliveryState otherwise) => $"""
        CASE WHEN {message}.no IN (SELECT t.no FROM {touched} t WHERE {Keeps("t")})
            OR EXISTS (SELECT FROM {schema}.delivery d WHERE d.no = {message}.no AND {Keeps("d")} AND (d.no, d.sink) NOT IN (SELECT t.no, t.sink FROM {touched} t))
            THEN {(int)DeliveryState.Pending} ELSE {(int)otherwise} END
        """;

    /// <summary>Whether a message is kept for an entry.</summary>
    private static string Keeps(string row) => $"({row}.state = {Dead} OR {row}.state < {Dead} AND NOT starts_with({row}.sink, '{SinkNames.Subscribers(string.Empty)}'))";
}
