using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Marketplace.Invoicing;

/// <summary><c>DELETE /v1/billing-integrations/{id}</c>: owners and administrators of the provider organization.</summary>
public static class DeleteBillingIntegration
{
    /// <summary>204, the endpoint that we made at Stripe removed; 409 while invoices are unpaid, jobs wait or subscriptions live.</summary>
    public static async Task<Results<NoContent, ProblemHttpResult>> Handle(
        string id, Caller caller, StripeConnections stripe, WebhookEndpoint webhook, Database database, TimeProvider clock, HttpContext http, CancellationToken cancellation)
    {
        await using var transaction = await database.Begin(cancellation);
        var integration = await BillingIntegration.Lock(transaction, id, cancellation);
        if ((BillingIntegration.Refuse(caller, integration, id) ?? http.Mismatch(integration!.Version)) is { } refusal)
        {
            return refusal;
        }

        var what = await transaction.QueryOne<string?>(
            """
            select case
                when exists (select from invoices where integration_id = @id and status in ('draft', 'open', 'past_due', 'incomplete')) then 'unpaid invoices'
                when exists (select from stripe_jobs where integration_id = @id) then 'jobs'
                when exists (select from subscriptions where integration_id = @id and cancelled_at is null) then 'live subscriptions'
            end
            """, new { id }, cancellation);
        if (what is not null)
        {
            return Problems.IntegrationInUse(what);
        }

        await (integration! with { DeletedAt = clock.GetUtcNow() }).Save(transaction, cancellation);
        await transaction.Commit(cancellation);
        if (integration.WebhookEndpointId is { } endpoint)
        {
            await webhook.Remove(stripe.Open(integration.Keys), endpoint, cancellation);
        }

        return TypedResults.NoContent();
    }
}
