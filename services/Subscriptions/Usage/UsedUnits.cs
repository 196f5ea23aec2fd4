using Marketplace.Contracts.Catalog;
using Marketplace.Storage;

namespace Marketplace.Subscriptions;

/// <summary>A quota of a subscription in one of its windows.</summary>
internal sealed record QuotaInWindow(string SubscriptionId, QuotaSnapshot Quota, DateTimeOffset Start, DateTimeOffset End);

/// <summary>Units counted against a quota.</summary>
internal static class UsedUnits
{
    // Periods begin in the middle of a day, all other windows at midnight.
    private const string Counted =
        """
        select coalesce(sum(quantity), 0)::bigint from usage
        where subscription_id = @SubscriptionId and unit = @Unit and (@AnyApi or api_id = any(@Apis)) and (@Gateway::text is null or gateway_id = @Gateway)
            and case when @IsPeriod then period_start = @Start else day >= @FirstDay and day < @DayAfter end
        """;

    /// <summary>All gateways' units, or one's.</summary>
    public static Task<long> Sum(Database database, QuotaInWindow window, string? gateway, CancellationToken cancellation) =>
        database.QueryOne<long>(Counted, Parameters(window, gateway), cancellation);

    /// <summary>The same inside a write.</summary>
    public static Task<long> Sum(Transaction transaction, QuotaInWindow window, string? gateway, CancellationToken cancellation) =>
        transaction.QueryOne<long>(Counted, Parameters(window, gateway), cancellation);

    private static object Parameters(QuotaInWindow window, string? gateway) => new
    {
        window.SubscriptionId,
        window.Quota.Unit,
        AnyApi = window.Quota.ApiIds.Count == 0,
        Apis = window.Quota.ApiIds.ToArray(),
        Gateway = gateway,
        IsPeriod = window.Quota.Interval == "period",
        window.Start,
        FirstDay = DateOnly.FromDateTime(window.Start.UtcDateTime),
        DayAfter = DateOnly.FromDateTime(window.End.UtcDateTime),
    };
}
