using System.Net;
using Marketplace.Contracts.Invoicing;
using Marketplace.Contracts.WebhookIngest;
using Marketplace.Storage;
using Stripe;

namespace Marketplace.Invoicing;

/// <summary>Mirrors Stripe's subscriptions: the first that a checkout completes, or the one that a job began with a stored payment method, is ours, its first invoice opens access, and what is changed at Stripe is told. One
/// more for the same subscription of ours, or one for a subscription that is over, is undone.</summary>
public sealed class SubscriptionMirror(StripeConnections stripe, FirstInvoice first, StripeChanges changes, JobQueue queue, Database database, TimeProvider clock) : IStripeMirror
{
    // Nothing was paid yet: a checkout that fails or is left makes such ones, and the next attempt goes on with them.
    private static readonly string[] NotBegun = ["incomplete", "incomplete_expired"];

    /// <inheritdoc/>
    public string ObjectType => "subscription";

    /// <inheritdoc/>
    public Task<ApplyFetched> Fetch(StripeEventReceived heard, BillingIntegration integration, CancellationToken cancellation) =>
        Fetch(heard.ObjectId, integration, cancellation);

    /// <summary>Asks for a subscription's present state and its invoices. Where Stripe renews nothing for us its subscriptions are others', which the key need not be allowed to read.</summary>
    public async Task<ApplyFetched> Fetch(string stripeId, BillingIntegration integration, CancellationToken cancellation)
    {
        if (integration.BillingModel != StripeSubscription.BillingModel)
        {
            return Ignored.Because("Stripe renews no subscriptions for this billing integration.");
        }

        var client = stripe.Open(integration.Keys);
        var ourId = await StripeObjects.OurId(database, integration.Keys, stripeId, cancellation);
        var before = ourId is null ? null : await StripeSubscription.Find(database, ourId, cancellation);
        Subscription subscription;
        try
        {
            subscription = await client.V1.Subscriptions.GetAsync(stripeId, cancellationToken: cancellation);
        }
        catch (StripeException exception) when (exception.HttpStatusCode == HttpStatusCode.NotFound)
        {
            return Ignored.Because("The subscription is not at Stripe.");
        }

        var foreign = Foreign(integration, subscription);
        if (foreign is not null)
        {
            return Ignored.Because(foreign);
        }

        var invoice = before is { Status: not StripeSubscription.Awaiting } ? null : await First(client, stripeId, cancellation);
        var problem = invoice is null ? null : (await PaymentProblems.Read(client, invoice, cancellation)).Problem;
        var changed = before is null ? [] : await Changed(integration.Keys, before, subscription, cancellation);
        return (transaction, stop) => Apply(transaction, integration, subscription, new(before, changed, invoice, problem), stop);
    }

    /// <summary>What somebody changed at Stripe of a subscription that it renews for us, in stable words.</summary>
    public async Task<IReadOnlyList<string>> Changed(StripeKeys keys, StripeSubscription ours, Subscription theirs, CancellationToken cancellation) =>
        ours.Status is StripeSubscription.Awaiting or "incomplete" || ours.EndedAt is not null || theirs.Status is "canceled" || NotBegun.Contains(theirs.Status)
            || await StripeObjects.Find(database, keys, ours.Id, cancellation) != theirs.Id ? []
        : (await SubscriptionShape.Of(database, keys, ours, cancellation)).Differences(theirs);

    /// <inheritdoc/>
    public Task LookSoon(Transaction transaction, StripeEventReceived heard, BillingIntegration integration, CancellationToken cancellation) => Task.CompletedTask;

    /// <summary>The subscription's first invoice; null where there was nothing to pay.</summary>
    private static async Task<Stripe.Invoice?> First(StripeClient client, string stripeId, CancellationToken cancellation)
    {
        await foreach (var invoice in client.V1.Invoices.ListAutoPagingAsync(new InvoiceListOptions { Subscription = stripeId, Limit = 100 }, cancellationToken: cancellation))
        {
            if (invoice.BillingReason == "subscription_create")
            {
                await client.ReadAllLines(invoice, cancellation);
                return invoice;
            }
        }

        return null;
    }

    private static string? Foreign(BillingIntegration integration, Subscription subscription) =>
        subscription.Livemode != integration.Livemode ? "The subscription is of the other mode than the integration."
        : subscription.Metadata?.GetValueOrDefault(StripeMetadata.Integration) is not { } owner ? "The subscription was not made by the marketplace."
        : owner != integration.Id ? "The subscription belongs to another billing integration."
        : subscription.Metadata.ContainsKey(StripeMetadata.Id) ? null
        : "The subscription does not name ours.";

    /// <summary>Applies a fetched state inside a write.</summary>
    /// <exception cref="TimeoutException">Ours changed meanwhile: what was fetched may be older, and is fetched again.</exception>
    private async Task<string?> Apply(Transaction transaction, BillingIntegration integration, Subscription subscription, Asked asked, CancellationToken cancellation)
    {
        var ourId = subscription.Metadata[StripeMetadata.Id];
        var billed = await BilledSubscription.Lock(transaction, ourId, cancellation);
        if (billed is null || await StripeSubscription.Lock(transaction, ourId, cancellation) is not { } ours || ours.IntegrationId != integration.Id)
        {
            return "It names no subscription that this billing integration renews.";
        }

        var recorded = await transaction.QueryOne<string>("select stripe_id from stripe_objects where our_id = @ourId", new { ourId }, cancellation);
        if (recorded is null && !ours.StoredMethod && NotBegun.Contains(subscription.Status))
        {
            return "Its first payment was not made yet.";
        }

        if (recorded is null ? billed.CancelledAt is not null : recorded != subscription.Id)
        {
            if (subscription.Status != "canceled")
            {
                await queue.Enqueue(transaction, integration.Id, ours.OrganizationId, UndoSubscription.JobKind, subscription.Id, cancellation);
            }

            return null;
        }

        if (asked.Before is { } before ? before.Version != ours.Version : ours.Status != StripeSubscription.Awaiting)
        {
            throw new TimeoutException($"{ourId} changed while Stripe was asked about it.");
        }

        var begins = ours.Status is StripeSubscription.Awaiting or "incomplete" && !NotBegun.Contains(subscription.Status);
        if (ours.Status == StripeSubscription.Awaiting)
        {
            await StripeObjects.Record(transaction, integration.Keys, "subscription", ourId, subscription.Id, clock.GetUtcNow(), cancellation);
            var start = StripeTimes.Utc(subscription.StartDate);
            ours = ours with { Anchor = ours.Anchor ?? start, BeganAt = start };
            await (ours.CoveredFrom is null ? first.Write(transaction, integration, billed, ours, asked.First, asked.Problem, subscription.DefaultPaymentMethodId, cancellation) : SendWaiting(transaction, ours, cancellation));
        }

        if (begins)
        {
            if (ours.EndsWithPeriod)
            {
                // Wished before there was anything there that could end.
                await queue.Enqueue(transaction, integration.Id, ours.OrganizationId, EndSubscription.JobKind, ourId, cancellation);
            }

            // What is not paid yet takes no such changes at Stripe.
            await SetUp(transaction, ours, cancellation);
        }

        await Follow(transaction, billed, ours, subscription, cancellation);
        await PutBack(transaction, integration, ours, subscription, asked.Changed, cancellation);
        return null;
    }

    // What was used since it took another one's place.
    private async Task SendWaiting(Transaction transaction, StripeSubscription ours, CancellationToken cancellation)
    {
        if (await transaction.QueryOne<bool>("select exists (select from meter_usage where subscription_id = @Id and sent_at is null)", ours, cancellation))
        {
            await queue.Enqueue(transaction, ours.IntegrationId, ours.OrganizationId, SendUsage.JobKind, ours.Id, cancellation);
        }
    }

    // Plans, quantities and discounts are the marketplace's to change: our rating is what is owed, and a renewal that is finalized early would not hold what was used.
    private async Task PutBack(
        Transaction transaction, BillingIntegration integration, StripeSubscription ours, Subscription theirs, IReadOnlyList<string> changed, CancellationToken cancellation)
    {
        var known = await changes.Known(transaction, SetUpSubscription.ObjectType, ours.Id, cancellation);
        if (changed.Count == 0 && known.Count == 0)
        {
            await BringTaxes.OfOne(transaction, queue, ours, cancellation);
            return;
        }

        // Held behind its lane, so that the job does not begin before this is written down.
        await queue.Hold(transaction, integration.Id, [ours.OrganizationId], cancellation);
        var settingUp = await transaction.QueryOne<string>(
            "select status from stripe_jobs where kind = @JobKind and subject_id = @Id for no key update", new { SetUpSubscription.JobKind, ours.Id }, cancellation);
        switch (settingUp)
        {
            case "running":
                // It may have read the subscription before the change, and would end as if there were none.
                throw new TimeoutException($"{ours.Id} may have been changed while Stripe was asked about it: the job that sets it up is under way.");
            case not null:
                await Note(transaction, integration, ours, SubscriptionShape.ByOthers(changed), cancellation);
                break;
            case null when StripeSubscription.IsOver(theirs.Status):
                await changes.Repaired(transaction, integration.Id, SetUpSubscription.ObjectType, ours.Id, cancellation);
                break;
            case null when SubscriptionShape.Lasts(changed):
                await TellLasting(transaction, integration, ours, changed, known, cancellation);
                break;
            default:
                await Note(transaction, integration, ours, changed, cancellation);
                await SetUp(transaction, ours, cancellation);
                break;
        }
    }

    // No job puts back what lasts, or was undone; but once it is there, what Stripe charged for it is given back, unless nothing can be done while Stripe pauses. The job closes what it finds as it was.
    private async Task TellLasting(
        Transaction transaction, BillingIntegration integration, StripeSubscription ours, IReadOnlyList<string> changed, IReadOnlyList<string> known, CancellationToken cancellation)
    {
        if (changed.Count > 0 && known.Except(changed).Any())
        {
            // What was undone is no more; what lasts is a change of its own.
            await changes.Repaired(transaction, integration.Id, SetUpSubscription.ObjectType, ours.Id, cancellation);
        }

        await Note(transaction, integration, ours, changed, cancellation);
        if (!changed.Contains("paused") && !known.ToHashSet().SetEquals(changed))
        {
            await SetUp(transaction, ours, cancellation);
        }
    }

    private Task Note(Transaction transaction, BillingIntegration integration, StripeSubscription ours, IReadOnlyList<string> changed, CancellationToken cancellation) => changed.Count == 0 ? Task.CompletedTask
        : changes.Note(transaction, integration.Keys, SetUpSubscription.ObjectType, ours.Id, changed, SubscriptionShape.Advice(changed), cancellation);

    private Task SetUp(Transaction transaction, StripeSubscription ours, CancellationToken cancellation) =>
        queue.Enqueue(transaction, ours.IntegrationId, ours.OrganizationId, SetUpSubscription.JobKind, ours.Id, cancellation);

    // What we did ourselves stands in our row already; anything else somebody did at Stripe.
    private async Task Follow(Transaction transaction, BilledSubscription billed, StripeSubscription ours, Subscription subscription, CancellationToken cancellation)
    {
        var ended = StripeSubscription.IsOver(subscription.Status);
        var ends = ours.IsEndedWithPeriod(subscription);
        var waiting = await transaction.QueryOne<bool>("select exists (select from stripe_jobs where kind = @JobKind and subject_id = @Id)", new { EndSubscription.JobKind, ours.Id }, cancellation);
        var next = ours with
        {
            Status = subscription.Status,
            EndedAt = ended ? ours.EndedAt ?? StripeTimes.Utc(subscription.EndedAt ?? subscription.CanceledAt ?? clock.GetUtcNow().UtcDateTime) : null,
            EndsWithPeriod = waiting || ended || ends == ours.EndsAtStripe ? ours.EndsWithPeriod : ends,
            EndsAtStripe = ends,
        };
        if (next == ours)
        {
            return;
        }

        await next.Save(transaction, cancellation);
        // Of one that ends here already only this is news: somebody wished at Stripe that it end, before it was replaced and our own end got there. It is for the one that took its place.
        var change = billed.CancelledAt is not null ? (ends && !ours.EndsAtStripe && !ours.EndsWithPeriod ? "ends_with_period" : null)
            : ended && ours.EndedAt is null ? "ended"
            : next.EndsWithPeriod == ours.EndsWithPeriod ? null
            : next.EndsWithPeriod ? "ends_with_period" : "goes_on";
        if (change is not null)
        {
            await transaction.Announce(
                new StripeSubscriptionChanged(ours.Id, ours.OrganizationId, change, subscription.CancellationDetails?.Reason, next.EndedAt ?? clock.GetUtcNow()), cancellation);
        }
    }

    // Ours as it stood before Stripe was asked, what somebody changed there, and the subscription's first invoice with what stands in the way of its payment.
    private sealed record Asked(StripeSubscription? Before, IReadOnlyList<string> Changed, Stripe.Invoice? First, PaymentProblem? Problem);
}
