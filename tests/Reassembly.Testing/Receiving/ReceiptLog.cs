using System.Text.Json;

namespace Reassembly.Testing.Receiving;

/// <summary>
/// Receipts of one process, a line each in a file of its own. A line is written with one call and handed to the system before that
/// returns: what kills the process afterwards does not take it back.
/// </summary>
public sealed class ReceiptLog : IDisposable
{
    private const string Files = "*.jsonl";
    private const int LongestLine = 4096;

    private readonly Lock _gate = new();
    private readonly FileStream _file;

    /// <param name="folder">Where the files of all processes are.</param>
    public ReceiptLog(string folder)
    {
        var name = $"{TimeProvider.System.GetUtcNow().Ticks:d20}-{Environment.ProcessId}.jsonl";
        _file = new FileStream(Path.Combine(folder, name), FileMode.CreateNew, FileAccess.Write, FileShare.Read, bufferSize: 0);
    }

    public void Write(ReceiptKind kind, Func<Receipt, Receipt> fill)
    {
        ArgumentNullException.ThrowIfNull(fill);
        lock (_gate)
        {
            var receipt = fill(new Receipt(kind, Environment.ProcessId, TimeProvider.System.GetUtcNow()));
            _file.Write([.. JsonSerializer.SerializeToUtf8Bytes(receipt), (byte)'\n']);
            _file.Flush();
        }
    }

    public void Fault(string text) => Write(ReceiptKind.Fault, receipt => receipt with { Text = text });

    public void Dispose() => _file.Dispose();

    /// <summary>What the process that started last wrote down last; null where it has not.</summary>
    public static Receipt? ReadLast(string folder)
    {
        if (Directory.EnumerateFiles(folder, Files).Order(StringComparer.Ordinal).LastOrDefault() is not { } path)
        {
            return null;
        }

        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        file.Position = Math.Max(0, file.Length - LongestLine);
        using var reader = new StreamReader(file);
        return reader.ReadToEnd().Split('\n') is [.., var last, _] && last.StartsWith('{') ? JsonSerializer.Deserialize<Receipt>(last) : null;
    }

    /// <summary>All that was written down in a folder: each process in its order, and they in the order of their starts. A line without an end was not.</summary>
    public static IReadOnlyList<Receipt> Read(string folder)
    {
        var receipts = new List<Receipt>();
        foreach (var path in Directory.EnumerateFiles(folder, Files).Order(StringComparer.Ordinal))
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            using var reader = new StreamReader(file);
            var lines = reader.ReadToEnd().Split('\n');
            receipts.AddRange(lines.SkipLast(1).Select(static line => JsonSerializer.Deserialize<Receipt>(line)!));
        }

        return receipts;
    }
}
