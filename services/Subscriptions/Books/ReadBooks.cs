using Marketplace.ServiceDefaults;
using Marketplace.Storage;

namespace Marketplace.Subscriptions;

/// <summary>Units of one kind that a subscription used.</summary>
/// <param name="Counted">All that gateways reported.</param>
/// <param name="Charged">Those of charged periods.</param>
/// <param name="Carried">How many of these closures have carried to Invoicing; the rest waits for its period's close.</param>
public sealed record BookedUnits(string Unit, long Counted, long Charged, long Carried);

/// <summary>An invoice as Invoicing told of it last.</summary>
public sealed record HeardInvoice(string Id, string Status, long Total);

/// <summary>A subscription as this service has it, for comparing with what the others have.</summary>
/// <param name="Approved">Whether gateways know it.</param>
/// <param name="Refusal">What a call is refused with at this moment; null while access exists.</param>
/// <param name="Paid">Whether its access must have been paid for: billed, not free, and no trial.</param>
/// <param name="MigratedFrom">The subscription whose place it took; its unpaid invoices are owed like its own.</param>
/// <param name="ChargedFrom">Where its current period has a base price and began three hours ago or earlier: the start (UTC), which an invoice must cover; the start of its first invoice's time
/// where that was paid later.</param>
/// <param name="Follows">The one that its organization had of the product before: what is unpaid of it is owed like its own by one that costs money.</param>
public sealed record SubscriptionBook(
    string SubscriptionId, SubscriptionStatus Status, bool Approved, string? Refusal, bool Paid, DateTimeOffset CreatedAt,
    IReadOnlyList<BookedUnits> Units, IReadOnlyList<HeardInvoice> Invoices, string? MigratedFrom, DateTimeOffset? ChargedFrom = null, string? Follows = null);

/// <summary><c>GET /v1/operations/subscriptions/books</c>: facts for the operator's comparison of all services' books.</summary>
public static class ReadBooks
{
    // A period's invoice is written two hours after it began.
    private static readonly TimeSpan Written = TimeSpan.FromHours(3);

    /// <summary>Newest first, each page as of one moment.</summary>
    public static async Task<Page<SubscriptionBook>> Handle([AsParameters] PageQuery page, Database database, TimeProvider clock, CancellationToken cancellation)
    {
        await using var snapshot = await database.Snapshot(cancellation);
        var cut = Page<Subscription>.Of(
            await snapshot.Query<Subscription>($"{Subscription.Select} where s.id < @After order by s.id desc limit @Take", new { page.After, page.Take }, cancellation), page, row => row.Id);
        var ids = cut.Data.Select(row => row.Id).ToArray();
        var units = (await snapshot.Query<Units>(
            """
            select subscription_id, unit, sum(quantity)::bigint as counted, coalesce(sum(quantity) filter (where charged), 0)::bigint as charged,
                coalesce(sum(closed) filter (where charged), 0)::bigint as carried
            from usage where subscription_id = any(@ids) group by subscription_id, unit order by unit
            """, new { ids }, cancellation)).ToLookup(row => row.SubscriptionId, StringComparer.Ordinal);
        var invoices = (await snapshot.Query<Invoice>("select subscription_id, id, kind, status, total, covers_from from invoices where subscription_id = any(@ids) order by id", new { ids }, cancellation))
            .ToLookup(row => row.SubscriptionId, StringComparer.Ordinal);
        var now = clock.GetUtcNow();
        return cut.Select(row => new SubscriptionBook(
            row.Id, row.Status, row.ApprovedAt is not null, RefusalAt(row, now), row.Billed && row.IsPaid && row.Status != SubscriptionStatus.Trialing && row.Anchor <= row.PeriodStart,
            row.CreatedAt,
            [.. units[row.Id].Select(u => new BookedUnits(u.Unit, u.Counted, u.Charged, u.Carried))], [.. invoices[row.Id].Select(i => new HeardInvoice(i.Id, i.Status, i.Total))], row.MigratedFrom,
            row is { Billed: true, IsPeriodCharged: true, Plan.Price.Base: > 0, Status: not SubscriptionStatus.Trialing } && row.PeriodStart < now - Written ? ChargedFrom(row, invoices[row.Id]) : null,
            row.Follows));
    }

    // A first invoice that was paid after its time pays for the time from then on.
    private static DateTimeOffset? ChargedFrom(Subscription row, IEnumerable<Invoice> invoices) => row.PeriodIndex == row.FirstIndex
        && invoices.FirstOrDefault(invoice => invoice is { Kind: "initial", Status: "paid" })?.CoversFrom is { } paidFrom && paidFrom < row.PeriodStart ? paidFrom : row.PeriodStart;

    private static string? RefusalAt(Subscription row, DateTimeOffset now)
    {
        var access = Access.Of(row);
        return access.Refusal ?? (access.Until <= now ? access.RefusalAfter ?? "payment_required" : null);
    }

    private sealed record Units(string SubscriptionId, string Unit, long Counted, long Charged, long Carried);

    private sealed record Invoice(string SubscriptionId, string Id, string Kind, string Status, long Total, DateTimeOffset? CoversFrom);
}
