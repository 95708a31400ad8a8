using Reassembly.Cli.Doctor.Judging;

namespace Reassembly.Cli.Doctor.Logs;

/// <summary>A line that is known, and what it means.</summary>
/// <param name="Line">Its number in the input, from 1 on.</param>
/// <param name="Writer">The library that wrote it, where that is known.</param>
/// <param name="Refuser">The library whose limit it is, where that is known.</param>
/// <param name="Max">The limit in bytes, where the line tells it.</param>
/// <param name="Actual">What came, in bytes, where the line tells it.</param>
internal sealed record LogFinding(int Line, string Text, Library? Writer, Library? Refuser, LogSide Side, bool IsAboutSize, long? Max, long? Actual, string Meaning);
