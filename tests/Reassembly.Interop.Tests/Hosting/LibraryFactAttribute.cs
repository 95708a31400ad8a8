namespace Reassembly.Interop.Tests.Hosting;

/// <summary>A test that needs a library of another language; skipped, with a sentence, where it is not installed.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class LibraryFactAttribute : FactAttribute
{
    public LibraryFactAttribute(string library) => Skip = Toolchain.Missing(library);
}
