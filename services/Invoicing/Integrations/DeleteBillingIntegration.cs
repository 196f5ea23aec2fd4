using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Marketplace.Invoicing;

/// <summary><c>DELETE /v1/billing-integrations/{id}</c>: owners and administrators of the provider organization.</summary>
public static class DeleteBillingIntegration
{
    /// <summary>204, the endpoints that we made at Stripe removed; 409 with what still uses it: catalogs, live subscriptions, unpaid invoices, jobs.</summary>
    public static async Task<Results<NoContent, ProblemHttpResult>> Handle(
        string id, Caller caller, StripeConnections stripe, WebhookEndpoint webhook, Database database, TimeProvider clock, HttpContext http, CancellationToken cancellation)
    {
        await using var transaction = await database.Begin(cancellation);
        var integration = await BillingIntegration.Lock(transaction, id, cancellation);
        if ((BillingIntegration.Refuse(caller, integration, id) ?? http.Mismatch(integration!.Version)) is { } refusal)
        {
            return refusal;
        }

        if (await IntegrationUses.Of(transaction, id, cancellation) is { Count: > 0 } uses)
        {
            return Problems.IntegrationInUse(uses);
        }

        await (integration! with { DeletedAt = clock.GetUtcNow() }).Save(transaction, cancellation);
        await transaction.Record(caller, "billing_integration.deleted", integration.OrganizationId, id, integration.Facts(), null, cancellation);
        await transaction.Commit(cancellation);
        foreach (var endpoint in integration.RetiringEndpoints.Prepend(integration.WebhookEndpointId).OfType<string>())
        {
            await webhook.Remove(stripe.Open(integration.Keys), endpoint, cancellation);
        }

        return TypedResults.NoContent();
    }
}
