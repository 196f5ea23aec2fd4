using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Marketplace.Invoicing;

/// <summary>A page at Stripe that was opened for a person.</summary>
/// <param name="Purpose"><c>setup</c> (stores a payment method) or <c>subscription</c>.</param>
/// <param name="Status"><c>open</c>, <c>complete</c> or <c>expired</c>.</param>
/// <param name="Url">Where to send the person; null once it is over.</param>
/// <param name="ExpiresAt">Until when it can be used (UTC).</param>
public sealed record CheckoutSessionResponse(
    string Id, string OrganizationId, string BillingIntegrationId, string Purpose, string? SubscriptionId, string Status, string? Url, DateTimeOffset ExpiresAt, DateTimeOffset CreatedAt);

/// <summary><c>GET /v1/checkout-sessions/{id}</c>: what a storefront asks when the person comes back. Administrators and billing members of the consumer.</summary>
public static class ReadCheckoutSession
{
    /// <summary>200 with the session. While it is open Stripe is asked, so that the answer does not wait for a webhook; without Stripe's answer it is what is known.</summary>
    public static async Task<Results<Ok<CheckoutSessionResponse>, ProblemHttpResult>> Handle(
        string id, Caller caller, FollowCheckout follow, Database database, CancellationToken cancellation)
    {
        var session = await CheckoutSession.Find(database, id, cancellation);
        if (session is null || !caller.Sees(session.OrganizationId))
        {
            return Problem.NotFound("checkout session", id);
        }

        var roles = session.SubscriptionId is null ? Roles.ConsumerPayments : [.. Roles.ConsumerPayments, .. Roles.ConsumerPaid];
        if (!caller.IsOperator && !caller.Has(session.OrganizationId, roles))
        {
            return Problem.RoleMissing(session.OrganizationId, roles);
        }

        if (session.Status == CheckoutSession.Open && await BillingIntegration.Find(database, session.IntegrationId, cancellation) is { } integration
            && await StripeObjects.Find(database, integration.Keys, id, cancellation) is { } stripeId)
        {
            try
            {
                await follow.Look(session, stripeId, integration.Keys, cancellation);
                session = (await CheckoutSession.Find(database, id, cancellation))!;
            }
            catch (Exception exception) when (exception is TimeoutException || StripeFailure.Of(exception, cancellation) is not null)
            {
                // Stripe is away, or others are at the same checkout now. The poll of open checkouts asks again.
                return TypedResults.Ok(Show(session));
            }
        }

        return TypedResults.Ok(Show(session));
    }

    /// <summary>The session as it is answered.</summary>
    public static CheckoutSessionResponse Show(CheckoutSession s) =>
        new(s.Id, s.OrganizationId, s.IntegrationId, s.Purpose, s.SubscriptionId, s.Status, s.Url, s.ExpiresAt, s.CreatedAt);
}
