using System.Text.RegularExpressions;

namespace Reassembly.Deploy.Tests.Code;

/// <summary>A setting as the sources declare it.</summary>
/// <param name="Path">Such as <c>Reassembly:Limits:FrameBytes</c>; <c>*</c> stands for a name of the user's own, such as a channel's.</param>
/// <param name="Type">Its C# type.</param>
/// <param name="Default">The default as written in code; empty where there is none.</param>
/// <param name="Project">The project that declares it.</param>
internal sealed record Setting(string Path, string Type, string Default, string Project)
{
    /// <summary>The name of its environment variable.</summary>
    public string Variable => Path.Replace(":", "__", StringComparison.Ordinal);

    /// <summary>Whether an environment variable sets it.</summary>
    public bool IsSetBy(string variable) => Regex.IsMatch(variable, $"^{Regex.Escape(Variable).Replace("\\*", ".+?", StringComparison.Ordinal)}$");
}
