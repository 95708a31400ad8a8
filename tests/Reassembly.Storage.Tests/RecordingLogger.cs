using Microsoft.Extensions.Logging;
using Reassembly.Storage.Disk;
using Reassembly.Storage.Postgres;

namespace Reassembly.Storage.Tests;

/// <summary>Keeps the lines a store logs.</summary>
internal sealed class RecordingLogger : ILogger<DiskMessageStore>, ILogger<PostgresMessageStore>
{
    private readonly List<(LogLevel Level, string Text)> _lines = [];
    private readonly TaskCompletionSource _firstFault = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes with the first line that is a warning or worse.</summary>
    public Task FirstFault => _firstFault.Task;

    public IReadOnlyList<string> Faults
    {
        get
        {
            lock (_lines)
            {
                return [.. _lines.Where(line => line.Level >= LogLevel.Warning).Select(line => line.Text)];
            }
        }
    }

    public IReadOnlyList<string> All
    {
        get
        {
            lock (_lines)
            {
                return [.. _lines.Select(line => line.Text)];
            }
        }
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        lock (_lines)
        {
            _lines.Add((logLevel, formatter(state, exception)));
        }

        if (logLevel >= LogLevel.Warning)
        {
            _firstFault.TrySetResult();
        }
    }
}
