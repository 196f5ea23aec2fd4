using System.Text.Json;
using Marketplace.Contracts.Subscriptions;
using Marketplace.Storage;

namespace Marketplace.Invoicing;

/// <summary>An approved subscription of the model in which Stripe renews: its plan and its customer are brought to Stripe. With a payment method stored a job begins it;
/// without one nothing is owed until a person has paid at the checkout.</summary>
public sealed class BeginSubscription(WriteInvoice invoices, JobQueue queue, TimeProvider clock)
{
    /// <summary>Whether an integration bills in this model.</summary>
    public static async Task<bool> Applies(Transaction transaction, string integrationId, CancellationToken cancellation) =>
        await transaction.QueryOne<string>("select billing_model from billing_integrations where id = @integrationId", new { integrationId }, cancellation) == StripeSubscription.BillingModel;

    /// <summary>Writes it down once, with the jobs that prepare its checkout, or begin it.</summary>
    /// <exception cref="InvalidOperationException">The plan cannot be billed exactly in this model; Catalog refuses to publish it.</exception>
    public async Task Once(Transaction transaction, BilledSubscription subscription, SubscriptionApproved approved, CancellationToken cancellation)
    {
        if (RecurringParts.Obstacle(approved.Plan) is { } obstacle)
        {
            throw new InvalidOperationException($"{approved.SubscriptionId} cannot be billed by Stripe's own subscriptions: {obstacle}");
        }

        var mirror = await PlanMirror.Ensure(transaction, approved.BillingIntegrationId, approved.ProductTitle, approved.Plan, clock, cancellation);
        var customer = await invoices.CustomerOf(transaction, subscription, cancellation);
        var storedMethod = await transaction.QueryOne<bool?>(
            """
            insert into stripe_subscriptions (id, integration_id, organization_id, customer_id, mirror_id, plan, created_at, stored_method)
            values (@SubscriptionId, @BillingIntegrationId, @OrganizationId, @customer, @MirrorId, @Plan::jsonb, @Now,
                exists (select from customers where id = @customer and default_method_id is not null)
                    and not exists (select from catalogs where id = @CatalogId and not payment_methods))
            on conflict (id) do nothing
            returning stored_method
            """,
            new
            {
                approved.SubscriptionId, approved.BillingIntegrationId, approved.OrganizationId, approved.CatalogId, customer, MirrorId = mirror.Id,
                Plan = JsonSerializer.Serialize(approved.Plan, JsonSerializerOptions.Web), Now = clock.GetUtcNow(),
            }, cancellation);
        if (storedMethod is null)
        {
            return;
        }

        if (mirror.Status != "ready")
        {
            // In a lane of the provider's: no consumer's stuck lane keeps the plan from all others.
            await queue.Enqueue(transaction, approved.BillingIntegrationId, approved.ProviderOrganizationId, MirrorPlan.JobKind, mirror.Id, cancellation);
        }
        else if (storedMethod == true)
        {
            await queue.Enqueue(transaction, approved.BillingIntegrationId, approved.OrganizationId, CreateSubscription.JobKind, approved.SubscriptionId, cancellation);
        }
    }
}
