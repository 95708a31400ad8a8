using Reassembly.Storage.Disk;

namespace Reassembly.Storage.Tests.Disk;

/// <summary>Stops the store at a step, the first time, until it is opened; a test that fails opens it too, so that nothing hangs.</summary>
internal sealed class Gate : IDisposable
{
    private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _open = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Gate(DiskHarness harness, DiskStoreStep at) => harness.Probe = (step, _) =>
    {
        if (step == at && _reached.TrySetResult())
        {
            _open.Task.GetAwaiter().GetResult();
        }
    };

    public Task Reached => _reached.Task;

    public void Open() => _open.TrySetResult();

    public void Dispose() => Open();
}
