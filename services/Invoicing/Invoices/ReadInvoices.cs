using System.Text.Json;
using Marketplace.Contracts.Invoicing;
using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace Marketplace.Invoicing;

/// <summary>Minor units of a currency.</summary>
public sealed record Money(long Amount, string Currency);

/// <summary>A span of time (UTC), end exclusive.</summary>
public sealed record PeriodView(DateTimeOffset Start, DateTimeOffset End);

/// <summary>One line.</summary>
/// <param name="UnitAmount">Minor units, a decimal string.</param>
public sealed record InvoiceLineResponse(string Kind, string Description, string? Unit, long Quantity, string UnitAmount, Money Amount, PeriodView Period);

/// <summary>An invoice.</summary>
/// <param name="Status"><c>draft</c>, <c>open</c>, <c>paid</c>, <c>past_due</c>, <c>incomplete</c> or <c>void</c>.</param>
/// <param name="Level"><c>pending</c>, <c>success</c> or <c>error</c>: how our own work on it stands.</param>
/// <param name="Covers">The period whose base price it charges; null for final invoices.</param>
/// <param name="Lines">Only on the single invoice.</param>
/// <param name="AmountPaid">What was paid, also in part.</param>
/// <param name="AmountRemaining">What is left to pay; null before it is open.</param>
/// <param name="AmountCredited">What credit notes took off before payment.</param>
/// <param name="AmountRefunded">What went back to the payer or is on its way.</param>
/// <param name="PaymentProblem">What stands in the way of its payment; null for nothing.</param>
public sealed record InvoiceResponse(
    string Id, string SubscriptionId, string OrganizationId, string ProviderOrganizationId, string BillingIntegrationId, string Kind, string Status, string Level,
    IReadOnlyList<InvoiceReason> Reasons, string Description, Money Total, string? Number, string? HostedInvoiceUrl, string? InvoicePdf, PeriodView? Covers,
    DateTimeOffset? DueAt, DateTimeOffset? PaidAt, DateTimeOffset CreatedAt, IReadOnlyList<InvoiceLineResponse>? Lines,
    Money AmountPaid, Money? AmountRemaining, Money AmountCredited, Money AmountRefunded, PaymentProblem? PaymentProblem);

/// <summary>Which invoices are asked for.</summary>
public sealed record InvoiceFilter(
    [property: FromQuery(Name = "subscription"), PlainText] string? Subscription = null,
    [property: FromQuery(Name = "organization"), PlainText] string? Organization = null,
    [property: FromQuery(Name = "status"), PlainText] string? Status = null,
    [property: FromQuery(Name = "createdFrom")] DateTimeOffset? CreatedFrom = null,
    [property: FromQuery(Name = "createdBefore")] DateTimeOffset? CreatedBefore = null,
    [property: FromQuery(Name = "dueFrom")] DateTimeOffset? DueFrom = null,
    [property: FromQuery(Name = "dueBefore")] DateTimeOffset? DueBefore = null);

/// <summary><c>GET /v1/invoices</c> and <c>…/{id}</c>: consumers with a billing role see their organization's, members of a provider those that it is paid by.</summary>
public static class ReadInvoices
{
    /// <summary>The caller's invoices, newest first.</summary>
    public static async Task<Page<InvoiceResponse>> List([AsParameters] InvoiceFilter filter, [AsParameters] PageQuery page, Caller caller, Database database, CancellationToken cancellation) =>
        Page<Invoice>.Of(
            await database.Query<Invoice>(
                $"""
                select {Invoice.Columns} from invoices
                where id < @After and (@IsOperator or organization_id = any(@consumers) or provider_organization_id = any(@providers))
                  and (@Subscription::text is null or subscription_id = @Subscription) and (@Organization::text is null or organization_id = @Organization)
                  and (@Status::text is null or status = @Status)
                  and (@CreatedFrom::timestamptz is null or created_at >= @CreatedFrom) and (@CreatedBefore::timestamptz is null or created_at < @CreatedBefore)
                  and (@DueFrom::timestamptz is null or due_at >= @DueFrom) and (@DueBefore::timestamptz is null or due_at < @DueBefore)
                order by id desc limit @Take
                """,
                new
                {
                    page.After, page.Take, caller.IsOperator, filter.Subscription, filter.Organization, filter.Status, filter.CreatedFrom, filter.CreatedBefore, filter.DueFrom, filter.DueBefore,
                    consumers = caller.Memberships.Where(m => m.Kind == "consumer" && m.Roles.Any(Roles.ConsumerBilling.Contains)).Select(m => m.Organization).ToArray(),
                    providers = caller.Memberships.Where(m => m.Kind == "provider").Select(m => m.Organization).ToArray(),
                }, cancellation),
            page, invoice => invoice.Id).Select(invoice => Show(invoice, null));

    /// <summary>One invoice with its lines.</summary>
    public static async Task<Results<Ok<InvoiceResponse>, ProblemHttpResult>> Get(string id, Caller caller, Database database, CancellationToken cancellation)
    {
        var invoice = await database.QueryOne<Invoice>($"select {Invoice.Columns} from invoices where id = @id", new { id }, cancellation);
        if (Refuse(caller, invoice, id) is { } refusal)
        {
            return refusal;
        }

        var lines = await database.Query<Line>(
            "select kind, description, unit, quantity, unit_amount, amount, period_start, period_end from invoice_lines where invoice_id = @id order by position", new { id }, cancellation);
        return TypedResults.Ok(Show(invoice!, lines));
    }

    /// <summary>404 to strangers, 403 to the consumer's members without a billing role; null for who may read it.</summary>
    public static ProblemHttpResult? Refuse(Caller caller, Invoice? invoice, string id) =>
        invoice is null || !(caller.Sees(invoice.OrganizationId) || caller.Sees(invoice.ProviderOrganizationId)) ? Problems.NoInvoice(id)
        : caller.Sees(invoice.ProviderOrganizationId) || caller.Has(invoice.OrganizationId, Roles.ConsumerBilling) ? null
        : Problem.RoleMissing(invoice.OrganizationId, Roles.ConsumerBilling);

    /// <summary>404 to who may not even read it, 403 to who is not an owner or administrator of its provider.</summary>
    public static ProblemHttpResult? RefuseChange(Caller caller, Invoice? invoice, string id) =>
        Refuse(caller, invoice, id) is { StatusCode: 404 } hidden ? hidden
        : caller.IsOperator || caller.Has(invoice!.ProviderOrganizationId, Roles.ProviderSettings) ? null
        : Problems.SettingsRole(invoice!.ProviderOrganizationId);

    /// <summary>The invoice as it is answered, without its lines.</summary>
    public static InvoiceResponse Show(Invoice i) => Show(i, null);

    private static InvoiceResponse Show(Invoice i, IReadOnlyList<Line>? lines) => new(
        i.Id, i.SubscriptionId, i.OrganizationId, i.ProviderOrganizationId, i.IntegrationId, i.Kind, i.Status, i.Level,
        JsonSerializer.Deserialize<InvoiceReason[]>(i.Reasons, JsonSerializerOptions.Web)!, i.Description, new(i.Total, i.Currency), i.Number, i.HostedInvoiceUrl, i.InvoicePdf,
        i is { CoversFrom: { } from, CoversTo: { } to } ? new(from, to) : null, i.DueAt, i.PaidAt, i.CreatedAt,
        lines?.Select(l => new InvoiceLineResponse(
            l.Kind, l.Description, l.Unit, l.Quantity, Plain(l.UnitAmount), new(l.Amount, i.Currency), new(l.PeriodStart, l.PeriodEnd))).ToList(),
        new(i.AmountPaid, i.Currency), i.AmountRemaining is { } left ? new(left, i.Currency) : null, new(i.AmountCredited, i.Currency), new(i.AmountRefunded, i.Currency), i.ReadProblem());

    /// <summary>A unit price as it is answered.</summary>
    internal static string Plain(decimal amount) => amount.ToString("0.############", System.Globalization.CultureInfo.InvariantCulture);

    private sealed record Line(
        string Kind, string Description, string? Unit, long Quantity, decimal UnitAmount, long Amount, DateTimeOffset PeriodStart, DateTimeOffset PeriodEnd);
}
