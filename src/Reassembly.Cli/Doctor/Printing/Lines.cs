using System.Text;

namespace Reassembly.Cli.Doctor.Printing;

/// <summary>A report as text: rows of a name and what is to be said of it.</summary>
internal sealed class Lines
{
    private const int NameWidth = 12;

    private readonly StringBuilder _text = new();

    public void Paragraph(string text) => _text.Append(Printable(text)).Append('\n');

    public void Gap() => _text.Append('\n');

    public void Row(string name, params IEnumerable<string> lines)
    {
        var head = name;
        foreach (var line in lines)
        {
            _text.Append("  ").Append(head.PadRight(NameWidth)).Append(Printable(line)).Append('\n');
            head = string.Empty;
        }
    }

    public override string ToString() => _text.ToString().TrimEnd('\n');

    // What a peer says goes to a terminal: nothing in it may move the cursor.
    private static string Printable(string text) => string.Concat(text.Select(character => char.IsControl(character) ? '?' : character));
}
