using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Reassembly.Core;
using Reassembly.Core.Delivery;
using Reassembly.Core.Storage;
using Reassembly.Protocol.Control;
using Reassembly.Storage.Disk.Delivery;
using Reassembly.Storage.Tests.Conformance;
using static Reassembly.Storage.Tests.Conformance.Messages;

namespace Reassembly.Storage.Tests.Delivery;

public sealed class DirectorySinkTests : IDisposable
{
    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("reassembly-sink-");
    private readonly InMemoryMessageStore _store = new();
    private readonly DirectorySink _sink;

    public DirectorySinkTests() => _sink = new DirectorySink(Root);

    private string Root => Path.Combine(_root.FullName, "out");

    public void Dispose() => _root.Delete(recursive: true);

    [Fact]
    public async Task A_payload_appears_whole_with_its_description_beside_it()
    {
        var key = NewKey();
        var bytes = Bytes(500_000);
        await _sink.DeliverAsync(await CommitAsync(key, bytes, attempt: 3), CancellationToken.None);

        var path = Path.Combine(Root, "invoices", key.Id.ToString());
        Assert.Equal(bytes, await File.ReadAllBytesAsync(path));
        var json = JsonDocument.Parse(await File.ReadAllBytesAsync(path + ".json")).RootElement;
        Assert.Equal(key.Id.ToString(), json.GetProperty("id").GetString());
        Assert.Equal("invoices", json.GetProperty("channel").GetString());
        Assert.Equal(500_000, json.GetProperty("size").GetInt64());
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(bytes)), json.GetProperty("sha256").GetString());
        Assert.Equal("application/pdf", json.GetProperty("contentType").GetString());
        Assert.Equal("gzip", json.GetProperty("contentEncoding").GetString());
        Assert.Equal("ä \" \\ 日本", json.GetProperty("headers").GetProperty("trace").GetString());
        Assert.Equal(3, json.GetProperty("attempt").GetInt32());
        Assert.Equal(2, Names().Length);
    }

    [Fact]
    public async Task An_empty_payload_is_an_empty_file()
    {
        var key = NewKey();
        await _sink.DeliverAsync(await CommitAsync(key, []), CancellationToken.None);
        Assert.Empty(await File.ReadAllBytesAsync(Path.Combine(Root, "invoices", key.Id.ToString())));
    }

    [Fact]
    public async Task A_repeat_leaves_what_is_there()
    {
        var payload = await CommitAsync(NewKey(), Bytes(1000));
        await _sink.DeliverAsync(payload, CancellationToken.None);
        _sink.BeforeRename = _ => Assert.Fail("written again");
        await _sink.DeliverAsync(payload, CancellationToken.None);
    }

    [Theory]
    [InlineData(".json")]
    [InlineData("")]
    public async Task A_crash_before_a_rename_shows_no_payload_and_the_repeat_completes(string suffix)
    {
        var key = NewKey();
        var payload = await CommitAsync(key, Bytes(1000));
        var path = Path.Combine(Root, "invoices", key.Id.ToString());
        _sink.BeforeRename = target =>
        {
            if (target == path + suffix)
            {
                throw new IOException("crash");
            }
        };
        await Assert.ThrowsAsync<IOException>(() => _sink.DeliverAsync(payload, CancellationToken.None));
        Assert.False(File.Exists(path));

        await new DirectorySink(Root).DeliverAsync(payload, CancellationToken.None);
        Assert.Equal(Bytes(1000), await File.ReadAllBytesAsync(path));
        Assert.Equal([key.Id.ToString(), $"{key.Id}.json"], Names().Order());
    }

    [Fact]
    public async Task A_payload_without_its_description_or_of_another_size_is_written_again()
    {
        var key = NewKey();
        var payload = await CommitAsync(key, Bytes(1000));
        var path = Path.Combine(Root, "invoices", key.Id.ToString());
        await _sink.DeliverAsync(payload, CancellationToken.None);
        File.Delete(path + ".json");
        await _sink.DeliverAsync(payload, CancellationToken.None);
        Assert.True(File.Exists(path + ".json"));

        await File.WriteAllBytesAsync(path, Bytes(999));
        await _sink.DeliverAsync(payload, CancellationToken.None);
        Assert.Equal(Bytes(1000), await File.ReadAllBytesAsync(path));
    }

    [Fact]
    public async Task Bytes_with_another_digest_do_not_appear()
    {
        var payload = await CommitAsync(NewKey(), Bytes(1000), sha256: new string('0', 64));
        var fault = await Assert.ThrowsAsync<InvalidDataException>(() => _sink.DeliverAsync(payload, CancellationToken.None));
        Assert.Contains(payload.Id.ToString(), fault.Message, StringComparison.Ordinal);
        Assert.Empty(Names());
    }

    [Theory]
    [InlineData("plain-Name_1.txt", "plain-Name_1.txt")]
    [InlineData("..", "%2E.")]
    [InlineData(".hidden", "%2Ehidden")]
    [InlineData("../../etc/passwd", "%2E.%2F..%2Fetc%2Fpasswd")]
    [InlineData("a/b\\c:d~e", "a%2Fb%5Cc%3Ad%7Ee")]
    [InlineData("ä %00", "%C3%A4%20%2500")]
    public async Task Any_channel_is_one_folder_in_the_directory(string channel, string folder)
    {
        var key = NewKey();
        await _sink.DeliverAsync(await CommitAsync(key, Bytes(10), channel: channel), CancellationToken.None);
        Assert.True(File.Exists(Path.Combine(Root, folder, key.Id.ToString())));
        Assert.Equal([Path.Combine(Root, folder)], Directory.GetDirectories(Root));
    }

    [Fact]
    public async Task Long_channels_that_differ_only_at_their_end_keep_apart()
    {
        var start = new string('日', 254);
        await _sink.DeliverAsync(await CommitAsync(NewKey(), Bytes(10), channel: start + "1"), CancellationToken.None);
        await _sink.DeliverAsync(await CommitAsync(NewKey(), Bytes(10), channel: start + "2"), CancellationToken.None);
        var folders = Directory.GetDirectories(Root);
        Assert.Equal(2, folders.Length);
        Assert.All(folders, folder => Assert.True(Path.GetFileName(folder).Length <= 200));
    }

    [Fact]
    public async Task Another_tenant_has_a_folder_of_its_own()
    {
        var key = NewKey("acme/x");
        await _sink.DeliverAsync(await CommitAsync(key, Bytes(10)), CancellationToken.None);
        Assert.True(File.Exists(Path.Combine(Root, "acme%2Fx", "invoices", key.Id.ToString())));
    }

    [Theory]
    [InlineData(null, 0)]
    [InlineData("", 0)]
    [InlineData("./out", 1)]
    public void There_is_a_sink_only_where_the_setting_is(string? directory, int sinks)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection([new("Reassembly:Delivery:Directory", directory)]).Build();
        var builder = new ReassemblyBuilder(new ServiceCollection()).AddDirectoryDelivery(configuration);
        Assert.Equal(sinks, builder.Services.Count(service => service.ServiceType == typeof(IDeliverySink)));
    }

    private string[] Names() => [.. Directory.GetFiles(Root, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = 0 }).Select(path => Path.GetFileName(path)!)];

    private async Task<CommittedPayload> CommitAsync(MessageKey key, byte[] bytes, string channel = "invoices", string? sha256 = null, int attempt = 1)
    {
        var record = Ended(key, OutcomeState.Committed, bytes.Length, DeliveryState.Pending);
        record = record with
        {
            Open = Open(key) with { Channel = channel },
            Outcome = record.Outcome! with { Sha256 = sha256 ?? Convert.ToHexStringLower(SHA256.HashData(bytes)) },
        };
        await _store.WriteAsync(key, await _store.ClaimAsync(key), record, (0, bytes));
        return new CommittedPayload(_store, key, record, attempt);
    }
}
