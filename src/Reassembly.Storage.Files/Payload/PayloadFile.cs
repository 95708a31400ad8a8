using Microsoft.Win32.SafeHandles;

namespace Reassembly.Storage.Files.Payload;

/// <summary>An open payload file, rented from <see cref="PayloadFiles{TKey}"/>.</summary>
internal sealed class PayloadFile<TKey>(TKey key, string path, SafeFileHandle handle)
{
    public TKey Key { get; } = key;

    public string Path { get; } = path;

    public SafeFileHandle Handle { get; } = handle;

    /// <summary>How many rent it now. Under the lock of the files.</summary>
    public int Renters { get; set; }

    /// <summary>Not to be used again once everybody has returned it.</summary>
    public bool Doomed { get; set; }

    /// <summary>Its place among the files that nobody rents; the longest unused first.</summary>
    public LinkedListNode<PayloadFile<TKey>>? IdlePlace { get; set; }
}
