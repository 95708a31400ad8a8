using Reassembly.Core.Storage;
using Reassembly.Storage.Disk;
using Reassembly.Storage.Tests.Conformance;
using Reassembly.Testing;

namespace Reassembly.Storage.Tests.Disk;

/// <summary>
/// A disk store in a temporary folder. Its death is a loss of power: what it left is copied, and of each payload file the bytes
/// that were not flushed become noise, and a file whose folder was not flushed is gone; the copy is opened anew.
/// </summary>
internal sealed class DiskHarness : IDurableStoreHarness
{
    private readonly object _gate = new();
    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("reassembly-disk-");
    private readonly Dictionary<string, byte[]> _flushed = [];
    private readonly HashSet<string> _inFolder = [];
    private DiskMessageStore _store;
    private DiskStoreStep? _dieAt;
    private DiskStoreStep? _failAt;
    private int _skip;
    private bool _dead;
    private int _lives;

    public DiskHarness()
    {
        Folder = Path.Combine(_root.FullName, "0");
        _store = OpenStore();
    }

    public string Folder { get; private set; }

    public ManualTimeProvider Time { get; } = new();

    public RecordingLogger Log { get; } = new();

    public DiskMessageStore Disk => _store;

    public IMessageStore Store => _store;

    public IMessageCatalogue Catalogue => _store;

    public IDeliveryLedger Ledger => _store;

    public IReadOnlyList<string> Steps { get; } = Enum.GetNames<DiskStoreStep>();

    public IReadOnlyList<string> FailingSteps => [.. Steps.Where(step => step != nameof(DiskStoreStep.CatalogueCommitted))];

    /// <summary>Called at each step, before the harness does its own.</summary>
    public DiskStoreProbe? Probe { get; set; }

    public void DieAt(string stepName, int skip)
    {
        lock (_gate)
        {
            _dieAt = Enum.Parse<DiskStoreStep>(stepName);
            _skip = skip;
        }
    }

    public void FailAt(string stepName)
    {
        lock (_gate)
        {
            _failAt = Enum.Parse<DiskStoreStep>(stepName);
        }
    }

    public async ValueTask ReopenAsync()
    {
        var next = Path.Combine(_root.FullName, $"{++_lives}");
        CopyWhatIsLeft(Folder, next);
        await _store.DisposeAsync();
        Directory.Delete(Folder, recursive: true);
        Folder = next;
        _dead = false;
        _dieAt = null;
        _failAt = null;
        _flushed.Clear();
        _inFolder.Clear();
        foreach (var file in Directory.EnumerateFiles(Path.Combine(next, "payload"), "*", SearchOption.AllDirectories))
        {
            _flushed[file] = File.ReadAllBytes(file);
            _inFolder.Add(file);
        }

        _store = OpenStore();
    }

    public async ValueTask DisposeAsync()
    {
        await _store.DisposeAsync();
        _root.Delete(recursive: true);
    }

    public string[] PayloadFiles() => Directory.GetFiles(Path.Combine(Folder, "payload"), "*", SearchOption.AllDirectories);

    private DiskMessageStore OpenStore()
    {
        var store = new DiskMessageStore(new DiskStoreOptions { Path = Folder }, Time, Log, OnStep);
        store.Open();
        return store;
    }

    private void OnStep(DiskStoreStep step, string path)
    {
        Probe?.Invoke(step, path);
        lock (_gate)
        {
            if (step == DiskStoreStep.BytesFlushed && !_dead)
            {
                _flushed[path] = File.ReadAllBytes(path);
            }
            else if (step == DiskStoreStep.FolderFlushed && !_dead)
            {
                _inFolder.Add(path);
            }

            if (_failAt == step)
            {
                _failAt = null;
                throw new IOException($"injected at {step}");
            }

            _dead |= _dieAt == step && _skip-- == 0;
            if (_dead)
            {
                throw new IOException($"dead since {_dieAt}");
            }
        }
    }

    private void CopyWhatIsLeft(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (var file in Directory.EnumerateFiles(from, "catalogue.db*").Where(file => !file.EndsWith("-shm", StringComparison.Ordinal)))
        {
            File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
        }

        Directory.CreateDirectory(Path.Combine(to, "payload"));
        foreach (var file in Directory.EnumerateFiles(Path.Combine(from, "payload"), "*", SearchOption.AllDirectories).Where(_inFolder.Contains))
        {
            var bytes = File.ReadAllBytes(file);
            var flushed = _flushed[file];
            for (var index = 0; index < bytes.Length; index++)
            {
                bytes[index] = index < flushed.Length && flushed[index] == bytes[index] ? bytes[index] : (byte)~bytes[index];
            }

            var copy = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.WriteAllBytes(copy, bytes);
        }
    }
}
