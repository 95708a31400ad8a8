using System.Xml.Linq;
using Reassembly.Testing;

namespace Reassembly.Deploy.Tests.Code;

/// <summary>Which projects of <c>src/</c> a project is built from.</summary>
internal static class ProjectGraph
{
    /// <summary>Names of the project and of all that it refers to, such as <c>Reassembly.Core</c>.</summary>
    public static IReadOnlySet<string> Closure(string project)
    {
        var known = new HashSet<string>();
        var next = new Queue<string>([project]);
        while (next.TryDequeue(out var name))
        {
            if (known.Add(name))
            {
                var references = XDocument.Load(FileOf(name)).Descendants("ProjectReference").Select(reference => (string)reference.Attribute("Include")!);
                foreach (var reference in references)
                {
                    next.Enqueue(Path.GetFileNameWithoutExtension(reference.Replace('\\', '/')));
                }
            }
        }

        return known;
    }

    public static bool Exists(string project) => File.Exists(FileOf(project));

    private static string FileOf(string project) => SourceTree.At("src", project, project + ".csproj");
}
