namespace Reassembly.Benchmarks.Peers;

/// <summary>What the sender runs on. Only senders of one kind are compared: a sender in Node costs more than most servers.</summary>
internal enum Sender
{
    DotNet,
    Node,
}
