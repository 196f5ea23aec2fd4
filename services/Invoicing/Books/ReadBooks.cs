using Marketplace.ServiceDefaults;
using Marketplace.Storage;

namespace Marketplace.Invoicing;

/// <summary>Units of one kind that closures brought and that were charged, or found to cost nothing.</summary>
public sealed record ChargedUnits(string Unit, long Quantity);

/// <summary>An invoice as it stands.</summary>
/// <param name="Total">With the tax on top of it, as others are told.</param>
public sealed record InvoiceInBooks(string Id, string Kind, string Status, long Total, DateTimeOffset? CoversFrom, DateTimeOffset? CoversTo);

/// <summary>What this service has of a subscription, for comparing with what the others have.</summary>
public sealed record InvoicingBook(string SubscriptionId, IReadOnlyList<ChargedUnits> Units, IReadOnlyList<InvoiceInBooks> Invoices);

/// <summary>A page of these.</summary>
/// <param name="UnitsSince">Units of closures are written down since then (UTC); those of subscriptions that are older need not be complete.</param>
public sealed record InvoicingBooks(IReadOnlyList<InvoicingBook> Data, string? NextCursor, DateTimeOffset UnitsSince);

/// <summary><c>GET /v1/operations/invoicing/books</c>: facts for the operator's comparison of all services' books.</summary>
public static class ReadBooks
{
    /// <summary>Newest subscription first, each page as of one moment.</summary>
    public static async Task<InvoicingBooks> Handle([AsParameters] PageQuery page, Database database, CancellationToken cancellation)
    {
        await using var snapshot = await database.Snapshot(cancellation);
        var cut = Page<string>.Of(
            await snapshot.Query<string>(
                """
                (select id from subscriptions where id < @After order by id desc limit @Take)
                union (select subscription_id from charged_closures where subscription_id < @After order by subscription_id desc limit @Take)
                order by id desc limit @Take
                """, new { page.After, page.Take }, cancellation), page, id => id);
        var ids = cut.Data.ToArray();
        var units = (await snapshot.Query<Units>(
            """
            select c.subscription_id, u.key as unit, sum(u.value::bigint)::bigint as quantity from charged_closures c cross join lateral jsonb_each_text(c.units) u
            where c.subscription_id = any(@ids) group by c.subscription_id, u.key order by u.key
            """, new { ids }, cancellation)).ToLookup(row => row.SubscriptionId, StringComparer.Ordinal);
        var invoices = (await snapshot.Query<Row>(
            "select subscription_id, id, kind, status, total + tax as total, covers_from, covers_to from invoices where subscription_id = any(@ids) order by id", new { ids }, cancellation))
            .ToLookup(row => row.SubscriptionId, StringComparer.Ordinal);
        return new(
            [.. ids.Select(id => new InvoicingBook(
                id, [.. units[id].Select(u => new ChargedUnits(u.Unit, u.Quantity))],
                [.. invoices[id].Select(i => new InvoiceInBooks(i.Id, i.Kind, i.Status, i.Total, i.CoversFrom, i.CoversTo))]))],
            cut.NextCursor, await ChargedClosures.Since(snapshot, cancellation));
    }

    private sealed record Units(string SubscriptionId, string Unit, long Quantity);

    private sealed record Row(string SubscriptionId, string Id, string Kind, string Status, long Total, DateTimeOffset? CoversFrom, DateTimeOffset? CoversTo);
}
