using Marketplace.Pricing;
using Marketplace.Storage;

namespace Marketplace.Invoicing;

/// <summary>What is done where a settlement finds that its subscription was over at Stripe before a period began whose base price the invoice charges, as where every event of that was lost: the end is told,
/// and the invoice charges no time after it, before any of it is at Stripe.</summary>
public sealed class EndBeforeSettlement(CorrectDraft correct, Database database)
{
    /// <summary>Tells the end, unless it was heard of; then takes the base prices off, of the period that the invoice covers or of those that a last one charges. The invoice as it is now, to be void where nothing
    /// is left of it; as it was where all that it charges had begun.</summary>
    /// <param name="end">When it ended at Stripe.</param>
    /// <param name="isRenewed">Whether Stripe has an invoice of the period, which is settled also where it is over nothing.</param>
    /// <exception cref="JobFailedException">Ours changed meanwhile; it is looked at again.</exception>
    public async Task<Invoice> Apply(StripeKeys keys, StripeSubscription ours, Invoice invoice, DateTimeOffset end, bool isRenewed, CancellationToken cancellation)
    {
        if (!(end <= invoice.CoversFrom) && !await database.QueryOne<bool>(
            "select exists (select from invoice_lines where invoice_id = @Id and kind = @BasePrice and period_start >= @end)", new { invoice.Id, LineKind.BasePrice, end }, cancellation))
        {
            return invoice;
        }

        await (ours.EndedAt is null ? correct.Look(keys, ours, cancellation) : Task.CompletedTask);
        await using var transaction = await database.Begin(cancellation);
        await Invoice.Lock(transaction, invoice.Id, cancellation);
        await transaction.Execute("delete from invoice_lines where invoice_id = @Id and kind = @BasePrice and period_start >= @end", new { invoice.Id, LineKind.BasePrice, end }, cancellation);
        var left = (await transaction.QueryOne<Invoice>(
            $"""
            update invoices set covers_from = null, covers_to = null, total = (select coalesce(sum(amount), 0) from invoice_lines where invoice_id = @Id)
            where id = @Id returning {Invoice.Columns}
            """, invoice, cancellation))!;
        left = left with { VoidRequested = left.VoidRequested || (left.Total == 0 && !isRenewed) };
        await left.Save(transaction, cancellation);
        await transaction.Commit(cancellation);
        return left;
    }
}
