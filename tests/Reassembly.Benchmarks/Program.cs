using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Running;
using Reassembly.Benchmarks.Hosts;
using Reassembly.Benchmarks.Load;
using Reassembly.Benchmarks.Micro;
using Reassembly.Benchmarks.Peers;
using Reassembly.Benchmarks.Profiles;
using Reassembly.Benchmarks.Scenarios;

switch (args)
{
    case ["scenario", var name, ..]:
        return await ScenarioRunner.RunAsync(name);
    case ["gate"]:
        return await AllocationGate.RunAsync();
    case ["allocations", .. var which] when which is [] or ["small"]:
        await AllocationProfile.RunAsync(small: which is ["small"]);
        return 0;
    case ["micro", .. var rest]:
        // A busy machine builds the program that BenchmarkDotNet makes in more than its two minutes.
        BenchmarkSwitcher.FromAssembly(typeof(FrameBenchmarks).Assembly).Run(rest, ManualConfig.Create(DefaultConfig.Instance).WithBuildTimeout(TimeSpan.FromMinutes(15)));
        return 0;
    case ["load"]:
        await LoadProgram.RunAsync();
        return 0;
    case [.. var rest, "serve-baseline"]:
        await BaselineServer.RunAsync(rest);
        return 0;
    case ["send-payload", var url, var file]:
        await LoadSender.RunAsync(new Uri(url), file);
        return 0;
    default:
        await Console.Error.WriteLineAsync($"usage: scenario NAME|all (NAME: {string.Join(", ", ScenarioRunner.Names)}) | gate | allocations [small] | micro [--filter PATTERN]");
        return 2;
}
