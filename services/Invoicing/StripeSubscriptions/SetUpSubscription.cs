using Marketplace.Storage;
using Stripe;

namespace Marketplace.Invoicing;

/// <summary>Job: make a subscription at Stripe renew as ours does, when it is new and whenever it was changed there. Its renewals stay drafts until a period's usage is final
/// (<see cref="SettlePeriod"/>), it has the plan's prices and no others, it bears the integration's taxes, it ends with its term, and its payment method is the customer's default where there was none.</summary>
public sealed class SetUpSubscription(StripeConnections stripe, MirrorPaymentMethods methods, TaxLocation location, RefusedRates rates, BeforeTax beforeTax, StripeChanges changes, JobQueue queue, Database database, TimeProvider clock) : IStripeJobKind
{
    /// <summary>What changes at subscriptions are filed under.</summary>
    public const string ObjectType = "subscription";

    /// <summary>Its name in the queue.</summary>
    public const string JobKind = "set_up_subscription";

    private const string Changed = "subscription_update";

    /// <inheritdoc/>
    public string Kind => JobKind;

    /// <summary>Every step sets a state, so that it can be done again.</summary>
    public async Task Carry(StripeJob job, StripeKeys keys, CancellationToken cancellation)
    {
        // What it makes it looks up first; under the old key a failure that Stripe recorded would be all it is ever told.
        job = job.FreshKey ? await queue.UseFreshKey(job, cancellation) : job;
        var client = stripe.Open(keys);
        var ours = (await StripeSubscription.Find(database, job.SubjectId, cancellation))!;
        var id = (await StripeObjects.Find(database, keys, ours.Id, cancellation))!;
        var subscription = await client.V1.Subscriptions.GetAsync(id, cancellationToken: cancellation);
        var (isAsSet, isRefused) = (true, false);
        var (tax, given) = (await TaxSetting.Of(database, keys.IntegrationId, cancellation), ours.Taxes);
        var address = await location.Version(ours.OrganizationId, cancellation);
        if (!StripeSubscription.IsOver(subscription.Status))
        {
            var shape = await SubscriptionShape.Of(database, keys, ours, cancellation);
            await Note(keys, ours, SubscriptionShape.ByOthers(shape.Differences(subscription)), cancellation);
            // Where Stripe Tax waits for an address, what it bore goes on; its next renewal waits, and giving the address adds this job again. So it is where a price includes its tax, or Stripe refuses a rate.
            var maySet = await location.Bring(keys, tax, (ours.CustomerId, subscription.CustomerId, ours.OrganizationId), job.Key, cancellation) && await IsBeforeTax(keys, tax, ours, cancellation);
            (isAsSet, given, isRefused) = await Restore(keys, subscription, ours, shape, maySet ? tax : TaxSetting.Read(ours.Taxes), cancellation);
            await KeepMethod(client, subscription, cancellation);
            await TakeBack(client, job, subscription, cancellation);
        }

        await NameInvoice(client, keys, ours, cancellation);
        // What was stored at the checkout is known here before the lane goes on, whatever becomes of webhooks: our own invoices are charged to it as well.
        var known = await methods.Ask(keys, subscription.CustomerId, null, cancellation);
        await using var transaction = await database.Begin(cancellation);
        if (given != ours.Taxes)
        {
            await transaction.Execute("update stripe_subscriptions set taxes = @given, version = version + 1 where id = @Id", new { given, ours.Id }, cancellation);
        }

        await known(transaction, cancellation);
        await queue.Finish(transaction, job, cancellation);
        if (isAsSet)
        {
            await changes.Repaired(transaction, ours.IntegrationId, ObjectType, ours.Id, cancellation);
        }

        // The lane is held from here on: a setting or an address that is written now adds its job after this one has left, and one that was written before is seen.
        if ((await TaxSetting.Of(transaction, keys.IntegrationId, cancellation)).Word != tax.Word
            || await TaxLocation.Version(transaction, ours.OrganizationId, cancellation) != address)
        {
            await queue.Enqueue(transaction, ours.IntegrationId, ours.OrganizationId, JobKind, ours.Id, cancellation);
        }
        else if (isRefused)
        {
            // So is a rate that is used again since it was refused: whoever brought that to all found this job here.
            await BringTaxes.OfOne(transaction, queue, ours, cancellation);
        }

        await transaction.Commit(cancellation);
        queue.Wake();
    }

    // In a write of its own before it is put back: whether or not anybody heard of it, and however often this is tried, what it was charged is given back.
    private async Task Note(StripeKeys keys, StripeSubscription ours, IReadOnlyList<string> changed, CancellationToken cancellation)
    {
        if (changed.Count > 0)
        {
            await using var transaction = await database.Begin(cancellation);
            await changes.Note(transaction, keys, ObjectType, ours.Id, changed, SubscriptionShape.Advice(changed), cancellation);
            await transaction.Commit(cancellation);
        }
    }

    private async Task<bool> IsBeforeTax(StripeKeys keys, TaxSetting tax, StripeSubscription ours, CancellationToken cancellation)
    {
        try
        {
            await (tax.NeedsAddress ? beforeTax.Tell(keys, ours.MirrorId, cancellation) : Task.CompletedTask);
            return true;
        }
        catch (JobFailedException refused) when (refused.Failure.Code == BeforeTax.PriceInclusive)
        {
            return false;
        }
    }

    // Whether all is as we set it then, which taxes it bears, and whether it bears no others because Stripe refuses a rate.
    private async Task<(bool IsAsSet, string Given, bool IsRefused)> Restore(
        StripeKeys keys, Subscription theirs, StripeSubscription ours, SubscriptionShape shape, TaxSetting tax, CancellationToken cancellation)
    {
        var client = stripe.Open(keys);
        var wanted = shape.With(tax);
        var options = wanted.Restore(theirs);
        var term = ours.TermEnd(clock.GetUtcNow());
        if (EndSubscription.IsBefore(term, theirs.CancelAt))
        {
            options.CancelAt = term!.Value.UtcDateTime;
        }

        try
        {
            return (wanted.Differences(await rates.Give(keys, tax, () => client.V1.Subscriptions.UpdateAsync(theirs.Id, options, cancellationToken: cancellation), cancellation)).Count == 0, tax.Word, false);
        }
        catch (Exception exception) when (exception is JobFailedException { Failure.Code: StripeFailure.TaxRateArchived or StripeFailure.TaxRateUnknown } || (exception is StripeException refused && TaxLocation.IsUnclear(refused)))
        {
            // It stands with the taxes that it bears until another address is given, or the rate is used again; all else is put right.
            (options.AutomaticTax, options.DefaultTaxRates) = (null, null);
            return (shape.Differences(await client.V1.Subscriptions.UpdateAsync(theirs.Id, options, cancellationToken: cancellation)).Count == 0, ours.Taxes, exception is JobFailedException);
        }
    }

    // What a change of items at Stripe was to cost or to bring: nobody owes it, what was paid of it is given back, and what it moved on the balance is moved back.
    private async Task TakeBack(StripeClient client, StripeJob job, Subscription subscription, CancellationToken cancellation)
    {
        if (!await database.QueryOne<bool>("select exists (select from stripe_changes where our_id = @SubjectId and object_type = 'subscription' and state = 'open')", job, cancellation))
        {
            return;
        }

        await foreach (var item in client.V1.InvoiceItems.ListAutoPagingAsync(
            new InvoiceItemListOptions { Customer = subscription.CustomerId, Pending = true, Limit = 100 }, cancellationToken: cancellation))
        {
            if (item.Proration && item.Parent?.SubscriptionDetails?.Subscription == subscription.Id)
            {
                await client.V1.InvoiceItems.DeleteAsync(item.Id, cancellationToken: cancellation);
            }
        }

        await foreach (var invoice in client.V1.Invoices.ListAutoPagingAsync(new InvoiceListOptions { Subscription = subscription.Id, Limit = 100 }, cancellationToken: cancellation))
        {
            switch (invoice)
            {
                case { BillingReason: Changed, Status: "draft" }:
                    await VoidStripeInvoice.Discard(client, job, invoice, cancellation);
                    break;
                case { BillingReason: Changed, Status: "open" or "uncollectible" }:
                    await client.V1.Invoices.VoidInvoiceAsync(invoice.Id, requestOptions: new RequestOptions { IdempotencyKey = job.Key($"void-{invoice.Id}") }, cancellationToken: cancellation);
                    break;
                case { BillingReason: Changed, Status: "paid" }:
                    await UndoSubscription.GiveBack(client, job, invoice, "requested_by_customer", cancellation);
                    break;
            }
        }
    }

    private static async Task KeepMethod(StripeClient client, Subscription subscription, CancellationToken cancellation)
    {
        var customer = await client.V1.Customers.GetAsync(subscription.CustomerId, cancellationToken: cancellation);
        if (subscription.DefaultPaymentMethodId is { } method && customer.InvoiceSettings?.DefaultPaymentMethodId is null)
        {
            await client.V1.Customers.UpdateAsync(
                customer.Id, new CustomerUpdateOptions { InvoiceSettings = new() { DefaultPaymentMethod = method } }, cancellationToken: cancellation);
        }
    }

    // Like every object that we make, its first invoice names ours.
    private async Task NameInvoice(StripeClient client, StripeKeys keys, StripeSubscription ours, CancellationToken cancellation)
    {
        var invoice = await database.QueryOne<string>("select id from invoices where subscription_id = @Id and kind = 'initial'", ours, cancellation);
        if (invoice is not null && await StripeObjects.Find(database, keys, invoice, cancellation) is { } id)
        {
            await client.V1.Invoices.UpdateAsync(
                id, new InvoiceUpdateOptions { Metadata = StripeMetadata.Of(keys.IntegrationId, ours.OrganizationId, invoice) }, cancellationToken: cancellation);
        }
    }
}
