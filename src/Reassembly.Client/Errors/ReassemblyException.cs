using Reassembly.Protocol.Errors;

namespace Reassembly.Client.Errors;

/// <summary>What every failure of this client derives from, cancellation and misuse aside.</summary>
public class ReassemblyException : Exception
{
    public ReassemblyException(string message)
        : base(message)
    {
    }

    public ReassemblyException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }

    public ReassemblyException(string message, ProtocolError? error, Exception? innerException = null)
        : base(message, innerException)
    {
        Error = error;
    }

    /// <summary>What the server said, where it said something.</summary>
    public ProtocolError? Error { get; }

    /// <summary>The server's error code, where there is one.</summary>
    public ErrorCode? Code => Error?.Code;

    /// <summary>The limit that was passed, its value, what came, and the hop that keeps it, where the server named one.</summary>
    public LimitDetail? Limit => Error?.Limit;
}
