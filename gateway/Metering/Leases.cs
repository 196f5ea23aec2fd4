using System.Collections.Concurrent;
using System.Net.Http.Json;
using Marketplace.Contracts.Subscriptions;
using Marketplace.Gateway.Runtime;

namespace Marketplace.Gateway.Metering;

/// <summary>The windows of strict quotas that this gateway holds units of.</summary>
public sealed class Leases(IHttpClientFactory clients, Journal journal)
{
    private readonly ConcurrentDictionary<(string Subscription, string Quota), QuotaWindow> windows = new();

    /// <summary>The window of a strict quota that a call at this time falls into.</summary>
    public QuotaWindow Window(Subscribed subscription, QuotaEntitlement quota, DateTimeOffset at)
    {
        var id = subscription.Facts.SubscriptionId;
        var start = quota.Interval switch
        {
            "day" => Midnight(at),
            "week" => Midnight(at).AddDays(-(((int)at.UtcDateTime.DayOfWeek + 6) % 7)),
            "month" => new DateTimeOffset(at.UtcDateTime.Year, at.UtcDateTime.Month, 1, 0, 0, 0, TimeSpan.Zero),
            "year" => new DateTimeOffset(at.UtcDateTime.Year, 1, 1, 0, 0, 0, TimeSpan.Zero),
            _ => subscription.PeriodAt(at).Start,
        };
        var key = (id, quota.QuotaId);
        return windows.TryGetValue(key, out var present) && present.Start == start && present.Limit == quota.Limit
            ? present
            : windows.AddOrUpdate(key, _ => new(id, quota, start, this), (_, other) => other.Start == start && other.Limit == quota.Limit ? other : new(id, quota, start, this));
    }

    /// <summary>Asks Subscriptions for units in all; also tells what this gateway had used of the window as far as reports and journal know.</summary>
    internal async Task<(LeaseAnswer Answer, long UsedBefore)> Ask(string subscriptionId, QuotaEntitlement quota, DateTimeOffset start, long wanted)
    {
        // Looked up before asking: a report applied meanwhile is then counted by the answer and left out here.
        var unapplied = journal.CountUnapplied(subscriptionId, quota.ApiIds, start);
        using var response = await clients.CreateClient("subscriptions").PutAsJsonAsync(
            "internal/leases", new LeaseRequest(journal.GatewayId, subscriptionId, quota.QuotaId, start, wanted));
        response.EnsureSuccessStatusCode();
        var answer = (await response.Content.ReadFromJsonAsync<LeaseAnswer>())!;
        return (answer, answer.Counted + unapplied.Where(u => u.Sequence > answer.AppliedThrough).Sum(u => u.Quantity));
    }

    private static DateTimeOffset Midnight(DateTimeOffset at) => new(at.UtcDateTime.Date, TimeSpan.Zero);
}
