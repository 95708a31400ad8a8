namespace Reassembly.Client.Cutting;

/// <summary>Bytes of payload that one chunk may have: those of the current connection, they may change with the next.</summary>
internal readonly record struct CutLimits(int MinBytes, int MaxBytes);
