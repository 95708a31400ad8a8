using System.Text.Json;
using System.Text.Json.Nodes;

namespace Reassembly.Benchmarks.Peers;

/// <summary>
/// Answers the name of a command, a line on standard input, with one line of JSON on standard output, one at a time; ends with its
/// input. The programs in JavaScript do the same.
/// </summary>
internal static class CommandLoop
{
    /// <param name="commands">What each gives; a fault of one is <c>{"error":"…"}</c>.</param>
    public static async Task RunAsync(IReadOnlyDictionary<string, Func<Task<JsonObject>>> commands)
    {
        while (await Console.In.ReadLineAsync() is { } line)
        {
            Console.WriteLine((await AnswerAsync(commands, line)).ToJsonString(JsonSerializerOptions.Web));
        }
    }

    private static async Task<JsonObject> AnswerAsync(IReadOnlyDictionary<string, Func<Task<JsonObject>>> commands, string name)
    {
        try
        {
            return await commands[name]();
        }
        catch (Exception fault)
        {
            // Whoever asked hears of any fault, and the program goes on.
            return new JsonObject { ["error"] = fault.ToString() };
        }
    }
}
