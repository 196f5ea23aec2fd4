using System.ComponentModel.DataAnnotations;
using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Microsoft.AspNetCore.Http.HttpResults;
using Stripe;

namespace Marketplace.Invoicing;

/// <summary>Asks for Stripe's customer portal.</summary>
/// <param name="BillingIntegrationId">Whose customer; by default that of the integration that bills the organization's catalog.</param>
/// <param name="CatalogId">Names that integration by its catalog.</param>
/// <param name="ReturnUrl">Where the person comes back to.</param>
public sealed record OpenPortalSessionRequest(
    [property: Required, PlainText(64)] string OrganizationId,
    [property: Required, WebAddress(Http = true)] string ReturnUrl,
    [property: PlainText(64)] string? BillingIntegrationId = null,
    [property: PlainText(64)] string? CatalogId = null);

/// <summary>Where the person finds invoices and payment methods at Stripe.</summary>
/// <param name="Kind"><c>session</c>: signed in, for minutes; <c>login</c>: Stripe's own login page of the provider.</param>
public sealed record PortalSessionResponse(string Url, string Kind);

/// <summary><c>POST /v1/portal-sessions</c>: administrators and billing members of the consumer organization.</summary>
public static class OpenPortalSession
{
    /// <summary>200 with the address. Where the key or the account opens no session, it is the provider's portal login page, if there is one.</summary>
    public static async Task<Results<Ok<PortalSessionResponse>, ProblemHttpResult>> Handle(
        OpenPortalSessionRequest request, Caller caller, StripeConnections stripe, CreateCustomer customers, JobQueue queue, Database database, TimeProvider clock, CancellationToken cancellation)
    {
        var (payer, refusal) = await Payer.Find(request.OrganizationId, request.BillingIntegrationId, request.CatalogId, caller, database, clock, cancellation);
        if (refusal is not null)
        {
            return refusal;
        }

        var keys = payer!.Integration.Keys;
        try
        {
            var customer = await customers.Ensure(keys, payer.CustomerId, cancellation);
            var session = await stripe.Open(keys).V1.BillingPortal.Sessions.CreateAsync(
                new Stripe.BillingPortal.SessionCreateOptions { Customer = customer, ReturnUrl = request.ReturnUrl },
                new RequestOptions { IdempotencyKey = $"{Ids.New("prt", clock)}/portal" }, cancellation);
            await using var transaction = await database.Begin(cancellation);
            await transaction.Record(caller, "portal_session.opened", payer.OrganizationId, payer.CustomerId, null, new { BillingIntegrationId = payer.Integration.Id }, cancellation);
            await transaction.Commit(cancellation);
            return TypedResults.Ok(new PortalSessionResponse(session.Url, "session"));
        }
        catch (Exception exception) when (StripeFailure.Of(exception, cancellation) is { } failure)
        {
            return payer.Integration.CustomerPortalUrl is { } login && (failure.Kind == StripeFailureKind.Refused || StripeRefusal.IsPermission(failure))
                ? TypedResults.Ok(new PortalSessionResponse(login, "login"))
                : await StripeRefusal.Of(failure, keys, queue, cancellation);
        }
    }
}
