using System.Collections.Concurrent;
using System.Net.Http.Json;
using Marketplace.Contracts.Subscriptions;
using Marketplace.Gateway.Runtime;

namespace Marketplace.Gateway.Metering;

/// <summary>The windows of strict quotas that this gateway holds units of.</summary>
public sealed class Leases(IHttpClientFactory clients, Journal journal)
{
    private static readonly TimeSpan Forgotten = TimeSpan.FromHours(1);
    private readonly ConcurrentDictionary<(string Subscription, string Quota, DateTimeOffset Start), QuotaWindow> windows = new();

    /// <summary>The window of a strict quota that a call at this time falls into.</summary>
    public QuotaWindow Window(Subscribed subscription, QuotaEntitlement quota, DateTimeOffset at)
    {
        var (start, end) = quota.Interval switch
        {
            "day" => (Midnight(at), Midnight(at).AddDays(1)),
            "week" => (Monday(at), Monday(at).AddDays(7)),
            "month" => (Midnight(at).AddDays(1 - at.UtcDateTime.Day), Midnight(at).AddDays(1 - at.UtcDateTime.Day).AddMonths(1)),
            "year" => (NewYear(at), NewYear(at).AddYears(1)),
            _ => subscription.PeriodAt(at),
        };
        var window = windows.GetOrAdd((subscription.Facts.SubscriptionId, quota.QuotaId, start), static (key, made) =>
            new(key.Subscription, made.Quota, key.Start, made.End, made.Leases), (Quota: quota, End: end, Leases: this));
        window.Follow(quota);
        return window;
    }

    /// <summary>Lets go of windows that nobody asked for an hour: should one be needed again, journal and reports tell what was used of it.</summary>
    public void Forget()
    {
        foreach (var (key, window) in windows)
        {
            if (window.Idle > Forgotten)
            {
                windows.TryRemove(key, out _);
            }
        }
    }

    /// <summary>Asks Subscriptions for units in all; also tells what this gateway had used of the window as far as reports and journal know.</summary>
    internal async Task<(LeaseAnswer Answer, long UsedBefore)> Ask(string subscriptionId, QuotaEntitlement quota, DateTimeOffset start, DateTimeOffset end, long wanted)
    {
        // Looked up before asking: a report applied meanwhile is then counted by the answer and left out here.
        var unapplied = journal.CountUnapplied(subscriptionId, QuotaWindow.OwnUnit(quota), quota.ApiIds, start, end);
        using var response = await clients.CreateClient("subscriptions").PutAsJsonAsync(
            "internal/leases", new LeaseRequest(journal.GatewayId, subscriptionId, quota.QuotaId, start, wanted));
        response.EnsureSuccessStatusCode();
        var answer = (await response.Content.ReadFromJsonAsync<LeaseAnswer>())!;
        return (answer, answer.Counted + unapplied.Where(u => u.Sequence > answer.AppliedThrough).Sum(u => u.Quantity));
    }

    private static DateTimeOffset Midnight(DateTimeOffset at) => new(at.UtcDateTime.Date, TimeSpan.Zero);

    private static DateTimeOffset Monday(DateTimeOffset at) => Midnight(at).AddDays(-(((int)at.UtcDateTime.DayOfWeek + 6) % 7));

    private static DateTimeOffset NewYear(DateTimeOffset at) => new(at.UtcDateTime.Year, 1, 1, 0, 0, 0, TimeSpan.Zero);
}
