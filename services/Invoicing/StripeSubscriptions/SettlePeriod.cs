using System.Net;
using System.Text.Json;
using Marketplace.Contracts.Subscriptions;
using Marketplace.Storage;
using Stripe;

namespace Marketplace.Invoicing;

/// <summary>Job: settle a closed period with Stripe's own invoice of it. Stripe must have counted what we counted; what none of its prices expresses goes on the
/// draft; finalized, it is to the minor unit what we rated, or nobody is asked to pay it. Where a meter does not agree in time, the difference is a line of ours
/// (<see cref="CorrectDraft"/>). Where Stripe made no invoice, ours is issued as a new one. Time after an end at Stripe is not charged, whoever has heard of it (<see cref="EndBeforeSettlement"/>).</summary>
public sealed class SettlePeriod(
    StripeConnections stripe, CreateCustomer customers, TaxLocation location, RefusedRates rates, BeforeTax beforeTax, IssueInvoice issuing, SendUsage usage, CorrectDraft correct, EndBeforeSettlement ends, ApplyStripeInvoice mirror, JobQueue queue, Database database,
    TimeProvider clock) : IStripeJobKind
{
    /// <summary>Its name in the queue.</summary>
    public const string JobKind = "settle_period";

    /// <inheritdoc/>
    public string Kind => JobKind;

    /// <summary>Writes down what the job needs to know, beside the invoice that it brings to Stripe.</summary>
    public static Task Note(Transaction transaction, MeteringPeriodClosed closed, CancellationToken cancellation) => transaction.Execute(
        """
        insert into settlements (invoice_id, subscription_id, period_start, period_end, units)
        select id, subscription_id, @PeriodStart, @PeriodEnd, @Units::jsonb from invoices
        where subscription_id = @SubscriptionId and period_start = @PeriodStart and job_kind = 'settle_period' and kind in ('period', 'final') on conflict do nothing
        """,
        new { closed.SubscriptionId, closed.PeriodStart, closed.PeriodEnd, Units = JsonSerializer.Serialize(RecurringParts.Metered(closed)) }, cancellation);

    /// <inheritdoc/>
    public async Task Carry(StripeJob job, StripeKeys keys, CancellationToken cancellation)
    {
        job = job.FreshKey ? await queue.UseFreshKey(job, cancellation) : job;
        var client = stripe.Open(keys);
        var invoice = (await database.QueryOne<Invoice>($"select {Invoice.Columns} from invoices where id = @SubjectId", job, cancellation))!;
        var ours = (await StripeSubscription.Find(database, invoice.SubscriptionId, cancellation))!;
        var settlement = await database.QueryOne<Settlement>("select period_start, period_end, units::text as units from settlements where invoice_id = @Id", invoice, cancellation);
        var known = await StripeObjects.Find(database, keys, invoice.Id, cancellation);
        var (found, ended) = invoice.VoidRequested ? default
            : known is not null ? (await Known(client, known, cancellation), null)
            : settlement is null ? default
            : await FindOf(client, job, keys, ours, invoice, settlement, cancellation);
        if (ended is { } end)
        {
            invoice = await ends.Apply(keys, ours, invoice, end, isRenewed: found is not null, cancellation);
        }

        if (found?.Parent?.SubscriptionDetails is null)
        {
            // None, or one that is ours with all its lines, begun by an earlier attempt, or one that is to be void whoever made it.
            await IssueOurs(job, keys, invoice, cancellation);
            return;
        }

        if (found.Status == "draft")
        {
            found = await Complete(client, job, keys, ours, invoice, settlement!, found, cancellation);
        }

        // At every attempt, whoever recorded the pair: one that differs is never collected.
        InvoiceMismatch? difference;
        try
        {
            difference = await Compare(client, job, ours, invoice, found, cancellation);
        }
        catch (JobFailedException refused) when (refused.Failure.Code is InvoiceMismatch.OfTotal or InvoiceMismatch.OfTaxes)
        {
            if (!await correct.IsExplained(client, keys, ours, invoice.Id, settlement?.PeriodStart ?? invoice.CreatedAt, cancellation))
            {
                throw;
            }

            // It is known why they differ, and the refused one is void.
            await IssueOurs(await queue.UseFreshKey(job, cancellation), keys, invoice, cancellation);
            return;
        }

        await StripeObjects.Record(database, keys, "invoice", invoice.Id, found.Id, clock.GetUtcNow(), cancellation);
        (found, var tried, var declined) = await Collect(client, job, keys, ours, (found, invoice.Id), cancellation);
        var problem = await PaymentProblems.Read(client, found, cancellation);
        await using var transaction = await database.Begin(cancellation);
        await mirror.Apply(transaction, keys.IntegrationId, invoice.Id, ApplyStripeInvoice.Facts(found, problem), cancellation);
        if (declined is not null)
        {
            await Invoice.SetLevel(
                transaction, [invoice.Id], InvoiceLevel.Pending, new(ChargeInvoice.PaymentFailed, $"{declined.Code}: {declined.Detail}", clock.GetUtcNow()), cancellation);
        }

        if (difference is not null)
        {
            await Invoice.SetError(transaction, invoice.Id, new(difference.Code, difference.Detail, clock.GetUtcNow()), cancellation);
        }

        await correct.MarkSettled(transaction, invoice, () => queue.Finish(transaction, job, cancellation), cancellation);
        // Also where the decline was the answer to an earlier attempt, which got lost.
        var isDeclined = declined is not null || problem is { Problem.Type: PaymentProblems.Failed, Tried: not null };
        await (isDeclined ? ChargeInvoice.WithAnother(transaction, queue, invoice.Id, tried ?? problem.Tried, cancellation) : Task.CompletedTask);
        // Whatever became of the job that was to bring the setting to the subscription.
        await BringTaxes.OfOne(transaction, queue, ours, cancellation);
        await transaction.Commit(cancellation);
        queue.Wake();
    }

    // Charged as any invoice that we issue: what Stripe's own would have collected by itself.
    private async Task IssueOurs(StripeJob job, StripeKeys keys, Invoice invoice, CancellationToken cancellation)
    {
        await using (var transaction = await database.Begin(cancellation))
        {
            await Invoice.Lock(transaction, invoice.Id, cancellation);
            await correct.MarkSettled(transaction, invoice, () => ChargeInvoice.Follow(transaction, queue, invoice, cancellation), cancellation);
            await transaction.Commit(cancellation);
        }

        await issuing.Carry(job, keys, cancellation);
    }

    private static async Task<Stripe.Invoice?> Known(StripeClient client, string id, CancellationToken cancellation)
    {
        try
        {
            return await client.V1.Invoices.GetAsync(id, cancellationToken: cancellation);
        }
        catch (StripeException exception) when (exception.HttpStatusCode == HttpStatusCode.NotFound)
        {
            // Only a draft that we made can be deleted at Stripe.
            return null;
        }
    }

    // One of ours by its metadata, left by an attempt whose answer was lost; else the draft that the period's end made, or an end within it. And when the subscription ended, where it is over.
    private async Task<(Stripe.Invoice? Invoice, DateTimeOffset? Ended)> FindOf(
        StripeClient client, StripeJob job, StripeKeys keys, StripeSubscription ours, Invoice invoice, Settlement settlement, CancellationToken cancellation)
    {
        var id = await StripeObjects.Find(database, keys, ours.Id, cancellation);
        if (id is null)
        {
            return default;
        }

        if (await Listed(client, id, invoice, settlement.PeriodEnd, cancellation) is { } found)
        {
            return (found, EndOf(found.Parent.SubscriptionDetails.Subscription));
        }

        // Renewals may come some time after the period's end. Whether one comes at all is known once the next period has begun, or nothing follows.
        var subscription = await client.V1.Subscriptions.GetAsync(id, cancellationToken: cancellation);
        var end = settlement.PeriodEnd.UtcDateTime;
        var isKnown = StripeSubscription.IsOver(subscription.Status) || subscription.Status == "paused" || subscription.Items.Data.TrueForAll(item => item.CurrentPeriodStart >= end)
            // By another calendar than ours, such as a trial's, no renewal is of this period: that is noted, and ours is issued.
            || (subscription.Items.Data.TrueForAll(item => item.CurrentPeriodStart != end && item.CurrentPeriodEnd != end)
                && await correct.IsNoted(keys, ours, invoice.Id, settlement.PeriodStart, cancellation));
        if (!isKnown)
        {
            throw Later("not_renewed_yet", "Stripe has not renewed the subscription yet.");
        }

        var ended = EndOf(subscription);
        if (ended <= settlement.PeriodStart)
        {
            // Its last draft is of a period that was closed together with this one: ours charges what was used then.
            await EndSubscription.DiscardRenewals(client, job, id, ended, cancellation);
        }

        // What came between the two questions is listed now; left out, it would stay a draft beside ours.
        return (await Listed(client, id, invoice, ended is { } at && at > settlement.PeriodStart && at < settlement.PeriodEnd ? at : settlement.PeriodEnd, cancellation), ended);
    }

    private static DateTimeOffset? EndOf(Subscription subscription) => StripeSubscription.IsOver(subscription.Status) ? StripeTimes.Utc(subscription.EndedAt) : null;

    private static async Task<Stripe.Invoice?> Listed(StripeClient client, string id, Invoice invoice, DateTimeOffset end, CancellationToken cancellation)
    {
        // Each with its subscription as it is then, so that no further question is needed.
        var options = new InvoiceListOptions { Subscription = id, Limit = 100, Expand = ["data.parent.subscription_details.subscription"] };
        await foreach (var found in client.V1.Invoices.ListAutoPagingAsync(options, cancellationToken: cancellation))
        {
            var named = found.Metadata?.GetValueOrDefault(StripeMetadata.Id);
            if (named == invoice.Id || (named == InvoiceMismatch.Named(invoice.Id) && IsDemanded(found)) || (named is null && found.BillingReason == "subscription_cycle" && found.PeriodEnd == end.UtcDateTime && found.Status != "void" && !VoidStripeInvoice.IsDiscarded(found)))
            {
                return found;
            }
        }

        return null;
    }

    private async Task<Stripe.Invoice> Complete(
        StripeClient client, StripeJob job, StripeKeys keys, StripeSubscription ours, Invoice invoice, Settlement settlement, Stripe.Invoice draft, CancellationToken cancellation)
    {
        var customer = await customers.Ensure(job, keys, ours.CustomerId, cancellation);
        await usage.Send(keys, ours, customer, cancellation);
        // The setting of the moment, as for any invoice, whatever the subscription bore when Stripe made the draft.
        var tax = await location.Demand(job, keys, (ours.CustomerId, customer, ours.OrganizationId), cancellation);
        await (tax.NeedsAddress ? beforeTax.Tell(keys, ours.MirrorId, cancellation) : Task.CompletedTask);
        if (draft.IsDiscounted())
        {
            await correct.Look(keys, ours, cancellation);
        }

        var difference = await correct.Wait(client, job, keys, ours, customer, invoice, (settlement.PeriodStart, settlement.PeriodEnd), settlement.Counted, cancellation);
        var options = new InvoiceUpdateOptions { Metadata = StripeMetadata.Of(keys.IntegrationId, ours.OrganizationId, invoice.Id), Description = invoice.Description }.With(tax, draft).WithoutDiscounts(draft);
        await rates.Give(keys, tax, () => client.V1.Invoices.UpdateAsync(draft.Id, options, cancellationToken: cancellation), cancellation);
        await AddLines(client, job, invoice, settlement, draft, customer, tax, cancellation);
        await correct.Put(client, job, invoice, draft.Id, customer, difference, tax, cancellation);
        if (tax.NeedsAddress)
        {
            TaxLocation.DemandReckoned(await client.V1.Invoices.GetAsync(draft.Id, cancellationToken: cancellation), ours.OrganizationId);
        }

        await database.Execute("update settlements set taxes = @Word where invoice_id = @Id", new { invoice.Id, tax.Word }, cancellation);
        return await client.V1.Invoices.FinalizeInvoiceAsync(
            draft.Id, new InvoiceFinalizeOptions { AutoAdvance = false }, new RequestOptions { IdempotencyKey = job.Key("finalize") }, cancellation);
    }

    // What none of Stripe's prices brings about.
    private async Task AddLines(
        StripeClient client, StripeJob job, Invoice invoice, Settlement settlement, Stripe.Invoice draft, string customer, TaxSetting tax, CancellationToken cancellation)
    {
        var lines = await database.Query<Line>(
            "select position, kind, description, unit, quantity, unit_amount, amount, period_start, period_end from invoice_lines where invoice_id = @Id order by position", invoice, cancellation);
        var beside = RecurringParts.Beside([.. lines.Select(line => line.Rated)], (settlement.PeriodStart, settlement.PeriodEnd)).ToHashSet();
        var items = lines.Where(line => beside.Contains(line.Rated)).Select(line => new InvoiceItemLine(line.Position, line.Description, line.Amount, line.PeriodStart, line.PeriodEnd));
        await StripeInvoiceLines.Add(client, job, (draft.Id, invoice.Currency), customer, items, mayHoldLines: beside.Count > 0, tax.Behavior, cancellation);
    }

    // Finalized without collecting: what differs is voided before anyone can pay it, and renamed once it is void, so that every attempt until then finds it. A retry
    // by hand then issues our own lines, on an invoice of their own. What the customer's balance settled when it was finalized is undone there. What was paid all the same stays: the
    // difference is returned, and people decide about it. So does a first one, paid or not, as it does where it is written down (FirstInvoice): void, it would end the subscription that stands on it.
    private async Task<InvoiceMismatch?> Compare(StripeClient client, StripeJob job, StripeSubscription ours, Invoice invoice, Stripe.Invoice found, CancellationToken cancellation)
    {
        var isFirst = invoice.Kind == "initial";
        // As it was finalized; what Stripe finalized by itself, as the setting is now.
        var finalized = isFirst ? ours.Taxes : await database.QueryOne<string>("select taxes from settlements where invoice_id = @Id", invoice, cancellation);
        var tax = finalized is null ? await TaxSetting.Of(database, invoice.IntegrationId, cancellation) : TaxSetting.Read(finalized);
        await client.ReadAllLines(found, cancellation);
        if (InvoiceMismatch.Of(found, (invoice.Total, invoice.Currency), tax) is not { } mismatch)
        {
            return null;
        }

        if (isFirst)
        {
            return mismatch with { Detail = $"{mismatch.Detail} The subscription began with it, so it stays as it is: refund or charge the difference, if there is one." };
        }

        if (found is { Status: "paid", AmountPaid: > 0 })
        {
            return new("paid_mismatch", $"{mismatch.Detail} It was paid before it was compared: refund or charge the difference, if there is one.");
        }

        if (found.Status == "paid")
        {
            await CustomerBalance.Undo(client, job, found, cancellation);
        }
        else if (IsDemanded(found))
        {
            await client.V1.Invoices.VoidInvoiceAsync(found.Id, requestOptions: new RequestOptions { IdempotencyKey = job.Key("void-mismatch") }, cancellationToken: cancellation);
        }

        await client.V1.Invoices.UpdateAsync(
            found.Id, new InvoiceUpdateOptions { Metadata = new Dictionary<string, string> { [StripeMetadata.Id] = InvoiceMismatch.Named(invoice.Id) } }, cancellationToken: cancellation);
        await database.Execute("delete from stripe_objects where our_id = @OurId and stripe_id = @StripeId", new { OurId = invoice.Id, StripeId = found.Id }, cancellation);
        throw new JobFailedException(new(StripeFailureKind.Refused, mismatch.Code, $"{mismatch.Detail} Nobody can pay it any more; a retry issues ours."));
    }

    private static bool IsDemanded(Stripe.Invoice found) => found.Status is "open" or "uncollectible" || found is { Status: "paid", AmountPaid: > 0 };

    // A card that declines is no failure of the job: Stripe tries again on its schedule, and our due date decides about access.
    private async Task<(Stripe.Invoice Invoice, string? Tried, StripeFailure? Declined)> Collect(
        StripeClient client, StripeJob job, StripeKeys keys, StripeSubscription ours, (Stripe.Invoice AtStripe, string OurId) found, CancellationToken cancellation)
    {
        var invoice = found.AtStripe;
        if (invoice.Status != "open" || invoice.Attempted)
        {
            return (invoice, null, null);
        }

        // Asked at the last moment: since an earlier attempt it may have been given up. The job behind this one voids it, and Stripe does not collect it until then.
        if (await database.QueryOne<bool>("select void_requested from invoices where id = @OurId", new { found.OurId }, cancellation))
        {
            return (await client.V1.Invoices.UpdateAsync(invoice.Id, new InvoiceUpdateOptions { AutoAdvance = false }, cancellationToken: cancellation), null, null);
        }

        // The organization's default pays; without one, what was stored at the checkout.
        var chosen = await database.QueryOne<string>("select default_method_id from customers where id = @CustomerId", new { ours.CustomerId }, cancellation);
        var method = chosen is null ? null : await StripeObjects.Find(database, keys, chosen, cancellation);

        await client.V1.Invoices.UpdateAsync(invoice.Id, new InvoiceUpdateOptions { AutoAdvance = true }, cancellationToken: cancellation);
        try
        {
            var options = new InvoicePayOptions { PaymentMethod = method, OffSession = true };
            return (await client.V1.Invoices.PayAsync(invoice.Id, options, new RequestOptions { IdempotencyKey = job.Key($"pay-{method}") }, cancellation), method, null);
        }
        catch (StripeException exception) when (StripeFailure.Of(exception, cancellation) is { Kind: StripeFailureKind.Refused } failure)
        {
            return (await client.V1.Invoices.GetAsync(invoice.Id, cancellationToken: cancellation), method, failure);
        }
    }

    private static JobFailedException Later(string code, string detail) => new(new(StripeFailureKind.Transient, code, detail));

    private sealed record Settlement(DateTimeOffset PeriodStart, DateTimeOffset PeriodEnd, string Units)
    {
        public IReadOnlyDictionary<string, long> Counted => JsonSerializer.Deserialize<Dictionary<string, long>>(Units)!;
    }

    private sealed record Line(
        int Position, string Kind, string Description, string? Unit, long Quantity, decimal UnitAmount, long Amount, DateTimeOffset PeriodStart, DateTimeOffset PeriodEnd)
    {
        public RatedLine Rated => new(Kind, Description, Unit, Quantity, UnitAmount, Amount, PeriodStart, PeriodEnd);
    }
}
