namespace Reassembly.Core.Storage;

/// <summary>What a store holds.</summary>
/// <param name="OpenMessages">Messages without an outcome.</param>
/// <param name="PayloadBytes">Durable bytes of all messages, open and committed.</param>
public readonly record struct StoreUsage(int OpenMessages, long PayloadBytes);
