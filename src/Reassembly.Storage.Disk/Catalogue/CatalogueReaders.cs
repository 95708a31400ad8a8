using System.Collections.Concurrent;

namespace Reassembly.Storage.Disk.Catalogue;

/// <summary>A few connections for reading, made when needed and kept; each serves one caller at a time beside the one that writes.</summary>
internal sealed class CatalogueReaders(string path, Action<Exception> onFailure) : IDisposable
{
    private const int MaxKept = 4;

    private readonly ConcurrentBag<CatalogueReader> _kept = [];
    private volatile bool _closed;

    /// <exception cref="Core.Storage.StoreException">The catalogue cannot be read.</exception>
    public TResult Ask<TState, TResult>(TState state, Func<CatalogueReader, TState, TResult> question)
    {
        CatalogueReader? reader = null;
        try
        {
            if (!_kept.TryTake(out reader))
            {
                reader = new CatalogueReader(path);
            }

            var answer = question(reader, state);
            if (!_closed && _kept.Count < MaxKept)
            {
                _kept.Add(reader);
                reader = null;
            }

            return answer;
        }
        catch (Exception exception) when (exception is Microsoft.Data.Sqlite.SqliteException or InvalidDataException or OverflowException)
        {
            onFailure(exception);
            throw CatalogueFile.Failure(path, exception);
        }
        finally
        {
            reader?.Dispose();
        }
    }

    public void Dispose()
    {
        _closed = true;
        while (_kept.TryTake(out var reader))
        {
            reader.Dispose();
        }
    }
}
