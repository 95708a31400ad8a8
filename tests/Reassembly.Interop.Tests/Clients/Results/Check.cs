namespace Reassembly.Interop.Tests.Clients.Results;

/// <summary>What is tried with each library; the columns of the table in the README, in their order.</summary>
internal enum Check
{
    Cut,
    Narrow,
    Received,
    Refused,
    Raw,
    Json,
    Deflate,
    Encodings,
}
