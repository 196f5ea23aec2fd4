using Marketplace.Contracts.Invoicing;
using Marketplace.Storage;

namespace Marketplace.Invoicing;

/// <summary>The first invoice of a subscription that Stripe renews: our lines, Stripe's payment. It covers Stripe's first period, from which all others count.</summary>
public sealed class FirstInvoice(WriteInvoice invoices, ApplyStripeInvoice mirror, JobQueue queue, TimeProvider clock)
{
    /// <summary>Writes it once with what Stripe says of it; over nothing, Stripe has none and it is paid.</summary>
    /// <param name="subscription">Locked, as <paramref name="ours"/> is.</param>
    /// <param name="problem">What stands in the way of its payment.</param>
    /// <param name="tried">Stripe's id of the method that it was to be paid with.</param>
    public async Task Write(
        Transaction transaction, BillingIntegration integration, BilledSubscription subscription, StripeSubscription ours, Stripe.Invoice? invoice, PaymentProblem? problem, string? tried,
        CancellationToken cancellation)
    {
        var plan = ours.Snapshot();
        var (from, to) = ours.Calendar().Period(0);
        var lines = Rating.First(subscription.ProductTitle!, plan, from, to);
        await invoices.Once(
            transaction, subscription, "initial", plan, from, (from, to), lines, cancellation, job: SettlePeriod.JobKind, isAtStripe: true);
        var id = (await transaction.QueryOne<string>("select id from invoices where subscription_id = @Id and kind = 'initial'", ours, cancellation))!;
        if (invoice is null)
        {
            return;
        }

        await StripeObjects.Record(transaction, integration.Keys, "invoice", id, invoice.Id, clock.GetUtcNow(), cancellation);
        await mirror.Apply(transaction, integration.Id, id, ApplyStripeInvoice.Facts(invoice, new(problem)), cancellation);
        // Its customer is held since it was written.
        await (problem is null ? Task.CompletedTask : ChargeInvoice.WithAnother(transaction, queue, id, tried, cancellation));
        var total = lines.Sum(line => line.Amount);
        if (InvoiceMismatch.Of(invoice, (total, plan.Currency.ToLowerInvariant()), TaxSetting.Read(ours.Taxes)) is { } mismatch)
        {
            // It was paid as Stripe showed it; a person has to see that it is not what we rated.
            await transaction.Execute(
                "update invoices set level = 'error', reasons = @Reasons::jsonb where id = @id",
                new
                {
                    id, Reasons = System.Text.Json.JsonSerializer.Serialize(
                        new[] { new InvoiceReason(mismatch.Code, mismatch.Detail, clock.GetUtcNow()) }, System.Text.Json.JsonSerializerOptions.Web),
                }, cancellation);
        }
    }
}
