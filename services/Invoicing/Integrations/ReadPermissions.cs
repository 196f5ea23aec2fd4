using Marketplace.Storage;
using Marketplace.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Marketplace.Invoicing;

/// <summary>What the integration's secret key may do at Stripe, for each billing model.</summary>
/// <param name="KeyKind"><c>restricted</c>, or <c>standard</c>: a standard key may do everything; <c>none</c> where a system of the provider's own charges.</param>
/// <param name="ProbedAt">When Stripe was asked (UTC).</param>
public sealed record PermissionsResponse(string BillingIntegrationId, string KeyKind, string? SecretKey, DateTimeOffset ProbedAt, IReadOnlyList<ModelPermissions> BillingModels);

/// <summary>The table of one billing model.</summary>
/// <param name="InUse">Whether the integration bills by it.</param>
/// <param name="Sufficient">Whether nothing required is missing.</param>
public sealed record ModelPermissions(string BillingModel, bool InUse, bool Sufficient, IReadOnlyList<PermissionRow> Permissions);

/// <summary>One permission.</summary>
/// <param name="Permission">Stripe's name in its errors, without <c>rak_</c>.</param>
/// <param name="DashboardName">Its name in the Stripe dashboard.</param>
/// <param name="Required">False for what the model can do without.</param>
/// <param name="Status"><c>ok</c> or <c>missing</c>; <c>unknown</c> where Stripe's answer tells neither.</param>
/// <param name="ProbedBy">The request that told it; it names nothing that exists, so nothing was changed.</param>
/// <param name="Detail">What Stripe said where it is not <c>ok</c>.</param>
public sealed record PermissionRow(string Permission, string DashboardName, string NeededFor, bool Required, string Status, string ProbedBy, string? Detail);

/// <summary><c>GET /v1/billing-integrations/{id}/permissions</c>: owners and administrators of the provider organization, and platform operators.</summary>
public static class ReadPermissions
{
    /// <summary>200 with the tables as probed now; 503 while Stripe cannot be asked, 422 <c>stripe_key_invalid</c> when it refuses the key.</summary>
    public static async Task<Results<Ok<PermissionsResponse>, ProblemHttpResult>> Handle(
        string id, Caller caller, PermissionProbe probe, StripeConnections stripe, JobQueue queue, Database database, TimeProvider clock, CancellationToken cancellation)
    {
        var integration = await BillingIntegration.Find(database, id, cancellation);
        if (BillingIntegration.Refuse(caller, integration, id) is { } refusal)
        {
            return refusal;
        }

        if (integration!.IsCustom)
        {
            // Nothing is asked of Stripe, so that no permission can be missing.
            return TypedResults.Ok(new PermissionsResponse(id, "none", null, clock.GetUtcNow(), [new(BillingIntegration.Custom, InUse: true, Sufficient: true, [])]));
        }

        try
        {
            var session = stripe.Session(integration.Keys);
            var probed = (await probe.Probe(session, StripePermissions.Of.Values.SelectMany(p => p), cancellation)).ToDictionary(p => p.Permission.Name);
            return TypedResults.Ok(new PermissionsResponse(
                id, session.IsRestricted ? "restricted" : "standard", integration.SecretKeyHint, clock.GetUtcNow(),
                [.. StripePermissions.Of.Select(model => Show(model.Key, integration.BillingModel == model.Key, [.. model.Value.Select(p => probed[p.Name] with { Permission = p })]))]));
        }
        catch (Exception exception) when (StripeFailure.Of(exception, cancellation) is { } failure)
        {
            if (failure.Kind != StripeFailureKind.AccountWide)
            {
                return Problems.StripeAway();
            }

            await queue.Pause(integration.Keys, failure, cancellation);
            return Problems.StripeKeyInvalid();
        }
    }

    private static ModelPermissions Show(string model, bool inUse, IReadOnlyList<ProbedPermission> probed) => new(
        model, inUse, probed.All(p => p.Has == true || !p.Permission.Required),
        [.. probed.Select(p => new PermissionRow(
            p.Permission.Name, p.Permission.DashboardName, p.Permission.NeededFor, p.Permission.Required, p.Has switch { true => "ok", false => "missing", null => "unknown" },
            $"{p.Permission.Method} {p.Permission.Path}{(p.Permission.ImpliedBy is { } write ? $" (Stripe has no route that only reads: {write} proves it)" : "")}", p.Said))]);
}
