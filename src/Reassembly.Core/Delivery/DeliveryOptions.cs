using Microsoft.Extensions.Options;

namespace Reassembly.Core.Delivery;

/// <summary>The settings under <c>Reassembly:Delivery</c> that hold for every sink. Times in seconds.</summary>
public sealed class DeliveryOptions
{
    public const string Section = "Reassembly:Delivery";

    /// <summary>Attempts after which a message becomes a dead letter of the sink that did not take it.</summary>
    /// <value>50: with the pauses between, most of an hour</value>
    public int MaxAttempts { get; set; } = 50;

    /// <summary>The longest pause between two attempts; the first is 0.2 s, and each is twice the one before.</summary>
    /// <value>60</value>
    public int MaxPauseSeconds { get; set; } = 60;

    /// <summary>How long a subscriber has to answer once it was sent the last byte, and whoever claimed a message over HTTP from the claim on.</summary>
    /// <value>60</value>
    public int TimeoutSeconds { get; set; } = 60;

    /// <summary>
    /// Messages of one channel on their way to one configured sink at once, over all nodes. With 1 they are handed on in the order of their commits, but
    /// for those that are tried again; with more, only begun in it. Subscribers say themselves how many they take.
    /// </summary>
    /// <value>1</value>
    public int InFlight { get; set; } = 1;

    /// <summary>The pauses between attempts.</summary>
    internal Routing.Backoff Pauses => new(TimeSpan.FromSeconds(0.2), TimeSpan.FromSeconds(MaxPauseSeconds));

    /// <summary>How long an answer may take.</summary>
    public TimeSpan GetTimeout() => TimeSpan.FromSeconds(TimeoutSeconds);
}

/// <summary>Each wrong setting is one sentence that names it.</summary>
public sealed class DeliveryOptionsValidator : IValidateOptions<DeliveryOptions>
{
    private const int MostSeconds = 86_400;

    public ValidateOptionsResult Validate(string? name, DeliveryOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var faults = new List<string>();
        Check(nameof(options.MaxAttempts), options.MaxAttempts, 1_000_000);
        Check(nameof(options.MaxPauseSeconds), options.MaxPauseSeconds, MostSeconds);
        Check(nameof(options.TimeoutSeconds), options.TimeoutSeconds, MostSeconds);
        Check(nameof(options.InFlight), options.InFlight, 64);
        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);

        void Check(string setting, int value, int most)
        {
            if (value < 1 || value > most)
            {
                faults.Add($"{DeliveryOptions.Section}:{setting} is {value}; it must be from 1 to {most}.");
            }
        }
    }
}
