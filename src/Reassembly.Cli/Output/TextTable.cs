namespace Reassembly.Cli.Output;

/// <summary>Rows in columns as wide as their widest cell, for people and for <c>awk</c>.</summary>
internal static class TextTable
{
    private const string Gap = "  ";

    public static string Format(string[] head, IEnumerable<string[]> rows)
    {
        string[][] all = [head, .. rows];
        var widths = head.Select((_, column) => all.Max(row => row[column].Length)).ToArray();
        return string.Join('\n', all.Select(row => string.Join(Gap, row.Select((cell, column) => cell.PadRight(widths[column]))).TrimEnd()));
    }

    public static string Time(DateTimeOffset? time) => time is { } known ? $"{known.UtcDateTime:yyyy-MM-ddTHH:mm:ssZ}" : "-";
}
