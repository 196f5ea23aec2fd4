using Marketplace.StripeEmulator.Store;
using Marketplace.StripeEmulator.Time;

namespace Marketplace.StripeEmulator.Webhooks;

/// <summary>
/// Deliveries that await an attempt, by endpoint, so that a slow endpoint with a long queue costs the others nothing; and which
/// of them are under way. Derived from the deliveries themselves; guarded by the engine's lock.
/// </summary>
public sealed class Outbox
{
    private const int Shuffled = 1_000;
    private readonly Dictionary<string, Agenda> byEndpoint = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> endpoints = new(StringComparer.Ordinal);
    private readonly HashSet<string> underway = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> running = new(StringComparer.Ordinal);

    /// <summary>Endpoints that something waits for.</summary>
    public IReadOnlyCollection<string> Endpoints => byEndpoint.Keys;

    public void Set(Stored delivery, long? due)
    {
        if (due is null)
        {
            Remove(delivery.Id);
            return;
        }

        var endpoint = endpoints[delivery.Id] = (string)delivery.Value["endpoint"]!;
        if (!byEndpoint.TryGetValue(endpoint, out var agenda))
        {
            byEndpoint[endpoint] = agenda = new Agenda();
        }

        agenda.Set(delivery, due);
    }

    public void Remove(string id)
    {
        if (endpoints.Remove(id, out var endpoint) && byEndpoint.TryGetValue(endpoint, out var agenda))
        {
            agenda.Remove(id);
            if (agenda.Count == 0)
            {
                byEndpoint.Remove(endpoint);
            }
        }
    }

    public void Clear()
    {
        byEndpoint.Clear();
        endpoints.Clear();
    }

    /// <summary>Due at or before the given time, under way or not.</summary>
    public IEnumerable<string> DueBy(long time) => byEndpoint.Values.SelectMany(agenda => agenda.DueBy(time));

    /// <summary>Those due by the given time that still wait, and those under way.</summary>
    public int Pending(long time) => DueBy(time).Count(id => !underway.Contains(id)) + underway.Count;

    public int Underway => underway.Count;

    /// <summary>The first due time after the given one, or null.</summary>
    public long? NextAfter(long time) => byEndpoint.Values.Min(agenda => agenda.NextAfter(time));

    /// <summary>What the endpoint is to get next, counted as under way from now on; null when nothing is due or enough is under way.</summary>
    public string? Take(string endpoint, long now, int most, Func<int, int>? shuffle)
    {
        if (running.GetValueOrDefault(endpoint) >= most || !byEndpoint.TryGetValue(endpoint, out var agenda))
        {
            return null;
        }

        var waiting = agenda.DueBy(now).Where(id => !underway.Contains(id));
        var id = shuffle is not null && waiting.Take(Shuffled).ToList() is { Count: > 0 } some ? some[shuffle(some.Count)] : waiting.FirstOrDefault();
        if (id is not null)
        {
            underway.Add(id);
            running[endpoint] = running.GetValueOrDefault(endpoint) + 1;
        }

        return id;
    }

    /// <summary>The attempt is over.</summary>
    public void Put(string endpoint, string id)
    {
        if (underway.Remove(id) && --running[endpoint] == 0)
        {
            running.Remove(endpoint);
        }
    }
}
