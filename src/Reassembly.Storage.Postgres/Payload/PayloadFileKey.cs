using System.Globalization;

namespace Reassembly.Storage.Postgres.Payload;

/// <summary>The file of one owner of a message: <c>2a/298-17</c> for message number 298 and epoch 17, in 256 folders by the number.</summary>
internal readonly record struct PayloadFileKey(long No, long Epoch)
{
    private const int Folders = 256;

    public string PathBelow(string root)
        => Path.Join(root, (No % Folders).ToString("x2", CultureInfo.InvariantCulture), string.Create(CultureInfo.InvariantCulture, $"{No}-{Epoch}"));

    /// <summary>What this store did not name is not its to remove.</summary>
    public static bool TryRead(string fileName, out PayloadFileKey key)
    {
        key = default;
        var parts = fileName.Split('-');
        if (parts.Length != 2
            || !long.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var no)
            || !long.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var epoch))
        {
            return false;
        }

        key = new PayloadFileKey(no, epoch);
        return true;
    }
}
