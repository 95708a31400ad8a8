using Reassembly.Core.Storage;
using Reassembly.Storage.Files.Payload;
using static Reassembly.Storage.Tests.Conformance.Messages;

namespace Reassembly.Storage.Tests.Files;

public sealed class PayloadFilesTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("reassembly-files-").FullName;
    private readonly List<string> _flushed = [];

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void The_entry_of_a_folder_that_somebody_else_made_is_flushed_before_its_first_file_counts()
    {
        var folder = Path.Combine(_root, "ab");
        Directory.CreateDirectory(folder);
        using var files = Open();

        files.WriteAndFlush(1, [new Segment(0, Bytes(10))], isNew: true);
        Assert.Equal([folder, PathOf(1)], _flushed);

        files.WriteAndFlush(2, [new Segment(0, Bytes(10))], isNew: true);
        files.WriteAndFlush(2, [new Segment(10, Bytes(10))], isNew: false);
        Assert.Equal([folder, PathOf(1), PathOf(2)], _flushed);
    }

    [Fact]
    public void The_entry_of_a_folder_that_was_removed_and_made_again_is_flushed_again()
    {
        using var files = Open();
        files.WriteAndFlush(1, [new Segment(0, Bytes(10))], isNew: true);
        files.Delete(1);
        Directory.Delete(Path.Combine(_root, "ab"));
        _flushed.Clear();

        files.WriteAndFlush(2, [new Segment(0, Bytes(10))], isNew: true);
        Assert.Equal([Path.Combine(_root, "ab"), PathOf(2)], _flushed);
    }

    private PayloadFiles<int> Open() => new(_root, PathOf, (step, path) =>
    {
        if (step == PayloadStep.FolderFlushed)
        {
            _flushed.Add(path);
        }
    });

    private string PathOf(int key) => Path.Combine(_root, "ab", $"{key}.payload");
}
