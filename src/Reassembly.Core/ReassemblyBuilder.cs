using Microsoft.Extensions.DependencyInjection;

namespace Reassembly.Core;

/// <summary>What <c>AddReassembly()</c> returns: adapters hang their <c>Use…</c> and <c>Add…</c> methods on it.</summary>
public sealed class ReassemblyBuilder(IServiceCollection services)
{
    public IServiceCollection Services { get; } = services;
}
