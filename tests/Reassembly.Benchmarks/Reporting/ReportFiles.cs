using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Reassembly.Benchmarks.Reporting;

/// <summary>Writes what a scenario found: for programs, for readers, and as a plot.</summary>
internal static class ReportFiles
{
    private const string Project = "Reassembly.Benchmarks.csproj";

    private static readonly JsonSerializerOptions Json = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Where this project lies, as sources; the folder that it was started in where it was built elsewhere.</summary>
    public static string ProjectFolder { get; } = FindProject();

    /// <summary><c>results/</c> beside the project; a trial, whose figures mean nothing, writes elsewhere.</summary>
    public static string Folder => Effort.IsTrial
        ? Path.Combine(Path.GetTempPath(), "reassembly-trial-results")
        : Path.Combine(ProjectFolder, "results");

    /// <summary>Writes <c>NAME.json</c>, <c>NAME.md</c> and <c>NAME.svg</c>.</summary>
    /// <param name="report">What was found.</param>
    /// <param name="start">Read before it began.</param>
    public static async Task WriteAsync(Report report, Start start)
    {
        Directory.CreateDirectory(Folder);
        var circumstances = Circumstances.Now(start, report.Versions);
        var result = new { report.Scenario, report.IsReached, report.HasFailed, Effort.IsTrial, report.Seconds, circumstances, report.Rows, report.Notes };
        await WriteAsync(report, "json", JsonSerializer.Serialize(result, Json) + "\n");
        await WriteAsync(report, "md", MarkdownTable.Of(report, circumstances));
        await WriteAsync(report, "svg", BarPlot.Of(report));
    }

    private static Task WriteAsync(Report report, string extension, string text)
        => File.WriteAllTextAsync(Path.Combine(Folder, $"{report.Scenario}.{extension}"), text);

    private static string FindProject()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, Project)))
            {
                return folder.FullName;
            }
        }

        return Environment.CurrentDirectory;
    }
}
