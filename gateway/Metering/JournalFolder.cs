namespace Marketplace.Gateway.Metering;

/// <summary>The folder that a gateway's journal lives in: claimed by one process at a time, with the gateway's id, and its segments in order.</summary>
internal sealed class JournalFolder : IDisposable
{
    private readonly string path;
    private readonly FileStream claim;

    /// <summary>Claims the folder.</summary>
    /// <exception cref="InvalidOperationException">Another process holds it.</exception>
    public JournalFolder(string folder, TimeProvider clock)
    {
        path = Directory.CreateDirectory(folder).FullName;
        try
        {
            claim = new FileStream(Path.Combine(path, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException exception)
        {
            throw new InvalidOperationException($"Another gateway uses the journal folder '{path}'. Give each replica its own Gateway__JournalFolder.", exception);
        }

        GatewayId = ReadOrMakeId(clock);
    }

    /// <summary>The gateway's id, kept with its journal.</summary>
    public string GatewayId { get; }

    /// <summary>The segments' paths, oldest first.</summary>
    public IEnumerable<string> Segments() => Directory.GetFiles(path, "segment-*.log").Order(StringComparer.Ordinal);

    /// <summary>Path of the segment that begins after a report.</summary>
    public string SegmentAfter(long sequence) => Path.Combine(path, $"segment-{sequence:d16}.log");

    /// <inheritdoc/>
    public void Dispose() => claim.Dispose();

    /// <summary>Takes away what follows the last newline: it was never acknowledged.</summary>
    public static void CutTornLine(string segment)
    {
        using var torn = new FileStream(segment, FileMode.Open, FileAccess.ReadWrite);
        var end = torn.Length;
        while (end > 0)
        {
            torn.Position = end - 1;
            if (torn.ReadByte() == '\n')
            {
                break;
            }

            end--;
        }

        if (end < torn.Length)
        {
            torn.SetLength(end);
        }
    }

    private string ReadOrMakeId(TimeProvider clock)
    {
        var file = Path.Combine(path, "gateway-id");
        if (!File.Exists(file))
        {
            File.WriteAllText(file + ".new", ServiceDefaults.Ids.New("gw", clock));
            File.Move(file + ".new", file);
        }

        return File.ReadAllText(file).Trim();
    }
}
