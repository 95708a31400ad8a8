using Reassembly.Storage.Disk.Catalogue;

namespace Reassembly.Storage.Disk.Payload;

/// <summary>Removes payload files that no open or committed message owns: what a crash left between a file and the catalogue.</summary>
internal static class OrphanSweep
{
    /// <returns>How many files were removed.</returns>
    public static int Run(PayloadPaths paths, CatalogueReader catalogue)
    {
        var removed = 0;
        foreach (var path in Directory.EnumerateFiles(paths.Root, "*", SearchOption.AllDirectories))
        {
            var name = Path.GetFileName(path);

            // What this store did not name is not its to remove.
            if (PayloadPaths.TryReadId(name, out var id) && !catalogue.KeepsPayload(id, name))
            {
                File.Delete(path);
                removed++;
            }
        }

        return removed;
    }
}
