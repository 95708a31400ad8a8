namespace Reassembly.Client.Sending;

/// <summary>How a payload is compressed before it is cut into chunks.</summary>
public enum PayloadCompression
{
    /// <summary>Sent as it is.</summary>
    None,

    /// <summary><c>gzip</c></summary>
    Gzip,

    /// <summary><c>br</c></summary>
    Brotli,
}
