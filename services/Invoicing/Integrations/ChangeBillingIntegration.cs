using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using System.Text.Json.Serialization;
using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Marketplace.Invoicing;

/// <summary>Changes what is named; absent fields stay.</summary>
/// <param name="LatePayments">What becomes of money for time after its subscription's end: <c>credit</c> to the customer's balance, <c>refund</c> to the payer, or <c>keep</c>.</param>
/// <param name="Tax">What is done about taxes from the next invoice on, also of what Stripe renews, which jobs bring along. Tax rates must be the account's own; where Stripe Tax was used with what Stripe renews, none may lie within prices.</param>
/// <param name="WebhookSigningSecret">The endpoint's signing secret; the one before it stays in force beside it for 24 hours.</param>
public sealed record ChangeBillingIntegrationRequest(
    [property: PlainText(100)] string? Title = null,
    [property: RegularExpression("^whsec_[A-Za-z0-9_+/=-]{8,200}$")] string? WebhookSigningSecret = null,
    [property: WebAddress] string? CustomerPortalUrl = null,
    [property: AllowedValues(null, "credit", "refund", "keep")] string? LatePayments = null,
    TaxRequest? Tax = null)
{
    /// <summary>What else was sent: accepted where it is harmless, refused by name elsewhere.</summary>
    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Further { get; init; }
}

/// <summary><c>PATCH /v1/billing-integrations/{id}</c>: owners and administrators of the provider organization.</summary>
public static class ChangeBillingIntegration
{
    /// <summary>200 with the integration; needs <c>If-Match</c>.</summary>
    public static async Task<Results<Ok<BillingIntegrationResponse>, ProblemHttpResult>> Handle(
        string id, ChangeBillingIntegrationRequest request, Caller caller, FieldCipher cipher, BillingIntegrationView view, TaxRateCheck taxRates, RefusedRates refused, JobQueue queue, Database database, TimeProvider clock, HttpContext http, CancellationToken cancellation)
    {
        var (unproven, within) = request.Tax is null ? default : await Prove(id, request.Tax, caller, taxRates, database, cancellation);
        if (unproven is not null)
        {
            return unproven;
        }

        await using var transaction = await database.Begin(cancellation);
        var integration = await BillingIntegration.Lock(transaction, id, cancellation);
        if ((BillingIntegration.Refuse(caller, integration, id) ?? InputFields.Refuse(request.Further, exists: true) ?? http.Mismatch(integration!.Version)) is { } refusal)
        {
            return refusal;
        }

        if (integration!.IsCustom && (request.WebhookSigningSecret ?? request.LatePayments) is not null)
        {
            return Problems.NotBilledByStripe(request.WebhookSigningSecret is null ? "latePayments" : "webhookSigningSecret");
        }

        // While the setting is held: whoever tells Stripe so holds it too.
        if (within is { } rate && await IsBeforeTax(integration, transaction, cancellation))
        {
            return Problems.TaxRateInclusive(rate.Field, rate.Id);
        }

        var changed = integration with
        {
            Title = request.Title ?? integration.Title,
            CustomerPortalUrl = request.CustomerPortalUrl ?? integration.CustomerPortalUrl,
            LatePayments = request.LatePayments ?? integration.LatePayments,
        };
        changed = request.Tax is { } tax ? changed with { TaxMode = tax.Mode!, TaxRates = [.. tax.Rates ?? []] } : changed;
        changed = request.WebhookSigningSecret is { } secret ? WithSecret(changed, secret, cipher, clock.GetUtcNow()) : changed;
        var otherTaxes = changed.Tax.Word != integration.Tax.Word;
        await transaction.Record(caller, "billing_integration.changed", integration.OrganizationId, id, integration.Facts(), changed.Facts(), cancellation);
        integration = await changed.Save(transaction, cancellation);
        if (request.Tax is not null)
        {
            // All that it names now were proven to be in use.
            await refused.Over(transaction, integration, null, cancellation);
        }

        if (otherTaxes && integration.BillingModel == StripeSubscription.BillingModel)
        {
            await BringTaxes.Ask(transaction, queue, integration, cancellation);
        }

        await transaction.Commit(cancellation);
        queue.Wake();
        http.SetVersion(integration.Version);
        return TypedResults.Ok(await view.Show(integration, cancellation));
    }

    // Before anything is locked: Stripe is asked. The account and mode of an integration never change, so what was proven stays so.
    private static async Task<(ProblemHttpResult? Refusal, (string Field, string Id)? Within)> Prove(
        string id, TaxRequest tax, Caller caller, TaxRateCheck taxRates, Database database, CancellationToken cancellation)
    {
        var integration = await BillingIntegration.Find(database, id, cancellation);
        return (BillingIntegration.Refuse(caller, integration, id) ?? (integration!.IsCustom && tax.Mode != "none" ? Problems.TaxNotBillable() : null)) is { } refusal ? (refusal, null)
            : integration!.IsCustom ? default : await taxRates.Refuse(integration.Keys, tax, cancellation);
    }

    // Whether Stripe Tax was told so of prices there, or is about to be.
    private static async Task<bool> IsBeforeTax(BillingIntegration integration, Transaction transaction, CancellationToken cancellation) =>
        integration.BillingModel == StripeSubscription.BillingModel
        && await transaction.QueryOne<bool>("select exists (select from plan_mirrors where integration_id = @Id and exclusive)", integration, cancellation);

    private static BillingIntegration WithSecret(BillingIntegration integration, string secret, FieldCipher cipher, DateTimeOffset now)
    {
        string[] context = [integration.OrganizationId, integration.Id, "webhook-secret"];
        return integration.WithSecret(cipher.Encrypt(secret, context), [.. integration.SigningSecrets.Where(s => cipher.Decrypt(s, context) != secret)], now);
    }
}
