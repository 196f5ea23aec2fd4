using System.ComponentModel.DataAnnotations;
using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace Marketplace.Invoicing;

/// <summary>Money on its way back.</summary>
/// <param name="Status"><c>pending</c>, <c>succeeded</c>, <c>cancelled</c>, or <c>failed</c>: it came back to the provider.</param>
/// <param name="RepeatedAt">When one that failed was asked for again (UTC); what came of that is a refund of its own.</param>
/// <param name="RepeatFailure">Why Stripe refused to make it again; it may be asked for once more.</param>
public sealed record RefundResponse(string Id, Money Amount, string Status, string? Failure, DateTimeOffset CreatedAt, DateTimeOffset? RepeatedAt, string? RepeatFailure);

/// <summary>What was taken back of an invoice.</summary>
/// <param name="Kind"><c>reduction</c> (less is due), <c>refund</c> (paid money goes back to the payer), <c>balance</c> (paid money to the customer's balance), or <c>mixed</c>.</param>
/// <param name="Origin"><c>provider</c>, <c>late_payment</c> (money for time after the subscription's end), <c>void</c> (the rest of an invoice that was to be void and is paid in part) or <c>stripe</c> (issued in its dashboard).</param>
/// <param name="Status"><c>pending</c>, <c>issued</c>, <c>void</c>, or <c>failed</c> where Stripe refused it.</param>
/// <param name="Number">Stripe's number.</param>
/// <param name="Failure">Why it failed.</param>
/// <param name="Refunds">What it gives back to the payer.</param>
public sealed record CreditNoteResponse(
    string Id, string InvoiceId, string BillingIntegrationId, string Kind, Money Amount, string? Reason, string? Note, string Origin, string Status, string? Number, string? Failure,
    DateTimeOffset CreatedAt, DateTimeOffset? IssuedAt, IReadOnlyList<RefundResponse> Refunds)
{
    internal static CreditNoteResponse Of(CreditNote note, IEnumerable<RefundRow> refunds) => new(
        note.Id, note.InvoiceId, note.IntegrationId, note.Kind, new(note.Amount, note.Currency), note.Reason, note.Note, note.Origin, note.Status, note.Number, note.Failure,
        note.CreatedAt, note.IssuedAt, [.. refunds.Select(r => new RefundResponse(r.Id, new(r.Amount, r.Currency), r.Status, r.Failure, r.CreatedAt, r.RepeatedAt, r.RepeatFailure))]);
}

/// <summary>Which credit notes are asked for.</summary>
public sealed record CreditNoteFilter(
    [property: FromQuery(Name = "invoice"), PlainText] string? Invoice = null,
    [property: FromQuery(Name = "status"), AllowedValues(null, "pending", "issued", "void", "failed", ErrorMessage = "One of: pending, issued, void, failed.")] string? Status = null);

/// <summary><c>GET /v1/credit-notes</c> and <c>…/{id}</c>: to whoever may read the invoice.</summary>
public static class ReadCreditNotes
{
    private const string Visible =
        "(@IsOperator or v.organization_id = any(@consumers) or v.provider_organization_id = any(@providers))";

    private static readonly string Columns = string.Join(", ", CreditNote.Columns.Split(", ").Select(column => "c." + column));

    /// <summary>Newest first.</summary>
    public static async Task<Page<CreditNoteResponse>> List(
        [AsParameters] CreditNoteFilter filter, [AsParameters] PageQuery page, Caller caller, Database database, CancellationToken cancellation)
    {
        var rows = await database.Query<CreditNote>(
            $"""
            select {Columns} from credit_notes c join invoices v on v.id = c.invoice_id
            where c.id < @After and {Visible} and (@Invoice::text is null or c.invoice_id = @Invoice) and (@Status::text is null or c.status = @Status)
            order by c.id desc limit @Take
            """, Scope(caller, page.After, page.Take, filter.Invoice, filter.Status), cancellation);
        var refunds = await Refunds(database, rows.Select(r => r.Id), cancellation);
        return Page<CreditNote>.Of(rows, page, row => row.Id).Select(note => CreditNoteResponse.Of(note, refunds[note.Id]));
    }

    /// <summary>One credit note.</summary>
    public static async Task<Results<Ok<CreditNoteResponse>, ProblemHttpResult>> Get(string id, Caller caller, Database database, CancellationToken cancellation)
    {
        var note = await database.QueryOne<CreditNote>(
            $"select {Columns} from credit_notes c join invoices v on v.id = c.invoice_id where c.id = @Invoice and {Visible}", Scope(caller, "", 1, id, null), cancellation);
        return note is null ? Problem.NotFound("credit note", id)
            : TypedResults.Ok(CreditNoteResponse.Of(note, (await Refunds(database, [id], cancellation))[id]));
    }

    private static object Scope(Caller caller, string after, int take, string? invoice, string? status) => new
    {
        After = after, Take = take, caller.IsOperator, Invoice = invoice, Status = status,
        consumers = caller.ConsumersWith(Roles.ConsumerBilling),
        providers = caller.Providers,
    };

    private static async Task<ILookup<string, RefundRow>> Refunds(Database database, IEnumerable<string> notes, CancellationToken cancellation) =>
        (await database.Query<RefundRow>(
            $"select {RefundRow.Columns} from refunds where credit_note_id = any(@notes) order by id", new { notes = notes.ToArray() }, cancellation))
            .ToLookup(refund => refund.CreditNoteId!, StringComparer.Ordinal);
}

/// <summary>A refund's row.</summary>
internal sealed record RefundRow
{
    public required string Id { get; init; }

    public required string InvoiceId { get; init; }

    public string? CreditNoteId { get; init; }

    public long Amount { get; init; }

    public required string Currency { get; init; }

    public required string Status { get; init; }

    public string? Failure { get; init; }

    public DateTimeOffset CreatedAt { get; init; }

    public long Version { get; init; }

    public DateTimeOffset? RepeatedAt { get; init; }

    public string? RepeatFailure { get; init; }

    public const string Columns = "id, invoice_id, credit_note_id, amount, currency, status, failure, created_at, version, repeated_at, repeat_failure";

    /// <summary>Stripe's word as ours: Stripe's <c>requires_action</c> waits like <c>pending</c>.</summary>
    public static string StatusOf(string stripes) => stripes switch { "succeeded" => "succeeded", "failed" => "failed", "canceled" => "cancelled", _ => "pending" };

    /// <summary>The later of two states: pending, then succeeded, then (also days later) failed or cancelled. What was fetched before and is applied after takes nothing back.</summary>
    public static string Later(string known, string fetched) => Rank(fetched) > Rank(known) ? fetched : known;

    private static int Rank(string status) => status switch { "pending" => 0, "succeeded" => 1, _ => 2 };
}
