using System.Security.Cryptography;
using System.Text.Json;
using Reassembly.Testing;

namespace Reassembly.EndToEnd.Tests.Killing;

/// <summary>Looks at what the server delivered into its directory.</summary>
internal static class DeliveredFiles
{
    /// <summary>Each payload and its description are there and right, and nothing else.</summary>
    public static async Task AssertExactlyAsync(string folder, IReadOnlyCollection<SentPayload> sent)
    {
        // One after the other, each with several waits for the disk.
        await Eventually.TrueAsync(
            () => Visible(folder).Count >= 2 * sent.Count, $"{sent.Count} payloads and their descriptions lie in {folder}", TimeSpan.FromMinutes(5));
        var files = Visible(folder);
        Assert.Equal(2 * sent.Count, files.Count);
        foreach (var one in sent)
        {
            var payload = await File.ReadAllBytesAsync(files[one.Id.ToString()]);
            Assert.True(payload.AsSpan().SequenceEqual(one.Bytes()), $"message {one.Id} was delivered with other bytes");
            using var json = JsonDocument.Parse(await File.ReadAllTextAsync(files[$"{one.Id}.json"]));
            var description = json.RootElement;
            Assert.Equal(one.Id.ToString(), description.GetProperty("id").GetString());
            Assert.Equal(SdkLoad.Channel, description.GetProperty("channel").GetString());
            Assert.Equal(one.Size, description.GetProperty("size").GetInt64());
            Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(payload)), description.GetProperty("sha256").GetString());
            Assert.Equal("application/x-test", description.GetProperty("contentType").GetString());
            Assert.Equal($$"""{"number":"{{one.Seed}}"}""", description.GetProperty("headers").GetRawText().Replace(" ", string.Empty, StringComparison.Ordinal).ReplaceLineEndings(string.Empty));
            Assert.InRange(description.GetProperty("attempt").GetInt32(), 1, int.MaxValue);
        }
    }

    private static Dictionary<string, string> Visible(string folder)
        => Directory.Exists(folder)
            ? Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
                .Where(path => !Path.GetFileName(path).StartsWith('.'))
                .ToDictionary(path => Path.GetFileName(path))
            : [];
}
