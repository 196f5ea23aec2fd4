using System.ComponentModel.DataAnnotations;
using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Marketplace.Invoicing;

/// <summary>Changes what is named; absent fields stay.</summary>
/// <param name="WebhookSigningSecret">The endpoint's signing secret; the one before it stays in force beside it, for the overlap of a rotation.</param>
public sealed record ChangeBillingIntegrationRequest(
    [property: MinLength(1), MaxLength(100), PlainText] string? Title = null,
    [property: RegularExpression("^whsec_[A-Za-z0-9_+/=-]{8,200}$")] string? WebhookSigningSecret = null,
    [property: Url, MaxLength(500), PlainText] string? CustomerPortalUrl = null);

/// <summary><c>PATCH /v1/billing-integrations/{id}</c>: owners and administrators of the provider organization.</summary>
public static class ChangeBillingIntegration
{
    private const int SecretsInForce = 2;

    /// <summary>200 with the integration; needs <c>If-Match</c>.</summary>
    public static async Task<Results<Ok<BillingIntegrationResponse>, ProblemHttpResult>> Handle(
        string id, ChangeBillingIntegrationRequest request, Caller caller, FieldCipher cipher, BillingIntegrationView view, Database database, HttpContext http, CancellationToken cancellation)
    {
        await using var transaction = await database.Begin(cancellation);
        var integration = await BillingIntegration.Lock(transaction, id, cancellation);
        if ((BillingIntegration.Refuse(caller, integration, id) ?? http.Mismatch(integration!.Version)) is { } refusal)
        {
            return refusal;
        }

        integration = await (integration! with
        {
            Title = request.Title ?? integration.Title,
            CustomerPortalUrl = request.CustomerPortalUrl ?? integration.CustomerPortalUrl,
            SigningSecrets = request.WebhookSigningSecret is { } secret ? Newest(secret, integration, cipher) : integration.SigningSecrets,
        }).Save(transaction, cancellation);
        await transaction.Commit(cancellation);
        http.SetVersion(integration.Version);
        return TypedResults.Ok(await view.Show(integration, cancellation));
    }

    private static string[] Newest(string secret, BillingIntegration integration, FieldCipher cipher)
    {
        string[] context = [integration.OrganizationId, integration.Id, "webhook-secret"];
        return [cipher.Encrypt(secret, context), .. integration.SigningSecrets.Where(s => cipher.Decrypt(s, context) != secret).Take(SecretsInForce - 1)];
    }
}
