using Marketplace.Storage;
using Stripe;

namespace Marketplace.Invoicing;

/// <summary>What is done where Stripe's meters do not show what a closed period counted. For an hour they are waited for, or until the job's last attempt, and what Stripe rejected is sent
/// again; then the draft gets one line of ours over the difference, so that the period costs what we rated and nobody has to do anything.</summary>
public sealed class CorrectDraft(SendUsage usage, RejectedUsage rejected, SubscriptionMirror subscriptions, MirrorPaymentMethods customers, StripeChanges changes, Database database, TimeProvider clock)
{
    /// <summary>How long meters are waited for. Where other failures came first, the last attempt may be before its end; that one waits no longer, as none follows.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromHours(1);

    private const string Position = "correction";

    /// <summary>Null where all meters agree; else, when they were waited for long enough, what differs.</summary>
    /// <exception cref="JobFailedException">They are waited for.</exception>
    public async Task<string?> Wait(
        StripeClient client, StripeJob job, StripeKeys keys, StripeSubscription ours, string customer, Invoice invoice, (DateTimeOffset Start, DateTimeOffset End) period,
        IReadOnlyDictionary<string, long> units, CancellationToken cancellation)
    {
        try
        {
            await usage.Verify(client, keys, ours, customer, period, units, cancellation);
            return null;
        }
        catch (JobFailedException differing) when (differing.Failure.Code is SendUsage.NotHeard or SendUsage.NotCounted)
        {
            var since = await database.QueryOne<DateTimeOffset>(
                "update settlements set differs_since = coalesce(differs_since, @Now) where invoice_id = @Id returning differs_since", new { invoice.Id, Now = clock.GetUtcNow() }, cancellation);
            if (clock.GetUtcNow() - since < Patience && job.Attempts < RetrySchedule.Retries)
            {
                await rejected.Look(keys, ours, cancellation);
                throw;
            }

            await database.Execute("update settlements set correction = @Detail where invoice_id = @Id", new { invoice.Id, differing.Failure.Detail }, cancellation);
            return differing.Failure.Detail;
        }
    }

    /// <summary>Puts the line on the draft that makes up for the difference; the line of an earlier attempt gives way.</summary>
    /// <param name="difference">Null where there is none.</param>
    /// <param name="tax">The taxes that the draft bears; the difference is before them.</param>
    public async Task Put(StripeClient client, StripeJob job, Invoice invoice, string draft, string customer, string? difference, TaxSetting tax, CancellationToken cancellation)
    {
        if (!await IsCorrected(invoice.Id, cancellation))
        {
            return;
        }

        await foreach (var item in client.V1.InvoiceItems.ListAutoPagingAsync(new InvoiceItemListOptions { Invoice = draft, Limit = 100 }, cancellationToken: cancellation))
        {
            if (item.Metadata?.GetValueOrDefault(StripeInvoiceLines.Position) == Position)
            {
                await client.V1.InvoiceItems.DeleteAsync(item.Id, cancellationToken: cancellation);
            }
        }

        var total = difference is null ? invoice.Total : StripeInvoiceSums.Of(await client.V1.Invoices.GetAsync(draft, cancellationToken: cancellation)).BeforeTax;
        if (total == invoice.Total)
        {
            return;
        }

        await client.V1.InvoiceItems.CreateAsync(
            new InvoiceItemCreateOptions
            {
                Customer = customer,
                Invoice = draft,
                Amount = invoice.Total - total,
                Currency = invoice.Currency,
                TaxBehavior = tax.Behavior,
                Description = total < invoice.Total ? "Usage that the meter does not show" : "Usage that the meter shows too much of",
                Metadata = new Dictionary<string, string> { [StripeInvoiceLines.Position] = Position },
            },
            // Each claim has a key of its own: an earlier one's line was just deleted.
            new RequestOptions { IdempotencyKey = job.Key($"correction-{job.Lease}") },
            cancellation);
    }

    /// <summary>Settles a closed period now, without waiting for its meters any longer; false where it is not closed, or settled.</summary>
    public async Task<bool> Hurry(Transaction transaction, string integrationId, (string Subscription, DateTimeOffset Start) period, JobQueue queue, CancellationToken cancellation)
    {
        var invoice = await transaction.QueryOne<string>(
            "select invoice_id from settlements where subscription_id = @Subscription and period_start = @Start and settled_at is null", new { period.Subscription, period.Start }, cancellation);
        if (invoice is null)
        {
            return false;
        }

        // The invoice before its settlement, and with those that stand in error in its lane, which are set going with it.
        await queue.HoldInvoices(transaction, invoice, cancellation);
        if (await Invoice.Lock(transaction, invoice, cancellation) is not { IsSettled: false, VoidRequested: false } held || await transaction.Execute(
            "update settlements set differs_since = least(differs_since, @Now - @Patience) where invoice_id = @invoice and settled_at is null",
            new { invoice, Now = clock.GetUtcNow(), Patience }, cancellation) == 0)
        {
            return false;
        }

        await queue.Fire(transaction, integrationId, invoice, codes: null, cancellation);
        await transaction.Execute("update stripe_jobs set next_attempt_at = @Now where kind = @JobKind and subject_id = @invoice and status = 'waiting'", new { SettlePeriod.JobKind, invoice, Now = clock.GetUtcNow() }, cancellation);
        await queue.Enqueue(transaction, integrationId, held.OrganizationId, SettlePeriod.JobKind, invoice, cancellation);
        return true;
    }

    /// <summary>Whether it is known why Stripe's invoice is over another amount than ours, so that nobody has to look: that was noted (<see cref="IsNoted"/>), or the subscription is over there or ends amid a period
    /// of ours, of which Stripe charges a part and we the whole.</summary>
    /// <exception cref="JobFailedException">Ours changed meanwhile; it is looked at again.</exception>
    public async Task<bool> IsExplained(StripeClient client, StripeKeys keys, StripeSubscription ours, string invoiceId, DateTimeOffset periodStart, CancellationToken cancellation) =>
        await IsNoted(keys, ours, invoiceId, periodStart, cancellation)
        || (await StripeObjects.Find(database, keys, ours.Id, cancellation) is { } id && ours.EndsAmidPeriod(await client.V1.Subscriptions.GetAsync(id, cancellationToken: cancellation)));

    /// <summary>Whether something was noted of which Stripe's invoice may be over another amount than ours: its meter differed, or the subscription or its customer was changed there within the
    /// period, or before it in a way that lasts. An end is no such change: until it has come, the period's last invoice is waited for.</summary>
    /// <exception cref="JobFailedException">Ours changed meanwhile; it is looked at again.</exception>
    public async Task<bool> IsNoted(StripeKeys keys, StripeSubscription ours, string invoiceId, DateTimeOffset periodStart, CancellationToken cancellation)
    {
        if (await IsCorrected(invoiceId, cancellation))
        {
            return true;
        }

        await Look(keys, ours, cancellation);
        return await database.QueryOne<bool>(
            """
            select exists (select from stripe_changes where (object_type, our_id) in ((@Subscription, @Id), (@Customer, @CustomerId))
                and (found_at >= @periodStart or state = 'open' or repaired_at >= @periodStart))
            """, new { ours.Id, ours.CustomerId, Subscription = SetUpSubscription.ObjectType, Customer = CustomerChanges.ObjectType, periodStart }, cancellation);
    }

    /// <summary>Notes what somebody changed at Stripe of a subscription or its customer, where no event told of it.</summary>
    /// <exception cref="JobFailedException">Ours changed meanwhile; it is looked at again.</exception>
    public async Task Look(StripeKeys keys, StripeSubscription ours, CancellationToken cancellation)
    {
        if (await StripeObjects.Find(database, keys, ours.Id, cancellation) is { } stripeId && await BillingIntegration.Find(database, keys.IntegrationId, cancellation) is { } integration)
        {
            await Apply(await subscriptions.Fetch(stripeId, integration, cancellation), cancellation);
        }

        if (await StripeObjects.Find(database, keys, ours.CustomerId, cancellation) is { } customer)
        {
            await Apply(await customers.Ask(keys, customer, null, cancellation), cancellation);
        }
    }

    private async Task Apply(ApplyFetched apply, CancellationToken cancellation)
    {
        try
        {
            await using var transaction = await database.Begin(cancellation);
            await apply(transaction, cancellation);
            await transaction.Commit(cancellation);
        }
        catch (TimeoutException changed)
        {
            throw new JobFailedException(new(StripeFailureKind.Transient, "subscription_changed", changed.Message));
        }
    }

    private Task<bool> IsCorrected(string invoiceId, CancellationToken cancellation) =>
        database.QueryOne<bool>("select exists (select from settlements where invoice_id = @invoiceId and correction is not null)", new { invoiceId }, cancellation);

    /// <summary>Writes down that a period was settled; whatever its meters show from now on, nobody pays for it.</summary>
    /// <param name="queueing">What is done with the queue: the settlement is held behind its invoice and before the lane, and the notes of changes come behind it, as everywhere.</param>
    public async Task MarkSettled(Transaction transaction, Invoice invoice, Func<Task> queueing, CancellationToken cancellation)
    {
        var settled = await transaction.QueryOne<Row>(
            "update settlements set settled_at = @Now where invoice_id = @Id and settled_at is null returning subscription_id, correction", new { invoice.Id, Now = clock.GetUtcNow() }, cancellation);
        await queueing();
        if (settled is null)
        {
            return;
        }

        await changes.Repaired(transaction, invoice.IntegrationId, RejectedUsage.MeterEvent, settled.SubscriptionId, cancellation);
        if (settled.Correction is not null)
        {
            await transaction.Record(null, "settlement.corrected", invoice.ProviderOrganizationId, invoice.Id, null, new { difference = settled.Correction, invoice.Total }, cancellation);
        }
    }

    private sealed record Row(string SubscriptionId, string? Correction);
}
