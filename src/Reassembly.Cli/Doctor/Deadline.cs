namespace Reassembly.Cli.Doctor;

/// <summary>A token that ends with its parent or when a time is over, whichever is first.</summary>
internal sealed class Deadline : IDisposable
{
    private readonly CancellationTokenSource _time;
    private readonly CancellationTokenSource _either;

    public Deadline(TimeProvider clock, TimeSpan time, CancellationToken parent)
    {
        _time = new CancellationTokenSource(time > TimeSpan.Zero ? time : TimeSpan.Zero, clock);
        _either = CancellationTokenSource.CreateLinkedTokenSource(_time.Token, parent);
    }

    public CancellationToken Token => _either.Token;

    public void Dispose()
    {
        _either.Dispose();
        _time.Dispose();
    }
}
