using Reassembly.Protocol;

namespace Reassembly.Core;

/// <summary>A message of a tenant: the same id of another tenant is another message (protocol section 3).</summary>
/// <param name="Tenant">Whoever opened it; <see cref="DefaultTenant"/> where nobody is asked to log in.</param>
/// <param name="Id">The id its sender chose.</param>
public readonly record struct MessageKey(string Tenant, MessageId Id)
{
    public const string DefaultTenant = "default";

    public static MessageKey Default(MessageId id) => new(DefaultTenant, id);

    public override string ToString() => Tenant == DefaultTenant ? Id.ToString() : $"{Tenant}/{Id}";
}
