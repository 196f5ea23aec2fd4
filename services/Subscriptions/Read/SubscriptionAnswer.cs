using System.Text.Json;
using Marketplace.Contracts.Catalog;
using Marketplace.Contracts.Invoicing;
using Marketplace.Storage;

namespace Marketplace.Subscriptions;

/// <summary>An amount in minor units of a currency.</summary>
public sealed record MoneyAnswer(long Amount, string Currency);

/// <summary>A billing period (UTC); the end is exclusive.</summary>
public sealed record PeriodAnswer(DateTimeOffset Start, DateTimeOffset End);

/// <summary>How long a plan's periods are.</summary>
public sealed record BillingPeriodAnswer(string Unit, int Count);

/// <summary>The product subscribed to, as it was then.</summary>
public sealed record SubscribedProductAnswer(string Id, string Name, string Title, string Release);

/// <summary>The plan subscribed to, as it was then.</summary>
/// <param name="SetupFee">Minor units of <paramref name="Currency"/>.</param>
public sealed record SubscribedPlanAnswer(
    string Id, string Name, string Title, string Currency, BillingPeriodAnswer BillingPeriod, PriceSnapshot Price, long SetupFee,
    int TrialDays, int? TermPeriods, int GraceDays, IReadOnlyList<QuotaSnapshot> Quotas);

/// <summary>The newest invoice of a subscription.</summary>
/// <param name="Status"><c>draft</c>, <c>open</c>, <c>paid</c>, <c>past_due</c>, <c>incomplete</c> or <c>void</c>.</param>
/// <param name="HostedInvoiceUrl">Where it is paid; null before it is open.</param>
/// <param name="PaymentProblem">What stands in the way of its payment; null for nothing.</param>
public sealed record LatestInvoiceAnswer(string Id, string Status, string? Number, string? HostedInvoiceUrl, MoneyAnswer Total, PaymentProblem? PaymentProblem = null);

/// <summary>A plan change that waits for the end of the current period.</summary>
/// <param name="Action"><c>move</c> to another plan, or <c>cancel</c>.</param>
/// <param name="MigrationId">The provider's migration; null for the consumer's own change.</param>
/// <param name="UndoableUntil">Until when its consumer can take it back (UTC); null when only the provider can.</param>
/// <param name="Seats">How many it will have; null where none are sold, and of a provider's migration, which keeps them.</param>
public sealed record ScheduledChangeAnswer(string Action, string? PlanId, string? MigrationId, DateTimeOffset At, DateTimeOffset? UndoableUntil, int? Seats = null);

/// <summary>A subscription.</summary>
/// <param name="CurrentPeriod">Null until it is approved.</param>
/// <param name="GraceUntil">While an invoice is past due: when access ends (UTC); while that is the first one, when the subscription ends, where its plan says so.</param>
/// <param name="EndReason"><c>requested</c>, <c>past_due</c>, <c>term_over</c>, <c>never_paid</c>, <c>organization_deleted</c>, <c>rejected</c>, <c>migrated</c>, <c>plan_ended</c>,
/// <c>payment_refunded</c>, <c>dispute_lost</c>, <c>customer_deleted</c>, <c>billing_refused</c> (its provider had deleted the billing integration), <c>ended_at_stripe</c> or, of a trial whose organization came to be billed in another currency, <c>currency_locked</c>.</param>
/// <param name="HeldFor">Why access is withheld although the status gives it: <c>payment_disputed</c> or <c>payment_refunded</c>; null for nothing.</param>
/// <param name="MigratedFrom">The subscription whose place it took.</param>
/// <param name="MigratedTo">The subscription that took its place.</param>
/// <param name="ScheduledChange">What waits for the end of the current period; null for nothing.</param>
/// <param name="Seats">How many seats it has; null where its plan sells none. The base price is that of one.</param>
/// <param name="Follows">The one that the organization had of the product before, and that was over when this one was taken: while an invoice of that is past due, or a payment disputed, this one is past due or withheld like for its own.</param>
public sealed record SubscriptionAnswer(
    string Id, SubscriptionStatus Status, string OrganizationId, string ProviderOrganizationId, string CatalogId, string? ApplicationId,
    SubscribedProductAnswer Product, SubscribedPlanAnswer Plan, PeriodAnswer? CurrentPeriod, LatestInvoiceAnswer? LatestInvoice,
    DateTimeOffset? TrialUntil, DateTimeOffset? GraceUntil, DateTimeOffset CreatedAt, DateTimeOffset? ApprovedAt, DateTimeOffset? EndedAt, string? EndReason,
    string? MigratedFrom = null, string? MigratedTo = null, ScheduledChangeAnswer? ScheduledChange = null, JsonElement? Answers = null, string? HeldFor = null,
    int? Seats = null, string? Follows = null)
{
    // The final invoice is the last one; before it the one that covers the latest period.
    private const string LatestInvoices =
        """
        select distinct on (subscription_id) subscription_id, id, status, number, hosted_invoice_url, total, currency, problem from invoices
        where subscription_id = any(@ids)
        order by subscription_id, kind = 'final' desc, covers_from desc nulls last, heard desc
        """;

    private const string WaitingChanges =
        $"""
        select distinct on (c.subscription_id) c.subscription_id, c.action, c.target_plan_id, c.migration_id, (c.target -> 'plan' ->> 'seats')::int as seats
        from plan_changes c left join plan_migrations g on g.id = c.migration_id
        where c.subscription_id = any(@ids) and {PlanChange.Waits}
        order by c.subscription_id, c.migration_id nulls last
        """;

    /// <summary>A subscription as it is inside a write.</summary>
    internal static async Task<SubscriptionAnswer> Read(Transaction transaction, string id, CancellationToken cancellation)
    {
        var row = await transaction.QueryOne<Subscription>($"{Subscription.Select} where s.id = @id", new { id }, cancellation);
        var invoice = await transaction.QueryOne<InvoiceRow>(LatestInvoices, new { ids = new[] { id } }, cancellation);
        return Of(row!, invoice, await transaction.QueryOne<ChangeRow>(WaitingChanges, new { ids = new[] { id } }, cancellation));
    }

    /// <summary>Subscriptions with their latest invoices, in the given order.</summary>
    internal static async Task<IReadOnlyList<SubscriptionAnswer>> Of(Database database, IReadOnlyList<Subscription> rows, CancellationToken cancellation)
    {
        var invoices = (await database.Query<InvoiceRow>(LatestInvoices, new { ids = rows.Select(r => r.Id).ToArray() }, cancellation))
            .ToDictionary(i => i.SubscriptionId, StringComparer.Ordinal);
        var changes = (await database.Query<ChangeRow>(WaitingChanges, new { ids = rows.Select(r => r.Id).ToArray() }, cancellation))
            .ToDictionary(i => i.SubscriptionId, StringComparer.Ordinal);
        return [.. rows.Select(row => Of(row, invoices.GetValueOrDefault(row.Id), changes.GetValueOrDefault(row.Id)))];
    }

    private static SubscriptionAnswer Of(Subscription row, InvoiceRow? invoice, ChangeRow? change) => new(
        row.Id, row.Status, row.OrganizationId, row.ProviderOrganizationId, row.CatalogId, row.ApplicationId,
        new(row.ProductId, row.ProductName, row.ProductTitle, row.Release),
        new(row.PlanId, row.Plan.Name, row.Plan.Title, row.Plan.Currency, new(row.Plan.PeriodUnit, row.Plan.PeriodCount), row.Plan.Price,
            row.Plan.SetupFee, row.Plan.TrialDays, row.Plan.TermPeriods, row.Plan.GraceDays, row.Plan.Quotas),
        row is { PeriodStart: { } start, PeriodEnd: { } end } ? new(start, end) : null,
        invoice is null ? null : new(invoice.Id, invoice.Status, invoice.Number, invoice.HostedInvoiceUrl, new(invoice.Total, invoice.Currency), invoice.Problem),
        row.TrialUntil, row.GraceUntil, row.CreatedAt, row.ApprovedAt, row.EndedAt, row.EndReason,
        row.MigratedFrom, row.MigratedTo,
        change is null || row.PeriodEnd is not { } at ? null : new(change.Action, change.TargetPlanId, change.MigrationId, at, change.MigrationId is null ? at : null, change.Seats),
        row.Answers is null ? null : JsonSerializer.Deserialize<JsonElement>(row.Answers), row.HeldFor, row.Plan.Seats, row.Follows);

    private sealed record ChangeRow(string SubscriptionId, string Action, string? TargetPlanId, string? MigrationId, int? Seats);

    private sealed record InvoiceRow(
        string SubscriptionId, string Id, string Status, string? Number, string? HostedInvoiceUrl, long Total, string Currency, PaymentProblem? Problem);
}
