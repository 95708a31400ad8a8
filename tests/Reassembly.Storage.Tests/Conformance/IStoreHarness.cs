using Reassembly.Core.Storage;

namespace Reassembly.Storage.Tests.Conformance;

/// <summary>A store under test.</summary>
public interface IStoreHarness : IAsyncDisposable
{
    IMessageStore Store { get; }

    IMessageCatalogue Catalogue { get; }

    IDeliveryLedger Ledger { get; }
}

/// <summary>A store that outlives its process, and can be made to die at each of its steps.</summary>
public interface IDurableStoreHarness : IStoreHarness
{
    /// <summary>The names of its steps, in their order.</summary>
    IReadOnlyList<string> Steps { get; }

    /// <summary>Those of the steps at which a failure leaves nothing behind: all but what follows the commit.</summary>
    IReadOnlyList<string> FailingSteps { get; }

    /// <summary>From the given step on nothing of the store happens any more, as if the process were dead. Cleared by <see cref="ReopenAsync"/>.</summary>
    /// <param name="stepName">One of <see cref="Steps"/>.</param>
    /// <param name="skip">How often the step is passed before.</param>
    void DieAt(string stepName, int skip);

    /// <summary>The next time the step is reached it fails once.</summary>
    void FailAt(string stepName);

    /// <summary>The process dies, if it has not yet, and another opens what it left behind.</summary>
    ValueTask ReopenAsync();
}
