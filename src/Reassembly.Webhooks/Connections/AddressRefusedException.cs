namespace Reassembly.Webhooks.Connections;

/// <summary>A host is at an address that its webhook may not be at. The message is the whole sentence.</summary>
internal sealed class AddressRefusedException(string message) : Exception(message);
