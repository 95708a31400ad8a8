using System.Text.Json;

namespace Reassembly.Interop.Tests.Doctor;

/// <summary>Runs the doctor as a program does.</summary>
internal static class DoctorRun
{
    /// <summary>How long a server has for one answer: much, as the machine may be busy with other tests.</summary>
    private const string Patience = "60";

    public static Task<JsonElement> ExamineAsync(params Uri[] urls) => ExamineAsync([.. urls.Select(url => url.ToString())]);

    public static Task<JsonElement> ExamineAsync(params string[] arguments) => RunAsync(["--timeout", Patience, .. arguments]);

    public static Task<JsonElement> ExplainAsync(string file) => RunAsync(["--from-log", file]);

    private static async Task<JsonElement> RunAsync(string[] arguments)
    {
        var (code, output, error) = await CliProcess.RunAsync(["doctor", "--json", .. arguments]);
        Assert.True(code == 0, $"exit code {code}: {error}{output}");
        using var document = JsonDocument.Parse(output);
        return document.RootElement.Clone();
    }
}
