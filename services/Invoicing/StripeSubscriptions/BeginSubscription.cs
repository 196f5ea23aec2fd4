using System.Text.Json;
using Marketplace.Contracts.Catalog;
using Marketplace.Contracts.Subscriptions;
using Marketplace.Storage;

namespace Marketplace.Invoicing;

/// <summary>A subscription of the model in which Stripe renews, approved or the successor of another one: its plan and its customer are brought to Stripe. With a payment method stored
/// a job begins it; without one nothing is owed until a person has paid at the checkout. A successor is paid for by the invoice of its change, so a job begins it.</summary>
public sealed class BeginSubscription(WriteInvoice invoices, JobQueue queue, TimeProvider clock)
{
    /// <summary>Whether an integration bills in this model.</summary>
    public static async Task<bool> Applies(Transaction transaction, string integrationId, CancellationToken cancellation) =>
        await transaction.QueryOne<string>("select billing_model from billing_integrations where id = @integrationId", new { integrationId }, cancellation) == StripeSubscription.BillingModel;

    /// <summary>Writes it down once, with the jobs that prepare its checkout, or begin it.</summary>
    /// <exception cref="InvalidOperationException">The plan cannot be billed exactly in this model; Catalog refuses to publish it.</exception>
    public async Task Once(Transaction transaction, BilledSubscription subscription, SubscriptionApproved approved, CancellationToken cancellation) =>
        await Queue(transaction, subscription, await Write(transaction, subscription, approved.ProductTitle, approved.Plan, approved.CatalogId, null, cancellation), cancellation);

    /// <summary>Writes a successor down once, and what the change costs, with the job that begins it: Stripe charges it from the end of its first period on.</summary>
    /// <param name="charge">Writes the invoice of the change, whose jobs come first.</param>
    /// <exception cref="InvalidOperationException">The plan cannot be billed exactly in this model; Catalog refuses to publish it.</exception>
    public async Task Successor(Transaction transaction, BilledSubscription subscription, SubscriptionPlanChanged changed, Func<Task> charge, CancellationToken cancellation)
    {
        var begun = await Write(transaction, subscription, changed.ProductTitle, changed.Plan, changed.CatalogId, (changed.RenewsFrom!.Value, changed.PeriodStart), cancellation);
        await charge();
        await Queue(transaction, subscription, begun, cancellation);
    }

    /// <summary>Adds the job once more that begins a successor whose first period closed without Stripe, as where a person had removed it.</summary>
    /// <param name="ours">Locked.</param>
    public async Task Again(Transaction transaction, BilledSubscription subscription, StripeSubscription ours, CancellationToken cancellation)
    {
        await (ours with { StoredMethod = true }).Save(transaction, cancellation);
        var mirror = (await transaction.QueryOne<PlanMirror>($"select {PlanMirror.Columns} from plan_mirrors where id = @MirrorId", ours, cancellation))!;
        await Queue(transaction, subscription, new(mirror, true), cancellation);
    }

    // Null where it is written down already.
    private async Task<Begun?> Write(
        Transaction transaction, BilledSubscription subscription, string productTitle, PlanSnapshot plan, string catalogId, (DateTimeOffset Anchor, DateTimeOffset From)? successor,
        CancellationToken cancellation)
    {
        if (RecurringParts.Obstacle(plan) is { } obstacle)
        {
            throw new InvalidOperationException($"{subscription.Id} cannot be billed by Stripe's own subscriptions: {obstacle}");
        }

        var mirror = await PlanMirror.Ensure(transaction, subscription.IntegrationId!, productTitle, plan, clock, cancellation);
        var customer = await invoices.CustomerOf(transaction, subscription, cancellation);
        var byJob = await transaction.QueryOne<bool?>(
            """
            insert into stripe_subscriptions (id, integration_id, organization_id, customer_id, mirror_id, plan, created_at, anchor, covered_from, stored_method)
            values (@Id, @IntegrationId, @OrganizationId, @customer, @MirrorId, @Plan::jsonb, @Now, @Anchor::timestamptz, @From::timestamptz,
                @From::timestamptz is not null or (exists (select from customers where id = @customer and default_method_id is not null)
                    and not exists (select from catalogs where id = @catalogId and not payment_methods)))
            on conflict (id) do nothing
            returning stored_method
            """,
            new
            {
                subscription.Id, subscription.IntegrationId, subscription.OrganizationId, catalogId, customer, MirrorId = mirror.Id,
                Plan = JsonSerializer.Serialize(plan, JsonSerializerOptions.Web), Now = clock.GetUtcNow(), successor?.Anchor, successor?.From,
            }, cancellation);
        return byJob is null ? null : new(mirror, byJob.Value);
    }

    private async Task Queue(Transaction transaction, BilledSubscription subscription, Begun? begun, CancellationToken cancellation)
    {
        if (begun is { Mirror.Status: not "ready" })
        {
            // In a lane of the provider's: no consumer's stuck lane keeps the plan from all others.
            await queue.Enqueue(transaction, subscription.IntegrationId!, subscription.ProviderOrganizationId!, MirrorPlan.JobKind, begun.Mirror.Id, cancellation);
        }
        else if (begun is { ByJob: true })
        {
            await queue.Enqueue(transaction, subscription.IntegrationId!, subscription.OrganizationId, CreateSubscription.JobKind, subscription.Id, cancellation);
        }
    }

    private sealed record Begun(PlanMirror Mirror, bool ByJob);
}
