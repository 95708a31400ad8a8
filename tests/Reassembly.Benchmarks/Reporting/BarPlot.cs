using System.Globalization;
using System.Xml.Linq;

namespace Reassembly.Benchmarks.Reporting;

/// <summary>
/// The rows of a report as bars, one panel for each unit with a scale of its own: the median as a bar, the spread of the runs as a whisker, what is to
/// be reached as a dashed mark.
/// </summary>
internal static class BarPlot
{
    private const double LabelWidth = 420;
    private const double PlotWidth = 360;
    private const double ValueWidth = 190;
    private const double RowHeight = 22;
    private const double TitleHeight = 34;
    private const double Margin = 12;
    private const string Plain = "#6b8fb3";
    private const string Reached = "#5d9c6a";
    private const string Missed = "#c4605a";
    private const string Ink = "#222222";

    private static readonly XNamespace Svg = "http://www.w3.org/2000/svg";

    public static string Of(Report report)
    {
        var panels = report.Rows.GroupBy(static row => row.Unit).ToList();
        var height = (2 * Margin) + (panels.Count * TitleHeight) + (report.Rows.Count * RowHeight);
        var width = (2 * Margin) + LabelWidth + PlotWidth + ValueWidth;
        var plot = new XElement(
            Svg + "svg",
            new XAttribute("viewBox", $"0 0 {Text(width)} {Text(height)}"),
            new XAttribute("width", Text(width)),
            new XAttribute("height", Text(height)),
            new XAttribute("font-family", "sans-serif"),
            new XAttribute("font-size", "12"),
            Rectangle(0, 0, width, height, "#ffffff"));
        var y = Margin;
        foreach (var panel in panels)
        {
            plot.Add(Label(Margin, y + TitleHeight - 12, $"{report.Scenario}: {panel.Key}", "start", bold: true));
            y += TitleHeight;
            var most = panel.Max(static row => Math.Max(row.Most, row.Bar?.Value ?? 0));
            var scale = most > 0 ? PlotWidth / most : 0;
            foreach (var row in panel)
            {
                plot.Add(RowOf(row, y, scale));
                y += RowHeight;
            }
        }

        return plot + "\n";
    }

    private static IEnumerable<XElement> RowOf(ReportRow row, double y, double scale)
    {
        var left = Margin + LabelWidth;
        var middle = y + (RowHeight / 2);
        yield return Label(left - 8, middle + 4, row.What, "end");
        yield return Rectangle(left, y + 3, At(row.Median), RowHeight - 6, row.Reached switch { true => Reached, false => Missed, null => Plain });
        if (row.Runs.Count > 1)
        {
            yield return Line(left + At(row.Least), middle, left + At(row.Most), middle);
            yield return Line(left + At(row.Least), middle - 4, left + At(row.Least), middle + 4);
            yield return Line(left + At(row.Most), middle - 4, left + At(row.Most), middle + 4);
        }

        if (row.Bar is { } bar)
        {
            yield return Line(left + At(bar.Value), y + 1, left + At(bar.Value), y + RowHeight - 1, dashed: true);
        }

        yield return Label(left + PlotWidth + 8, middle + 4, $"{Figures.Spread(row.Runs)}{(row.Bar is null ? "" : $", bar {row.Bar}")}", "start");

        double At(double value) => Math.Max(0, value * scale);
    }

    private static XElement Rectangle(double x, double y, double width, double height, string fill) => new(
        Svg + "rect",
        new XAttribute("x", Text(x)),
        new XAttribute("y", Text(y)),
        new XAttribute("width", Text(width)),
        new XAttribute("height", Text(height)),
        new XAttribute("fill", fill));

    private static XElement Line(double x1, double y1, double x2, double y2, bool dashed = false) => new(
        Svg + "line",
        new XAttribute("x1", Text(x1)),
        new XAttribute("y1", Text(y1)),
        new XAttribute("x2", Text(x2)),
        new XAttribute("y2", Text(y2)),
        new XAttribute("stroke", Ink),
        dashed ? new XAttribute("stroke-dasharray", "3 2") : null);

    private static XElement Label(double x, double y, string text, string anchor, bool bold = false) => new(
        Svg + "text",
        new XAttribute("x", Text(x)),
        new XAttribute("y", Text(y)),
        new XAttribute("text-anchor", anchor),
        new XAttribute("fill", Ink),
        bold ? new XAttribute("font-weight", "bold") : null,
        text);

    private static string Text(double value) => value.ToString("0.##", CultureInfo.InvariantCulture);
}
