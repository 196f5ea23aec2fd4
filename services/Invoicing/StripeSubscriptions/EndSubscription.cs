using System.Net;
using Marketplace.Contracts.Subscriptions;
using Marketplace.Storage;
using MassTransit;
using Stripe;

namespace Marketplace.Invoicing;

/// <summary>Job: bring a subscription's end to Stripe, now or with its period, or its taking back. It reads what is wanted when it runs, and once more before it is
/// done: a wish that came meanwhile is carried out too.</summary>
public sealed class EndSubscription(StripeConnections stripe, JobQueue queue, Database database, TimeProvider clock) : IStripeJobKind
{
    /// <summary>Its name in the queue.</summary>
    public const string JobKind = "end_subscription";

    /// <inheritdoc/>
    public string Kind => JobKind;

    /// <inheritdoc/>
    public async Task Carry(StripeJob job, StripeKeys keys, CancellationToken cancellation)
    {
        job = job.FreshKey ? await queue.UseFreshKey(job, cancellation) : job;
        while (true)
        {
            var ours = (await StripeSubscription.Find(database, job.SubjectId, cancellation))!;
            var theirs = await Bring(stripe.Open(keys), job, keys, ours, cancellation);
            await using var transaction = await database.Begin(cancellation);
            var held = (await StripeSubscription.Lock(transaction, ours.Id, cancellation))!;
            if (held.Version != ours.Version)
            {
                continue;
            }

            var status = theirs?.Status ?? held.Status;
            await (held with
            {
                Status = status,
                EndedAt = StripeSubscription.IsOver(status) ? held.EndedAt ?? StripeTimes.Utc(theirs?.EndedAt) ?? clock.GetUtcNow() : null,
                EndsAtStripe = theirs is null ? held.EndsAtStripe : held.IsEndedWithPeriod(theirs),
            }).Save(transaction, cancellation);
            await queue.Finish(transaction, job, cancellation);
            await transaction.Commit(cancellation);
            return;
        }
    }

    // As it is there then; null where Stripe has none, or has ended it while it goes on here: the mirror tells that, and would take it for our own end.
    private async Task<Subscription?> Bring(StripeClient client, StripeJob job, StripeKeys keys, StripeSubscription ours, CancellationToken cancellation)
    {
        var over = await database.QueryOne<bool>("select cancelled_at is not null from subscriptions where id = @Id", ours, cancellation);
        if (over)
        {
            await CloseCheckout(client, keys, ours, cancellation);
        }

        if (await StripeObjects.Find(database, keys, ours.Id, cancellation) is not { } id)
        {
            return null;
        }

        var subscription = await client.V1.Subscriptions.GetAsync(id, cancellationToken: cancellation);
        var isOver = StripeSubscription.IsOver(subscription.Status);
        if (!over)
        {
            return isOver ? null : await BringWish(client, ours, subscription, cancellation);
        }

        // Without a last invoice: what was used is charged by the closure of the last period, to the call.
        var ended = isOver ? subscription : await client.V1.Subscriptions.CancelAsync(id, new SubscriptionCancelOptions { InvoiceNow = false, Prorate = false }, cancellationToken: cancellation);
        // Only now nothing is renewed any more. What ended there at its time keeps its last draft, which is settled like any other.
        await (ended.CancelAt <= ended.EndedAt ? Task.CompletedTask : DiscardRenewals(client, job, id, null, cancellation));
        return ended;
    }

    // With its period; else with its term, which Stripe forgets for an end with the period. What its portal set is no flag but a date. A later date is somebody's word that stands.
    private async Task<Subscription> BringWish(StripeClient client, StripeSubscription ours, Subscription theirs, CancellationToken cancellation)
    {
        if (ours.IsEndedWithPeriod(theirs) != ours.EndsWithPeriod && (ours.EndsWithPeriod || theirs.CancelAtPeriodEnd))
        {
            theirs = await client.V1.Subscriptions.UpdateAsync(theirs.Id, new SubscriptionUpdateOptions { CancelAtPeriodEnd = ours.EndsWithPeriod }, cancellationToken: cancellation);
        }

        var term = ours.TermEnd(clock.GetUtcNow());
        return !ours.EndsWithPeriod && (ours.IsEndedWithPeriod(theirs) || IsBefore(term, theirs.CancelAt))
            ? await client.V1.Subscriptions.UpdateAsync(theirs.Id, new SubscriptionUpdateOptions { CancelAt = term?.UtcDateTime, ProrationBehavior = "none" }, cancellationToken: cancellation)
            : theirs;
    }

    /// <summary>Whether a term ends before a subscription does at Stripe, so that it is to end there with its term. An earlier end there was wished, and stands.</summary>
    internal static bool IsBefore(DateTimeOffset? term, DateTime? atStripe) => term is { } end && !(StripeTimes.Utc(atStripe) <= end);

    /// <summary>Does away with drafts that Stripe renewed when it was over here, as where a plan change came with the period's end: nobody owes what follows, and our last invoice charges what was used.
    /// Each renewal that is to be settled was settled before, by a job that stood in front of this one.</summary>
    /// <param name="until">The end of the period whose draft it is; null for all of them.</param>
    internal static async Task DiscardRenewals(StripeClient client, StripeJob job, string id, DateTimeOffset? until, CancellationToken cancellation)
    {
        await foreach (var draft in client.V1.Invoices.ListAutoPagingAsync(new InvoiceListOptions { Subscription = id, Limit = 100 }, cancellationToken: cancellation))
        {
            // One that an earlier attempt has finalized is done away with to the end.
            if (draft.BillingReason == "subscription_cycle" && (until is null || draft.PeriodEnd == until.Value.UtcDateTime) && (draft.Status == "draft" || VoidStripeInvoice.IsBeingDiscarded(draft)))
            {
                await VoidStripeInvoice.Discard(client, job, draft, cancellation);
            }
        }
    }

    // A session that was completed meanwhile cannot be closed: the subscription that it made is undone when it is heard of.
    private async Task CloseCheckout(StripeClient client, StripeKeys keys, StripeSubscription ours, CancellationToken cancellation)
    {
        var open = await database.QueryOne<string>("select id from checkout_sessions where subscription_id = @Id and status = 'open'", new { ours.Id }, cancellation);
        if (open is not null && await StripeObjects.Find(database, keys, open, cancellation) is { } id)
        {
            try
            {
                await client.V1.Checkout.Sessions.ExpireAsync(id, cancellationToken: cancellation);
            }
            catch (StripeException exception) when (exception.HttpStatusCode is HttpStatusCode.BadRequest or HttpStatusCode.NotFound)
            {
                return;
            }
        }

        await database.Execute("update checkout_sessions set status = 'expired', url = null, closed_at = @Now where id = @open and status = 'open'", new { open, Now = clock.GetUtcNow() }, cancellation);
    }
}

/// <summary>Hears that a subscription is to end with its period, or is not any more, and has Stripe told so.</summary>
public sealed class TellScheduledEnd(JobQueue queue, Database database) : IConsumer<SubscriptionEndScheduled>
{
    /// <inheritdoc/>
    public Task Consume(ConsumeContext<SubscriptionEndScheduled> context) => Handle(context.Message, context.CancellationToken);

    /// <summary>Keeps the newest wish; an older one, and one about what is over, changes nothing.</summary>
    /// <exception cref="NotHeardYetException">The subscription was not heard of.</exception>
    public async Task Handle(SubscriptionEndScheduled scheduled, CancellationToken cancellation)
    {
        await using var transaction = await database.Begin(cancellation);
        var wanted = await transaction.Execute(
            """
            update stripe_subscriptions set ends_with_period = @EndsWithPeriod, end_heard = @Version, version = version + 1
            where id = @SubscriptionId and end_heard < @Version
            """, scheduled, cancellation);
        if (wanted == 0 && await transaction.QueryOne<bool>(
            "select not exists (select from stripe_subscriptions where id = @SubscriptionId) and not exists (select from subscriptions where id = @SubscriptionId and cancelled_at is not null)", scheduled, cancellation))
        {
            throw new NotHeardYetException($"{scheduled.SubscriptionId} is to end with its period, but Stripe is not known to renew it.");
        }

        if (wanted == 1)
        {
            var ours = (await StripeSubscription.Lock(transaction, scheduled.SubscriptionId, cancellation))!;
            await queue.Enqueue(transaction, ours.IntegrationId, ours.OrganizationId, EndSubscription.JobKind, ours.Id, cancellation);
        }

        await transaction.Commit(cancellation);
        queue.Wake();
    }
}
