using Marketplace.ServiceDefaults;
using Marketplace.Storage;

namespace Marketplace.Invoicing;

/// <summary>What is taken back of an issued invoice.</summary>
public sealed record CreditNote
{
    /// <summary>Lowers what is due of an invoice that is not paid.</summary>
    public const string Reduction = "reduction";

    /// <summary>Gives paid money back to the payer.</summary>
    public const string Refund = "refund";

    /// <summary>Gives paid money to the customer's balance, which pays the next invoices.</summary>
    public const string Balance = "balance";

    /// <summary>Asked for by the provider here.</summary>
    public const string ByProvider = "provider";

    /// <summary>Money that came for time after the subscription's end.</summary>
    public const string LatePayment = "late_payment";

    /// <summary>Over what is left of an invoice that was to be void and is paid in part, which Stripe does not void.</summary>
    public const string InsteadOfVoid = "void";

    /// <summary>Issued in Stripe's dashboard.</summary>
    public const string AtStripe = "stripe";

    /// <summary>Our id (<c>crn_…</c>).</summary>
    public required string Id { get; init; }

    /// <summary>The invoice.</summary>
    public required string InvoiceId { get; init; }

    /// <summary>The Stripe account it is issued in.</summary>
    public required string IntegrationId { get; init; }

    /// <summary><c>reduction</c>, <c>refund</c>, <c>balance</c>, or <c>mixed</c> for one made in Stripe's dashboard that does several.</summary>
    public required string Kind { get; init; }

    /// <summary>What it lowers what is due by, minor units.</summary>
    public long BeforePayment { get; init; }

    /// <summary>What it gives back of what was paid, minor units.</summary>
    public long AfterPayment { get; init; }

    /// <summary>ISO currency, lower case.</summary>
    public required string Currency { get; init; }

    /// <summary>Stripe's word for why.</summary>
    public string? Reason { get; init; }

    /// <summary>Printed on it.</summary>
    public string? Note { get; init; }

    /// <summary>Who it came from: <see cref="ByProvider"/>, <see cref="LatePayment"/>, <see cref="InsteadOfVoid"/> or <see cref="AtStripe"/>.</summary>
    public required string Origin { get; init; }

    /// <summary><c>pending</c> until Stripe has it, <c>issued</c>, <c>void</c>, or <c>failed</c> where Stripe refused it.</summary>
    public required string Status { get; init; }

    /// <summary>Stripe's number.</summary>
    public string? Number { get; init; }

    /// <summary>Why it failed.</summary>
    public string? Failure { get; init; }

    /// <summary>The user who asked for it.</summary>
    public string? RequestedBy { get; init; }

    /// <summary>When it was asked for (UTC).</summary>
    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>When Stripe issued it (UTC).</summary>
    public DateTimeOffset? IssuedAt { get; init; }

    /// <summary>All of it, minor units.</summary>
    public long Amount => BeforePayment + AfterPayment;

    /// <summary>The columns of a row, for every select.</summary>
    public const string Columns =
        "id, invoice_id, integration_id, kind, before_payment, after_payment, currency, reason, note, origin, status, number, failure, requested_by, created_at, issued_at";

    /// <summary>A new one of an invoice, to be issued by a job.</summary>
    public static CreditNote Of(Invoice invoice, string kind, long amount, string origin, TimeProvider clock) => new()
    {
        Id = Ids.New("crn", clock),
        InvoiceId = invoice.Id,
        IntegrationId = invoice.IntegrationId,
        Kind = kind,
        BeforePayment = kind == Reduction ? amount : 0,
        AfterPayment = kind == Reduction ? 0 : amount,
        Currency = invoice.Currency,
        Origin = origin,
        Status = "pending",
        CreatedAt = clock.GetUtcNow(),
    };

    /// <summary>Writes a new row; false when a late payment is given back already.</summary>
    public async Task<bool> Add(Transaction transaction, CancellationToken cancellation) => await transaction.Execute(
        """
        insert into credit_notes (id, invoice_id, integration_id, kind, before_payment, after_payment, currency, reason, note, origin, status, number, failure, requested_by, created_at, issued_at)
        values (@Id, @InvoiceId, @IntegrationId, @Kind, @BeforePayment, @AfterPayment, @Currency, @Reason, @Note, @Origin, @Status, @Number, @Failure, @RequestedBy, @CreatedAt, @IssuedAt)
        on conflict do nothing
        """, this, cancellation) == 1;
}

/// <summary>How much of an invoice may still be taken back. Read while the invoice is locked: whoever asks next sees what was reserved before, so that parallel
/// requests together never take back more than there is.</summary>
public static class Creditable
{
    /// <summary>What was paid through Stripe and is neither given back nor about to be, minor units; of what it took over from the customer's balance nothing, because another invoice is over that. Only what can be given back in its currency counts.
    /// A refund that failed keeps its credit note: Stripe does not take a second one for the same money.</summary>
    public static async Task<long> Paid(Transaction transaction, Invoice invoice, CancellationToken cancellation)
    {
        var paid = await Rest(transaction, invoice, Math.Min(invoice.AmountPaid - invoice.PaidElsewhere, invoice.PaidInAll), cancellation);
        return paid - (paid % Currencies.TotalStep(invoice.Currency));
    }

    /// <summary>The same with what it used up of the customer's balance, which goes back to nowhere but there.</summary>
    public static Task<long> PaidInAll(Transaction transaction, Invoice invoice, CancellationToken cancellation) =>
        Rest(transaction, invoice, invoice.PaidInAll - invoice.PaidElsewhere, cancellation);

    /// <summary>What is still due and not about to be taken off, minor units, as far as it can be (<see cref="Invoice.Reducible"/>).</summary>
    public static Task<long> Due(Transaction transaction, Invoice invoice, CancellationToken cancellation) => transaction.QueryOne<long>(
        """
        select greatest(0, @Reducible - coalesce((select sum(before_payment) from credit_notes where invoice_id = @Id and status = 'pending'), 0))::bigint
        """, new { invoice.Id, invoice.Reducible }, cancellation);

    private static Task<long> Rest(Transaction transaction, Invoice invoice, long paid, CancellationToken cancellation) => transaction.QueryOne<long>(
        """
        select greatest(0, @paid
            - coalesce((select sum(after_payment) from credit_notes where invoice_id = @Id and status in ('pending', 'issued')), 0)
            - coalesce((select sum(amount) from refunds where invoice_id = @Id and credit_note_id is null and status in ('pending', 'succeeded')), 0))::bigint
        """, new { invoice.Id, paid }, cancellation);
}
