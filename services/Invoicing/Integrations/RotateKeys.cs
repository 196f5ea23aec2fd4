using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using System.Text.Json.Serialization;
using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Marketplace.Invoicing;

/// <summary>New keys of the same Stripe account and mode.</summary>
public sealed record RotateKeysRequest(
    [property: Required, PlainText(255)] string PublishableKey,
    [property: Required, PlainText(255)] string SecretKey)
{
    /// <summary>What else was sent: accepted where it is harmless, refused by name elsewhere.</summary>
    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Further { get; init; }
}

/// <summary><c>POST /v1/billing-integrations/{id}/keys</c>: owners and administrators of the provider organization.</summary>
public static class RotateKeys
{
    /// <summary>200 with the integration, its queue running again; 422 <c>account_mismatch</c>, 409 <c>livemode_mismatch</c>: what the old keys made would be lost.</summary>
    public static async Task<Results<Ok<BillingIntegrationResponse>, ProblemHttpResult>> Handle(
        string id, RotateKeysRequest request, Caller caller, KeyCheck keyCheck, StripeConnections stripe, BillingIntegrationView view, JobQueue queue,
        Database database, HttpContext http, CancellationToken cancellation)
    {
        var known = await BillingIntegration.Find(database, id, cancellation);
        if (BillingIntegration.RefuseStripe(caller, known, id) is { } hidden)
        {
            return hidden;
        }

        if (InputFields.Refuse(request.Further, exists: true) is { } field)
        {
            return field;
        }

        // By form first, so that the answer is about the swap and not about what the other key may do.
        if (StripeKeyForm.Read(request.SecretKey) is { } form && form.Livemode != known!.Livemode)
        {
            return Problems.LivemodeMismatch($"The integration is in {(known.Livemode ? "live" : "test")} mode. Add another integration for keys of the other mode.", "secretKey");
        }

        if (await keyCheck.Check(known!.BillingModel, request.PublishableKey, request.SecretKey, cancellation) is var (keys, refusal) && keys is null)
        {
            return refusal!;
        }

        if (keys.AccountId != known!.AccountId)
        {
            return Problems.AccountMismatch($"The keys belong to {keys.AccountId}, the integration to {known.AccountId}. Add another integration for another account.", "secretKey");
        }

        await using var transaction = await database.Begin(cancellation);
        if (await BillingIntegration.Lock(transaction, id, cancellation) is not { } integration)
        {
            return Problems.NoIntegration(id);
        }

        var rotated = integration with
        {
            PublishableKey = request.PublishableKey,
            SecretKey = stripe.Encrypt(request.SecretKey, integration.OrganizationId, id),
            SecretKeyHint = StripeKeyForm.Mask(request.SecretKey),
        };
        await transaction.Record(caller, "billing_integration.keys_rotated", integration.OrganizationId, id, integration.Facts(), rotated.Facts(), cancellation);
        integration = await rotated.Save(transaction, cancellation);
        await transaction.Commit(cancellation);
        await queue.Resume(id, onlyAccountWide: true, cancellation);
        http.SetVersion(integration.Version);
        return TypedResults.Ok(await view.Show((await BillingIntegration.Find(database, id, cancellation))!, cancellation));
    }
}
