using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Marketplace.Invoicing;

/// <summary><c>DELETE /v1/billing-integrations/{id}</c>: owners and administrators of the provider organization.</summary>
public static class DeleteBillingIntegration
{
    /// <summary>204, the endpoints that we made at Stripe removed and the keys erased, or both shortly where Stripe is away; 409 with what still uses it: catalogs, live subscriptions, ended ones whose last usage is not charged yet, unpaid invoices, jobs. A trial that it would have billed, and what waits for an approval, ends when it is to be billed first.</summary>
    public static async Task<Results<NoContent, ProblemHttpResult>> Handle(
        string id, Caller caller, ForgetIntegrations forget, Database database, TimeProvider clock, HttpContext http, CancellationToken cancellation)
    {
        await using var transaction = await database.Begin(cancellation);
        var integration = await BillingIntegration.LockToDelete(transaction, id, cancellation);
        if ((BillingIntegration.Refuse(caller, integration, id) ?? http.Mismatch(integration!.Version)) is { } refusal)
        {
            return refusal;
        }

        if (await IntegrationUses.Of(transaction, id, clock.GetUtcNow(), cancellation) is { Count: > 0 } uses)
        {
            return Problems.IntegrationInUse(uses);
        }

        var deleted = await integration!.Delete(transaction, caller, clock.GetUtcNow(), cancellation);
        await transaction.Commit(cancellation);
        // Where Stripe is away, or this process ends here, the timer goes on.
        await forget.Forget(deleted, cancellation);
        return TypedResults.NoContent();
    }
}
