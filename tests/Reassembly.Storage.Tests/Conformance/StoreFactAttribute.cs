using Reassembly.Testing.Postgres;
using Xunit.Abstractions;
using Xunit.Sdk;

namespace Reassembly.Storage.Tests.Conformance;

/// <summary>A test of every store; skipped, with a sentence, where its class needs something that is not here.</summary>
[XunitTestCaseDiscoverer("Reassembly.Storage.Tests.Conformance.StoreFactDiscoverer", "Reassembly.Storage.Tests")]
[AttributeUsage(AttributeTargets.Method)]
public sealed class StoreFactAttribute : FactAttribute;

/// <summary>A theory of every store; skipped, with a sentence, where its class needs something that is not here.</summary>
[XunitTestCaseDiscoverer("Reassembly.Storage.Tests.Conformance.StoreTheoryDiscoverer", "Reassembly.Storage.Tests")]
[AttributeUsage(AttributeTargets.Method)]
public sealed class StoreTheoryAttribute : TheoryAttribute;

/// <summary>A class of tests whose store is in a PostgreSQL.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class NeedsPostgresAttribute : Attribute
{
    internal static string? Missing(ITestMethod method)
        => method.TestClass.Class.GetCustomAttributes(typeof(NeedsPostgresAttribute)).Any() ? PostgresServer.Missing : null;
}

public sealed class StoreFactDiscoverer(IMessageSink diagnostics) : FactDiscoverer(diagnostics)
{
    protected override IXunitTestCase CreateTestCase(ITestFrameworkDiscoveryOptions discoveryOptions, ITestMethod testMethod, IAttributeInfo factAttribute)
        => NeedsPostgresAttribute.Missing(testMethod) is { } missing
            ? new XunitSkippedDataRowTestCase(
                DiagnosticMessageSink, discoveryOptions.MethodDisplayOrDefault(), discoveryOptions.MethodDisplayOptionsOrDefault(), testMethod, missing)
            : base.CreateTestCase(discoveryOptions, testMethod, factAttribute);
}

public sealed class StoreTheoryDiscoverer(IMessageSink diagnostics) : TheoryDiscoverer(diagnostics)
{
    public override IEnumerable<IXunitTestCase> Discover(ITestFrameworkDiscoveryOptions discoveryOptions, ITestMethod testMethod, IAttributeInfo theoryAttribute)
        => NeedsPostgresAttribute.Missing(testMethod) is { } missing
            ? [new XunitSkippedDataRowTestCase(
                DiagnosticMessageSink, discoveryOptions.MethodDisplayOrDefault(), discoveryOptions.MethodDisplayOptionsOrDefault(), testMethod, missing)]
            : base.Discover(discoveryOptions, testMethod, theoryAttribute);
}
