using System.Text.RegularExpressions;

namespace Reassembly.Deploy.Tests.Code;

/// <summary>
/// Every setting there is, read from the text of the options classes: also of those that build only where Orleans restores. A test
/// holds it against the types themselves where they are at hand.
/// </summary>
internal static partial class SettingCatalogue
{
    public static IReadOnlyList<Setting> All { get; } = [.. Repository.Sources(".cs").SelectMany(Read)];

    /// <summary>The settings that a host knows: those of the projects it is built from.</summary>
    public static IEnumerable<Setting> Of(string host)
    {
        var projects = ProjectGraph.Closure(host);
        return All.Where(setting => projects.Contains(setting.Project));
    }

    /// <summary>The members of an enum of the sources; none where the type is no enum.</summary>
    public static IReadOnlyList<string> MembersOf(string type)
    {
        foreach (var path in Repository.Sources(type + ".cs"))
        {
            var match = Regex.Match(File.ReadAllText(path), $@"enum {type}\s*\{{(.*?)\n\s*\}}", RegexOptions.Singleline);
            if (match.Success)
            {
                return [.. EnumMember().Matches(match.Groups[1].Value).Select(member => member.Groups[1].Value)];
            }
        }

        return [];
    }

    private static IEnumerable<Setting> Read(string path)
    {
        var text = File.ReadAllText(path);
        var project = Path.GetRelativePath(Path.Combine(Repository.Root, "src"), path).Split(Path.DirectorySeparatorChar)[0];
        var scalars = Scalar().Matches(text).Select(match => new Setting(match.Groups[1].Value, "string", string.Empty, project));
        var section = Section().Match(text);
        if (!section.Success)
        {
            return scalars;
        }

        // The class that holds the constant; a validator may follow it in the same file.
        var end = text.IndexOf("\n}", section.Index, StringComparison.Ordinal);
        return Property().Matches(text[section.Index..end]).Select(property => new Setting(
            $"{section.Groups[1].Value}:{property.Groups[2].Value}", property.Groups[1].Value, property.Groups[3].Value, project));
    }

    /// <summary>A setting that is no section: a constant with its whole path.</summary>
    [GeneratedRegex("const string (?!Section)\\w+ = \"(Reassembly:\\w+)\";")]
    private static partial Regex Scalar();

    [GeneratedRegex("const string Section = \"(Reassembly[^\"]*)\";")]
    private static partial Regex Section();

    [GeneratedRegex(@"public ([\w?<>]+) (\w+) \{ get; (?:set|init); \}(?: = ([^;]+);)?")]
    private static partial Regex Property();

    [GeneratedRegex(@"^\s*(\w+)(?:\s*=[^,]*)?,?\s*$", RegexOptions.Multiline)]
    private static partial Regex EnumMember();
}
