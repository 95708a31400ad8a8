using Microsoft.Extensions.Options;

namespace Reassembly.Hosting;

/// <summary>Tells what stopped the start in one sentence.</summary>
internal static class StartFault
{
    /// <summary>Where the host logs what stopped it, with a stack trace.</summary>
    public const string HostCategory = "Microsoft.Extensions.Hosting.Internal.Host";

    /// <summary>Whether the start is over.</summary>
    public static bool HasStarted { get; set; }

    /// <summary>The host's own account of a failed start is kept back; faults after that are shown.</summary>
    public static bool ShowsHostFaults(LogLevel level) => HasStarted && level >= LogLevel.Information;

    public static string Sentence(Exception fault) => fault switch
    {
        OptionsValidationException invalid => string.Join(' ', invalid.Failures),
        AggregateException { InnerExceptions: [var only, ..] } => Sentence(only),
        _ => fault.Message,
    };
}
