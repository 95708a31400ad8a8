using System.Diagnostics;

namespace Reassembly.Deploy.Tests.Kustomize;

/// <summary>A test that asks kubectl's own kustomize; it needs no cluster.</summary>
internal sealed class KubectlTheoryAttribute : TheoryAttribute
{
    public KubectlTheoryAttribute()
    {
        if (!IsThere())
        {
            Skip = "kubectl is not on this machine: the kustomizations are resolved by this project's own reader alone.";
        }
    }

    private static bool IsThere()
    {
        try
        {
            using var kubectl = Process.Start(new ProcessStartInfo("kubectl", ["kustomize", "--help"]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            kubectl.StandardOutput.ReadToEnd();
            kubectl.WaitForExit();
            return kubectl.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }
}
