using System.ComponentModel.DataAnnotations;
using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Marketplace.Invoicing;

/// <summary>A payment method that a consumer organization wants to store.</summary>
/// <param name="BillingIntegrationId">Whose customer it is to be; by default the one that bills the organization's catalog.</param>
/// <param name="CatalogId">Names that integration by its catalog.</param>
/// <param name="Title">What it is to be called.</param>
/// <param name="Type">One of <c>GET /v1/payment-method-types</c>; a card by default.</param>
/// <param name="SuccessUrl">Where the person comes back to. <c>{CHECKOUT_SESSION_ID}</c> in it becomes Stripe's id.</param>
/// <param name="CancelUrl">Where the person goes who turns back.</param>
public sealed record OpenSetupSessionRequest(
    [property: Required, PlainText(64)] string OrganizationId,
    [property: Required, PlainText(100)] string Title,
    [property: Required, WebAddress(Http = true)] string SuccessUrl,
    [property: Required, WebAddress(Http = true)] string CancelUrl,
    [property: PlainText(64)] string? BillingIntegrationId = null,
    [property: PlainText(64)] string? CatalogId = null,
    [property: AllowedValues(null, "card", "sepa_debit", "us_bank_account")] string? Type = null);

/// <summary>A page at Stripe on which the payment method is typed in. It never passes through here.</summary>
/// <param name="Id">Of the checkout session; <c>GET /v1/checkout-sessions/{id}</c> tells what became of it.</param>
/// <param name="Url">Where to send the person.</param>
/// <param name="ExpiresAt">Until when it can be used (UTC).</param>
public sealed record SetupSession(string Id, string Url, DateTimeOffset ExpiresAt);

/// <summary>A payment method that is not stored yet.</summary>
public sealed record OpenedSetupSessionResponse(string OrganizationId, string BillingIntegrationId, string Title, string Type, SetupSession SetupSession);

/// <summary>A kind of payment method.</summary>
/// <param name="Type">Stripe's word.</param>
public sealed record PaymentMethodType(string Type, string Title);

/// <summary><c>POST /v1/payment-methods</c>: administrators and billing members of the consumer organization.</summary>
public static class OpenSetupSession
{
    /// <summary>What can be stored.</summary>
    public static readonly IReadOnlyList<PaymentMethodType> Types = [new("card", "Card"), new("sepa_debit", "SEPA direct debit"), new("us_bank_account", "US bank account")];

    /// <summary>201 with the page. The method is stored once the person has confirmed it there, whether or not the browser comes back.</summary>
    public static async Task<Results<Created<OpenedSetupSessionResponse>, ProblemHttpResult>> Handle(
        OpenSetupSessionRequest request, Caller caller, OpenCheckout checkout, Database database, TimeProvider clock, CancellationToken cancellation)
    {
        var (payer, refusal) = await Payer.Find(request.OrganizationId, request.BillingIntegrationId, request.CatalogId, caller, database, clock, cancellation);
        if (refusal is not null)
        {
            return refusal;
        }

        if (!payer!.PaymentMethods)
        {
            return Problems.PaymentMethodsOff();
        }

        var type = request.Type ?? "card";
        // A method that Checkout stores is one that is charged while nobody is there (usage off_session).
        var options = new Stripe.Checkout.SessionCreateOptions
        {
            Mode = "setup", PaymentMethodTypes = [type], SuccessUrl = request.SuccessUrl, CancelUrl = request.CancelUrl,
            SetupIntentData = new() { Metadata = StripeMetadata.Of(payer.Integration.Id, payer.OrganizationId) },
        };
        var (session, unopened) = await checkout.Open(payer, new(CheckoutPurpose.Setup, options, request.Title), caller, cancellation);
        return unopened is not null ? unopened : TypedResults.Created($"/v1/checkout-sessions/{session!.Id}", new OpenedSetupSessionResponse(
            session.OrganizationId, session.IntegrationId, request.Title, type, new(session.Id, session.Url!, session.ExpiresAt)));
    }

    /// <summary><c>GET /v1/payment-method-types</c>.</summary>
    public static Page<PaymentMethodType> ListTypes() => new(Types, null);
}
