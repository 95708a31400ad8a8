using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using System.Security.Cryptography;
using Reassembly.Testing.Receiving;

namespace Reassembly.Cluster.Tests.Receiving;

/// <summary>
/// The product's own <c>receive</c>, into one folder over all its starts. What it has is what lies in the folder; each line that it prints is
/// a delivery that it acknowledged. A file without a line is one that it was killed over.
/// </summary>
internal sealed class CliReceiver(string name, Uri to, string channel) : IStormReceiver, IDisposable
{
    private const string ThereAlready = " is there already";

    private static readonly string CliPath = typeof(CliReceiver).Assembly
        .GetCustomAttributes<AssemblyMetadataAttribute>().Single(static attribute => attribute.Key == "CliPath").Value!;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("reassembly-test-inbox-");
    private readonly ConcurrentQueue<Receipt> _lines = new();
    private Process? _process;

    public string Name => name;

    public KillTarget Target => KillTarget.Subscriber;

    public int Process => _process!.Id;

    public bool HasExited => _process!.HasExited;

    /// <summary>What it printed on stderr, over all starts.</summary>
    public ConcurrentQueue<string> Notes { get; } = new();

    public IReadOnlyList<Receipt> Receipts
    {
        get
        {
            // In this order: a file is there before its line is.
            var lines = _lines.ToArray();
            var told = lines.Select(static line => line.Id).ToHashSet(StringComparer.Ordinal);
            return [.. lines, .. _folder.GetFiles().Where(file => file.Name[0] != '.' && !told.Contains(file.Name)).Select(Of)];
        }
    }

    public Receipt? Last => null;

    /// <summary>Repeats of what it had already.</summary>
    public int Repeats => Notes.Count(static note => note.EndsWith(ThereAlready, StringComparison.Ordinal));

    public Task StartAsync()
    {
        _process?.Dispose();
        var start = new ProcessStartInfo("dotnet", [CliPath, "receive", "--channel", channel, "-o", _folder.FullName, "--to", to.ToString()])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        var process = _process = System.Diagnostics.Process.Start(start)!;
        var id = process.Id;
        process.OutputDataReceived += (_, line) => Hear(id, line.Data);
        process.ErrorDataReceived += (_, line) => Note(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return Task.CompletedTask;
    }

    /// <summary>SIGKILL; returns when its last line was heard.</summary>
    public async Task KillAsync()
    {
        _process!.Kill();
        await _process.WaitForExitAsync();
    }

    public void Dispose()
    {
        if (_process is { } process)
        {
            process.Kill();
            process.WaitForExit();
            process.Dispose();
        }

        _folder.Delete(recursive: true);
    }

    private void Hear(int process, string? line)
    {
        if (line?.Split(' ') is [var id, _, _, var attempt])
        {
            _lines.Enqueue(Of(new FileInfo(Path.Combine(_folder.FullName, id))) with { Process = process, Attempt = long.Parse(attempt, CultureInfo.InvariantCulture) });
        }
    }

    private void Note(string? line)
    {
        if (line is not null)
        {
            Notes.Enqueue(line);
        }
    }

    /// <summary>By the bytes of the file, whatever the line says.</summary>
    private Receipt Of(FileInfo file)
    {
        if (!file.Exists)
        {
            return new Receipt(ReceiptKind.Fault, 0, TimeProvider.System.GetUtcNow()) { Id = file.Name, Text = $"{file.Name} was told and is not there" };
        }

        using var content = file.OpenRead();
        return new Receipt(ReceiptKind.Has, 0, TimeProvider.System.GetUtcNow())
        {
            Id = file.Name,
            Channel = channel,
            Size = content.Length,
            Sha256 = Convert.ToHexStringLower(SHA256.HashData(content)),
        };
    }
}
