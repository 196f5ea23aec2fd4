using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Microsoft.AspNetCore.Http.HttpResults;
using Npgsql;

namespace Marketplace.Invoicing;

/// <summary>What the provider's billing system says of an invoice's state.</summary>
/// <param name="Name">The state.</param>
/// <param name="Reason">Why, for people.</param>
public sealed record InvoiceStateRequest(
    [property: Required, AllowedValues("open", "paid", "incomplete", "void")] string Name,
    [property: PlainText(500)] string? Reason = null);

/// <summary>How that system's work on it stands.</summary>
/// <param name="Level"><c>pending</c>, <c>success</c> or <c>error</c>; pending again after an error hands it to that system anew.</param>
/// <param name="Reasons">Why.</param>
public sealed record InvoiceStatusRequest(
    [property: Required, AllowedValues("pending", "success", "error")] string Level,
    [property: MaxLength(10)] IReadOnlyList<InvoiceReasonRequest>? Reasons = null);

/// <summary>Why an invoice stands as it does.</summary>
/// <param name="Type">A word that programs may go by.</param>
/// <param name="Timestamp">When that was found; now where it is not said.</param>
public sealed record InvoiceReasonRequest(
    [property: Required, PlainText(60)] string Type,
    [property: Required, PlainText(500)] string Detail,
    DateTimeOffset? Timestamp = null);

/// <summary><c>PUT /v1/invoices/{id}/billing</c>, <c>/state</c> and <c>/status</c>: the billing system of a provider that has one of its own, with the token of an owner or
/// administrator. Said again, each changes nothing and is answered as the first time, whatever version it names: an answer that was lost is asked for again.</summary>
public static class TellInvoice
{
    /// <summary>200 with the invoice: billed, under which number and over what. 422 where that is not what we rated.</summary>
    public static Task<Results<Ok<InvoiceResponse>, ProblemHttpResult>> Billing(
        string id, BillingStatement request, Caller caller, Database database, TimeProvider clock, HttpContext http, CancellationToken cancellation) =>
        Apply(id, caller, "invoice.billed", InvoiceEvents.Billing, invoice => request.Of(invoice, clock.GetUtcNow()), database, http, cancellation);

    /// <summary>200 with the invoice in its new state; 409 where that state may not follow.</summary>
    public static Task<Results<Ok<InvoiceResponse>, ProblemHttpResult>> State(
        string id, InvoiceStateRequest request, Caller caller, Database database, TimeProvider clock, HttpContext http, CancellationToken cancellation) =>
        Apply(id, caller, "invoice.state_told", InvoiceEvents.Status, invoice => CustomState.Move(invoice, request.Name, request.Reason, clock.GetUtcNow()), database, http, cancellation);

    /// <summary>200 with the invoice on its new level.</summary>
    public static Task<Results<Ok<InvoiceResponse>, ProblemHttpResult>> Status(
        string id, InvoiceStatusRequest request, Caller caller, Database database, TimeProvider clock, HttpContext http, CancellationToken cancellation) =>
        Apply(id, caller, "invoice.status_told", InvoiceEvents.Status, invoice => (Leveled(invoice, request, clock.GetUtcNow()), null), database, http, cancellation);

    private static Invoice Leveled(Invoice invoice, InvoiceStatusRequest request, DateTimeOffset now)
    {
        var reasons = request.Reasons ?? [];
        var known = invoice.ReadReasons();
        return invoice.Level == request.Level && known.Select(r => (r.Type, r.Detail)).SequenceEqual(reasons.Select(r => (r.Type, r.Detail)))
            ? invoice
            : invoice.Leveled(request.Level, [.. reasons.Select(r => new InvoiceReason(r.Type, r.Detail, r.Timestamp?.ToUniversalTime() ?? now))]);
    }

    private static async Task<Results<Ok<InvoiceResponse>, ProblemHttpResult>> Apply(
        string id, Caller caller, string action, string subresource, Func<Invoice, (Invoice Next, ProblemHttpResult? Refusal)> decide, Database database, HttpContext http,
        CancellationToken cancellation)
    {
        await using var transaction = await database.Begin(cancellation);
        var invoice = await Invoice.Lock(transaction, id, cancellation);
        var mismatch = invoice is null ? null : http.Mismatch(invoice.Version);
        if ((Refuse(caller, invoice, id) ?? (mismatch is { StatusCode: StatusCodes.Status428PreconditionRequired } ? mismatch : null)) is { } refusal)
        {
            return refusal;
        }

        var (next, impossible) = decide(invoice!);
        if (next == invoice && impossible is null)
        {
            http.SetVersion(invoice.Version);
            return TypedResults.Ok(ReadInvoices.Show(invoice));
        }

        if ((mismatch ?? impossible) is { } no)
        {
            return no;
        }

        try
        {
            await next.Save(transaction, subresource, cancellation);
        }
        catch (PostgresException exception) when (exception is { SqlState: PostgresErrorCodes.UniqueViolation, ConstraintName: "invoices_billing_id" })
        {
            return Problems.BillingIdTaken(next.BillingId!);
        }

        await transaction.Record(caller, action, next.ProviderOrganizationId, id, Facts(invoice!), Facts(next), cancellation);
        await transaction.Commit(cancellation);
        http.SetVersion(next.Version + 1);
        return TypedResults.Ok(ReadInvoices.Show(next));
    }

    // Operators run the installation; what was paid is the provider's own word.
    private static ProblemHttpResult? Refuse(Caller caller, Invoice? invoice, string id) =>
        ReadInvoices.Refuse(caller, invoice, id) is { StatusCode: StatusCodes.Status404NotFound } hidden ? hidden
        : !caller.Has(invoice!.ProviderOrganizationId, Roles.ProviderSettings) ? Problems.SettingsRole(invoice.ProviderOrganizationId)
        : !invoice.IsCustom ? Problems.BilledByStripe()
        : null;

    private static object Facts(Invoice invoice) => new { invoice.Status, invoice.Level, Reasons = JsonSerializer.Deserialize<JsonElement>(invoice.Reasons), Billing = BillingStatement.Read(invoice) };
}
