using Marketplace.Storage;

namespace Marketplace.Invoicing;

/// <summary>Job: bring an integration's tax setting to what Stripe renews. In the provider's lane; each subscription then has a job of its own
/// (<see cref="SetUpSubscription"/>), which tells Stripe first that the plan's prices are before tax where that was not done yet (<see cref="BeforeTax"/>). Checkouts that were opened with other taxes are closed. A renewal that comes before it is settled with the setting of its moment.</summary>
public sealed partial class BringTaxes(FollowCheckout checkouts, JobQueue queue, Database database, ILogger<BringTaxes> logger) : IStripeJobKind
{
    /// <summary>Its name in the queue.</summary>
    public const string JobKind = "bring_taxes";

    private const int AtOnce = 100;

    // What Stripe renews with other taxes than the setting's. What is not paid yet takes no such changes at Stripe; it is brought along when it begins.
    private const string Outdated =
        $"""
        from stripe_subscriptions s join billing_integrations i on i.id = s.integration_id and i.deleted_at is null
        where s.ended_at is null and s.status not in ('awaiting', 'incomplete', 'incomplete_expired', 'canceled') and s.taxes <> {TaxSetting.WordInSql}
        """;

    // Not while Stripe Tax waits for an address, or Stripe refuses a rate.
    private const string MayBeGiven =
        $"""
        (i.tax_mode <> 'automatic' or exists (select from billing_details d where d.organization_id = s.organization_id))
        and not exists (select from stripe_changes c where c.integration_id = i.id and c.object_type = '{RefusedRates.ObjectType}' and c.state = 'open')
        """;

    /// <inheritdoc/>
    public string Kind => JobKind;

    /// <summary>Adds the jobs after a change of the setting, in its transaction.</summary>
    public static async Task Ask(Transaction transaction, JobQueue queue, BillingIntegration integration, CancellationToken cancellation)
    {
        var plans = integration.TaxMode != TaxSetting.Automatic ? [] : await transaction.Query<string>(
            "update plan_mirrors set status = 'waiting' where integration_id = @Id and (not exclusive or status = 'waiting') returning id", integration, cancellation);
        foreach (var plan in plans.Order(StringComparer.Ordinal))
        {
            await queue.Enqueue(transaction, integration.Id, integration.OrganizationId, MirrorPlan.JobKind, plan, cancellation);
        }

        await queue.Enqueue(transaction, integration.Id, integration.OrganizationId, JobKind, integration.Id, cancellation);
    }

    /// <summary>Adds the job of each subscription of an organization whose taxes are to be others, now that its address may be known.</summary>
    public static async Task OfOrganization(Transaction transaction, JobQueue queue, string organizationId, CancellationToken cancellation)
    {
        foreach (var one in await transaction.Query<One>($"select s.id, s.integration_id, s.organization_id {Outdated} and s.organization_id = @organizationId order by s.customer_id, s.id", new { organizationId }, cancellation))
        {
            await queue.Enqueue(transaction, one.IntegrationId, organizationId, SetUpSubscription.JobKind, one.Id, cancellation);
        }
    }

    /// <summary>Adds the job of one subscription where its taxes are to be others, as after somebody removed that job; not while Stripe Tax waits for an address, or Stripe refuses a rate.</summary>
    public static async Task OfOne(Transaction transaction, JobQueue queue, StripeSubscription ours, CancellationToken cancellation)
    {
        if (await transaction.QueryOne<bool>($"select exists (select {Outdated} and s.id = @Id and {MayBeGiven})", ours, cancellation))
        {
            await queue.Enqueue(transaction, ours.IntegrationId, ours.OrganizationId, SetUpSubscription.JobKind, ours.Id, cancellation);
        }
    }

    /// <summary>Whether a subscription's taxes are to be others, whether a job for that is in the queue, and whether one is under way.</summary>
    public static Task<(bool IsBehind, bool IsInQueue, bool IsUnderWay)> Look(Database database, string id, CancellationToken cancellation) => database.QueryOne<(bool, bool, bool)>(
        $"""
        select exists (select {Outdated} and s.id = @id and {MayBeGiven}), count(*) > 0, coalesce(bool_or({JobQueue.UnderWay}), false) from stripe_jobs j
        where (j.kind = '{SetUpSubscription.JobKind}' and j.subject_id = @id) or (j.kind = '{JobKind}' and j.subject_id = (select integration_id from stripe_subscriptions where id = @id))
        """, new { id }, cancellation);

    /// <summary>Page by page, each in a write of its own: repeated, it finds what is left.</summary>
    public async Task Carry(StripeJob job, StripeKeys keys, CancellationToken cancellation)
    {
        var tax = await TaxSetting.Of(database, keys.IntegrationId, cancellation);
        await CloseCheckouts(keys, tax, cancellation);
        IReadOnlyList<One> page;
        var after = "";
        do
        {
            page = await database.Query<One>(
                $"select s.id, s.integration_id, s.organization_id {Outdated} and s.integration_id = @IntegrationId and s.id > @after order by s.id limit @AtOnce", new { keys.IntegrationId, after, AtOnce }, cancellation);
            await using var transaction = await database.Begin(cancellation);
            await queue.Hold(transaction, keys.IntegrationId, page.Select(one => one.OrganizationId), cancellation);
            foreach (var one in page)
            {
                await queue.Enqueue(transaction, keys.IntegrationId, one.OrganizationId, SetUpSubscription.JobKind, one.Id, cancellation);
            }

            await transaction.Commit(cancellation);
            queue.Wake();
            after = page.Count > 0 ? page[^1].Id : after;
        }
        while (page.Count == AtOnce);

        await using var last = await database.Begin(cancellation);
        // The lane is held from here on: a change that is written now adds its job after this one has left.
        await queue.Finish(last, job, cancellation);
        if ((await TaxSetting.Of(last, keys.IntegrationId, cancellation)).Word != tax.Word)
        {
            await queue.Enqueue(last, keys.IntegrationId, keys.OrganizationId, JobKind, keys.IntegrationId, cancellation);
        }

        await last.Commit(cancellation);
        queue.Wake();
    }

    // Whoever was about to pay opens another one. One that was completed meanwhile cannot be closed: its price was shown and paid.
    private async Task CloseCheckouts(StripeKeys keys, TaxSetting tax, CancellationToken cancellation)
    {
        var open = await database.Query<string>(
            """
            select c.id from checkout_sessions c join stripe_subscriptions s on s.id = c.subscription_id
            where c.integration_id = @IntegrationId and c.status = 'open' and s.taxes <> @Word order by c.id
            """, new { keys.IntegrationId, tax.Word }, cancellation);
        foreach (var id in open)
        {
            if (await StripeObjects.Find(database, keys, id, cancellation) is { } stripeId && await CheckoutSession.Find(database, id, cancellation) is { } session)
            {
                await Close(session, stripeId, keys, cancellation);
            }
        }
    }

    // One that cannot be applied is looked at again by its own timer, and holds up nobody's taxes.
    private async Task Close(CheckoutSession session, string stripeId, StripeKeys keys, CancellationToken cancellation)
    {
        try
        {
            await checkouts.Close(session, stripeId, keys, cancellation);
        }
        catch (InvalidOperationException exception)
        {
            NotClosed(logger, session.Id, exception);
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Checkout {Session} that was opened with other taxes could not be closed.")]
    private static partial void NotClosed(ILogger logger, string session, Exception exception);

    private sealed record One(string Id, string IntegrationId, string OrganizationId);
}
