using Marketplace.Storage;
using Stripe;

namespace Marketplace.Invoicing;

/// <summary>Job: make a refund again that the payer's bank returned. Its subject is the refund that failed; the new one carries that id, which leads it to the same
/// credit note and is what an earlier attempt is found by. What Stripe refuses ends the repetition, not the lane, and it may be asked for once more.</summary>
public sealed class RepeatRefund(StripeConnections stripe, ApplyCredits mirror, JobQueue queue, Database database) : IStripeJobKind
{
    /// <summary>Its name in the queue.</summary>
    public const string JobKind = "repeat_refund";

    /// <inheritdoc/>
    public string Kind => JobKind;

    /// <inheritdoc/>
    public async Task Carry(StripeJob job, StripeKeys keys, CancellationToken cancellation)
    {
        job = job.FreshKey ? await queue.UseFreshKey(job, cancellation) : job;
        var refund = (await database.QueryOne<RefundRow>($"select {RefundRow.Columns} from refunds where id = @SubjectId", job, cancellation))!;
        var client = stripe.Open(keys);
        try
        {
            var failed = await client.V1.Refunds.GetAsync(await StripeObjects.Find(database, keys, refund.Id, cancellation), cancellationToken: cancellation);
            if (!job.MayHaveRun || !await IsThere(client, failed.PaymentIntentId, refund.Id, cancellation))
            {
                await client.V1.Refunds.CreateAsync(
                    new RefundCreateOptions { PaymentIntent = failed.PaymentIntentId, Amount = refund.Amount, Metadata = StripeMetadata.Of(keys.IntegrationId, keys.OrganizationId, refund.Id) },
                    new RequestOptions { IdempotencyKey = job.Key("refund") }, cancellation);
            }

            var invoice = (await StripeObjects.Find(database, keys, refund.InvoiceId, cancellation))!;
            await mirror.Finish(job, keys, refund.InvoiceId, await StripeCredits.Fetch(client, invoice, cancellation), cancellation);
        }
        catch (Exception exception) when (StripeRefusal.OfObject(exception, cancellation) is { } refusal)
        {
            await Fail(job, refund, refusal, cancellation);
        }
    }

    private static async Task<bool> IsThere(StripeClient client, string intent, string ourId, CancellationToken cancellation)
    {
        await foreach (var found in client.V1.Refunds.ListAutoPagingAsync(new RefundListOptions { PaymentIntent = intent, Limit = 100 }, cancellationToken: cancellation))
        {
            if (found.Metadata?.GetValueOrDefault(StripeMetadata.Id) == ourId)
            {
                return true;
            }
        }

        return false;
    }

    private async Task Fail(StripeJob job, RefundRow refund, StripeFailure failure, CancellationToken cancellation)
    {
        await using var transaction = await database.Begin(cancellation);
        await Invoice.Lock(transaction, refund.InvoiceId, cancellation);
        await transaction.Execute(
            "update refunds set repeated_at = null, repeat_failure = @Failure where id = @Id", new { refund.Id, Failure = $"{failure.Code}: {failure.Detail}" }, cancellation);
        await queue.Finish(transaction, job, cancellation);
        await transaction.Commit(cancellation);
    }
}
