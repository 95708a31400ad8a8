using Microsoft.AspNetCore.Builder;
using Reassembly.Edge.Tests.Hosting;

namespace Reassembly.Edge.Tests;

public sealed class SettingsTests
{
    [Theory]
    [InlineData("Reassembly:Limits:FrameBytes", "12")]
    [InlineData("Reassembly:Limits:FrameBytes", "many")]
    [InlineData("Reassembly:Edge:ConnectionBufferBytes", "1000")]
    [InlineData("Reassembly:Edge:DrainSeconds", "-1")]
    [InlineData("Reassembly:Edge:Node", "")]
    public async Task A_wrong_setting_stops_the_start_and_is_named(string setting, string value)
    {
        var fault = await Assert.ThrowsAnyAsync<Exception>(() => EdgeHost.StartAsync(new Dictionary<string, string?> { [setting] = value }));
        Assert.Contains(setting, fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Reassembly:Limits:FrameByts")]
    [InlineData("Reassembly:Edge:Color")]
    public async Task An_unknown_setting_stops_the_start_and_is_named(string setting)
    {
        var fault = await Assert.ThrowsAnyAsync<Exception>(() => EdgeHost.StartAsync(new Dictionary<string, string?> { [setting] = "1" }));
        Assert.Contains(setting.Split(':')[^1], fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_missing_call_is_named()
    {
        await using var bare = WebApplication.CreateBuilder().Build();
        Assert.Contains("AddReassembly()", Assert.Throws<InvalidOperationException>(() => bare.MapReassembly()).Message, StringComparison.Ordinal);

        var builder = WebApplication.CreateBuilder();
        builder.Services.AddReassembly();
        await using var storeless = builder.Build();
        Assert.Contains("UseDiskStorage()", Assert.Throws<InvalidOperationException>(() => storeless.MapReassembly()).Message, StringComparison.Ordinal);
    }
}
