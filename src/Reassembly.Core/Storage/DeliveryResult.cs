namespace Reassembly.Core.Storage;

/// <summary>What came of an attempt to hand a message on.</summary>
public readonly record struct DeliveryResult
{
    private DeliveryResult(DeliveryEnd end, DateTimeOffset notBefore, string? reason)
    {
        End = end;
        NotBefore = notBefore;
        Reason = reason;
    }

    public DeliveryEnd End { get; }

    /// <summary>The earliest time for the next attempt, where there is one.</summary>
    public DateTimeOffset NotBefore { get; }

    /// <summary>One sentence on why the sink does not have it.</summary>
    public string? Reason { get; }

    /// <summary>The sink has it for good.</summary>
    public static DeliveryResult Delivered => new(DeliveryEnd.Delivered, default, null);

    /// <summary>It is to be tried again.</summary>
    public static DeliveryResult Again(DateTimeOffset notBefore, string reason) => new(DeliveryEnd.Again, notBefore, reason);

    /// <summary>It is not tried again unless somebody says so.</summary>
    public static DeliveryResult Dead(string reason) => new(DeliveryEnd.Dead, default, reason);
}

/// <summary>How an attempt ended.</summary>
public enum DeliveryEnd
{
    Delivered,
    Again,
    Dead,
}
