using Marketplace.Contracts.Invoicing;
using Marketplace.Contracts.WebhookIngest;
using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Stripe;

namespace Marketplace.Invoicing;

/// <summary>Mirrors disputes. They name no customer: the payment says which invoice it paid.</summary>
public sealed class DisputeMirror(StripeConnections stripe, PaidInvoice paid, TimeProvider clock) : IStripeMirror
{
    /// <inheritdoc/>
    public string ObjectType => "dispute";

    /// <inheritdoc/>
    public async Task<ApplyFetched> Fetch(StripeEventReceived heard, BillingIntegration integration, CancellationToken cancellation)
    {
        try
        {
            var dispute = await stripe.Open(integration.Keys).V1.Disputes.GetAsync(heard.ObjectId, cancellationToken: cancellation);
            return await paid.Of(integration.Keys, dispute.PaymentIntentId, cancellation) is { } invoice
                ? (transaction, stop) => Apply(transaction, integration.Keys, invoice.OurId, dispute, stop)
                : Ignored.Because("The dispute is of no payment of an invoice of ours.");
        }
        catch (StripeException exception) when (Ignored.Reason(exception, "dispute", "Disputes: Read") is { } reason)
        {
            return Ignored.Because(reason);
        }
    }

    /// <inheritdoc/>
    public Task LookSoon(Transaction transaction, StripeEventReceived heard, BillingIntegration integration, CancellationToken cancellation) => Task.CompletedTask;

    // Under the invoice's lock: two events of one dispute are applied one after the other.
    private async Task<string?> Apply(Transaction transaction, StripeKeys keys, string invoiceId, Dispute dispute, CancellationToken cancellation)
    {
        if (await Invoice.Lock(transaction, invoiceId, cancellation) is not { } invoice || invoice.IntegrationId != keys.IntegrationId)
        {
            return $"{invoiceId} is issued by another billing integration.";
        }

        var id = await StripeObjects.OurId(transaction, keys, dispute.Id, cancellation);
        var known = id is null ? null : await transaction.QueryOne<DisputeRow>($"select {DisputeRow.Columns} from disputes where id = @id", new { id }, cancellation);
        var next = (known ?? new() { Id = Ids.New("dsp", clock), InvoiceId = invoice.Id, Currency = invoice.Currency, Reason = dispute.Reason, Status = dispute.Status, OpenedAt = StripeTimes.Utc(dispute.Created) }) with
        {
            Amount = dispute.Amount,
            Status = DisputeState.Later(known?.Status, dispute.Status),
            EvidenceDueBy = StripeTimes.Utc(dispute.EvidenceDetails?.DueBy) ?? known?.EvidenceDueBy,
        };
        if (next == known)
        {
            return null;
        }

        next = next with { Version = (known?.Version ?? 0) + 1, ClosedAt = DisputeState.Outcome(next.Status) is null ? null : known?.ClosedAt ?? clock.GetUtcNow() };
        await transaction.Execute(
            """
            insert into disputes (id, invoice_id, amount, currency, reason, status, evidence_due_by, opened_at, closed_at, version)
            values (@Id, @InvoiceId, @Amount, @Currency, @Reason, @Status, @EvidenceDueBy, @OpenedAt, @ClosedAt, @Version)
            on conflict (id) do update set amount = excluded.amount, status = excluded.status, evidence_due_by = excluded.evidence_due_by, closed_at = excluded.closed_at, version = excluded.version
            """, next, cancellation);
        if (known is null)
        {
            await StripeObjects.Record(transaction, keys, "dispute", next.Id, dispute.Id, clock.GetUtcNow(), cancellation);
        }

        await Tell(transaction, invoice, next, cancellation);
        await TakenBack.Tell(transaction, invoice.Id, cancellation);
        return null;
    }

    private static Task Tell(Transaction transaction, Invoice invoice, DisputeRow dispute, CancellationToken cancellation) =>
        DisputeState.IsOpen(dispute.Status) ? transaction.Announce(
            new DisputeOpened(
                dispute.Id, invoice.Id, invoice.SubscriptionId, invoice.OrganizationId, dispute.Amount, dispute.Currency, dispute.Reason, dispute.EvidenceDueBy, dispute.Version), cancellation)
        : DisputeState.Outcome(dispute.Status) is { } outcome ? transaction.Announce(
            new DisputeClosed(dispute.Id, invoice.Id, invoice.SubscriptionId, invoice.OrganizationId, outcome, dispute.ClosedAt!.Value, dispute.Version), cancellation)
        : Task.CompletedTask;
}

/// <summary>A dispute's row.</summary>
internal sealed record DisputeRow
{
    public required string Id { get; init; }

    public required string InvoiceId { get; init; }

    public long Amount { get; init; }

    public required string Currency { get; init; }

    public required string Reason { get; init; }

    public required string Status { get; init; }

    public DateTimeOffset? EvidenceDueBy { get; init; }

    public DateTimeOffset OpenedAt { get; init; }

    public DateTimeOffset? ClosedAt { get; init; }

    public long Version { get; init; }

    public const string Columns = "id, invoice_id, amount, currency, reason, status, evidence_due_by, opened_at, closed_at, version";
}
