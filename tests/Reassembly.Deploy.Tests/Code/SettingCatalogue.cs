using System.Text.RegularExpressions;
using Reassembly.Testing;

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
        var project = Path.GetRelativePath(SourceTree.At("src"), path).Split(Path.DirectorySeparatorChar)[0];
        var scalars = Scalar().Matches(text).Select(match => new Setting(match.Groups[1].Value, "string", string.Empty, project));
        var section = Section().Match(text);
        if (!section.Success)
        {
            return scalars;
        }

        // The class that holds the constant; a validator may follow it in the same file.
        var type = ClassOf(text, section.Index);
        return Named().Match(type) is { Success: true } named
            ? ReadProperties(named.Groups[1].Value, $"{section.Groups[1].Value}:*", project)
            : ReadProperties(type, section.Groups[1].Value, project, isText: true);
    }

    /// <summary>The settings that a class holds, and those of the classes that its properties are of.</summary>
    private static IEnumerable<Setting> ReadProperties(string type, string path, string project, bool isText = false)
    {
        var text = isText ? type : Repository.Sources(type + ".cs").Select(File.ReadAllText).FirstOrDefault() ?? string.Empty;
        foreach (Match property in Property().Matches(text))
        {
            var (propertyType, name) = (property.Groups[1].Value, property.Groups[2].Value);
            if (propertyType.EndsWith("Options?", StringComparison.Ordinal))
            {
                foreach (var inner in ReadProperties(propertyType.TrimEnd('?'), $"{path}:{name}", project))
                {
                    yield return inner;
                }
            }
            else
            {
                yield return new Setting($"{path}:{name}", propertyType, property.Groups[3].Value, project);
            }
        }
    }

    private static string ClassOf(string text, int index)
    {
        var start = text.LastIndexOf("class ", index, StringComparison.Ordinal);
        return text[start..text.IndexOf("\n}", index, StringComparison.Ordinal)];
    }

    /// <summary>A setting that is no section: a constant with its whole path.</summary>
    [GeneratedRegex("const string (?!Section)\\w+ = \"(Reassembly:\\w+)\";")]
    private static partial Regex Scalar();

    /// <summary>A section whose entries the user names.</summary>
    [GeneratedRegex(@"^class \w+\(\) : Dictionary<string, (\w+)>")]
    private static partial Regex Named();

    [GeneratedRegex("const string Section = \"(Reassembly[^\"]*)\";")]
    private static partial Regex Section();

    [GeneratedRegex(@"public ([\w?<>]+) (\w+) \{ get; (?:set|init); \}(?: = ([^;]+);)?")]
    private static partial Regex Property();

    [GeneratedRegex(@"^\s*(\w+)(?:\s*=[^,]*)?,?\s*$", RegexOptions.Multiline)]
    private static partial Regex EnumMember();
}
