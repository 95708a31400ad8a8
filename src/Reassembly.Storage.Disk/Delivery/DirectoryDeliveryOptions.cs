namespace Reassembly.Storage.Disk.Delivery;

/// <summary>The settings under <c>Reassembly:Delivery</c>.</summary>
public sealed class DirectoryDeliveryOptions
{
    public const string Section = "Reassembly:Delivery";

    /// <summary>Where committed payloads appear, as <c>channel/id</c> with <c>channel/id.json</c> beside it.</summary>
    /// <value>Unset: no such delivery.</value>
    public string? Directory { get; set; }
}
