using System.CommandLine;
using Reassembly.Cli.Commands;
using Reassembly.Cli.Doctor.Judging;
using Reassembly.Cli.Doctor.Logs;
using Reassembly.Cli.Doctor.Printing;
using Reassembly.Cli.Doctor.Probing;
using Reassembly.Cli.Output;

namespace Reassembly.Cli.Doctor;

/// <summary><c>reassembly doctor URL…</c> and <c>reassembly doctor --from-log FILE|-</c></summary>
internal static class DoctorCommand
{
    private const string Description = """
        Finds out what too big a WebSocket message meets: the largest frame and message that pass, who refuses more, what to set there,
        and whether that helps. Give several addresses (through the proxy, past it) to find the lower of two hops. It sends messages of
        zeros (or one JSON string), and a bounded number of bytes in all. With --from-log it explains error lines instead.

        Exit codes: 0 examined (or a line explained), 1 unexpected failure, 2 wrong usage, 3 every address refuses the upgrade, 4 no address
        can be reached, 7 no line is known, 130 cancelled (Ctrl+C).
        """;

    public static Command Create()
    {
        var arguments = new DoctorArguments();
        var command = new Command("doctor", Description);
        arguments.AddTo(command);
        command.SetAction((parsed, cancellationToken) => Failures.GuardAsync(
            () => arguments.FromLog(parsed) is { } log
                ? ExplainAsync(log, arguments.Json(parsed), cancellationToken)
                : ExamineAsync(arguments.Urls(parsed), arguments.Read(parsed), arguments.Json(parsed), cancellationToken),
            cancellationToken));
        return command;
    }

    private static async Task<int> ExamineAsync(IReadOnlyList<Uri> urls, DoctorOptions options, bool json, CancellationToken cancellationToken)
    {
        var diagnoses = new List<Diagnosis>();
        foreach (var url in urls)
        {
            // One after the other: what they have in common is not loaded twice at once, and their times can be compared.
            diagnoses.Add(Judge.Diagnose(await new Prober(url, options, TimeProvider.System).ExamineAsync(cancellationToken)));
        }

        await Console.Out.WriteLineAsync(json ? CliJson.Write(DoctorJsonWriter.From(diagnoses)) : ReportText.Write(diagnoses));
        return diagnoses switch
        {
            _ when diagnoses.Any(diagnosis => diagnosis.Seen.IsUpgraded) => ExitCodes.Ok,
            _ when diagnoses.Any(diagnosis => diagnosis.Seen.Upgrade is not null) => ExitCodes.Rejected,
            _ => ExitCodes.GaveUp,
        };
    }

    private static async Task<int> ExplainAsync(string file, bool json, CancellationToken cancellationToken)
    {
        using var log = file == "-" ? Console.In : new StreamReader(file);
        var findings = await LogReader.ReadAsync(log, cancellationToken);
        if (json)
        {
            await Console.Out.WriteLineAsync(CliJson.Write(DoctorJsonWriter.From(findings)));
        }
        else if (findings.Count > 0)
        {
            await Console.Out.WriteLineAsync(LogText.Write(findings));
        }
        else
        {
            await Console.Error.WriteLineAsync("reassembly: no line is one that is known here");
        }

        return findings.Count > 0 ? ExitCodes.Ok : ExitCodes.NothingKnown;
    }
}
