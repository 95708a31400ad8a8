using System.Reflection;
using Reassembly.Interop.Tests.Clients.Libraries;
using Xunit.Sdk;

namespace Reassembly.Interop.Tests.Clients;

/// <summary>Runs a test once for each library that is installed; <see cref="InstalledTests"/> names the others.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class LibrariesAttribute : DataAttribute
{
    public LibrariesAttribute()
    {
        if (ClientLibraries.All.All(static library => library.Missing is not null))
        {
            Skip = "no library of another language is installed";
        }
    }

    public override IEnumerable<object[]> GetData(MethodInfo testMethod)
        => ClientLibraries.All.Where(static library => library.Missing is null).Select(static library => new object[] { library.Id });
}
