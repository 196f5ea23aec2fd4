using Marketplace.StripeEmulator.Store;

namespace Marketplace.StripeEmulator.Time;

/// <summary>
/// What is due when. Nothing here is stored: each entry is derived from an object's own fields whenever it changes,
/// so a restart forgets no timer. Times are milliseconds since 1970.
/// </summary>
public sealed class Agenda
{
    private readonly SortedSet<(long Due, long Sequence, string Id)> entries = [];
    private readonly Dictionary<string, (long Due, long Sequence, string Id)> byId = new(StringComparer.Ordinal);

    public int Count => entries.Count;

    public void Set(Stored stored, long? due)
    {
        Remove(stored.Id);
        if (due is { } time)
        {
            var entry = (time, stored.Sequence, stored.Id);
            byId[stored.Id] = entry;
            entries.Add(entry);
        }
    }

    public void Remove(string id)
    {
        if (byId.Remove(id, out var entry))
        {
            entries.Remove(entry);
        }
    }

    /// <summary>The earliest entry, or null.</summary>
    public (long Due, string Id)? First => entries.Count == 0 ? null : (entries.Min.Due, entries.Min.Id);

    /// <summary>Ids due at or before the given time, earliest first.</summary>
    public IEnumerable<string> DueBy(long time)
    {
        foreach (var entry in entries)
        {
            if (entry.Due > time)
            {
                yield break;
            }

            yield return entry.Id;
        }
    }

    /// <summary>The first due time after the given one, or null.</summary>
    public long? NextAfter(long time)
    {
        foreach (var entry in entries.GetViewBetween((time + 1, 0, ""), (long.MaxValue, long.MaxValue, "")))
        {
            return entry.Due;
        }

        return null;
    }

    public void Clear()
    {
        entries.Clear();
        byId.Clear();
    }
}
