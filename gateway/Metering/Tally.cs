using System.Runtime.InteropServices;
using Marketplace.Contracts.Gateway;

namespace Marketplace.Gateway.Metering;

/// <summary>Calls, and units of providers' own, added up per subscription, API, application, billing period and minute: what becomes one report.</summary>
internal sealed class Tally
{
    private readonly Dictionary<(string Subscription, string Api, string? Application, DateTimeOffset Period, long Minute, string? Unit), (long Quantity, DateTimeOffset From, DateTimeOffset To)> sums = [];

    public long Calls { get; private set; }

    public void Add(MeteredCall call)
    {
        Add(call, null, 1);
        foreach (var (unit, quantity) in call.Units ?? [])
        {
            Add(call, unit, quantity);
        }

        Calls++;
    }

    public List<UsageEntry> Entries() =>
        [.. sums.Select(s => new UsageEntry(s.Key.Subscription, s.Key.Api, s.Key.Application, s.Value.Quantity, s.Value.From, s.Value.To, s.Key.Unit))];

    private void Add(in MeteredCall call, string? unit, long quantity)
    {
        ref var sum = ref CollectionsMarshal.GetValueRefOrAddDefault(
            sums, (call.SubscriptionId, call.ApiId, call.ApplicationId, call.PeriodStart, call.StartedAt.UtcTicks / TimeSpan.TicksPerMinute, unit), out var exists);
        sum = exists
            ? (sum.Quantity + quantity, call.StartedAt < sum.From ? call.StartedAt : sum.From, call.StartedAt > sum.To ? call.StartedAt : sum.To)
            : (quantity, call.StartedAt, call.StartedAt);
    }
}
