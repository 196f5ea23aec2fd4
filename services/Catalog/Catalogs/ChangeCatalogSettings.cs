using System.ComponentModel.DataAnnotations;
using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Marketplace.Catalog.Catalogs;

/// <summary>A catalog's settings; what is left out stays as it is.</summary>
/// <param name="SelfSignup">Whether a user may create a consumer organization in it.</param>
/// <param name="Approval">How organizations that sign up are approved: <c>automatic</c> or <c>manual</c>.</param>
/// <param name="PaymentMethods">Whether consumers can keep payment methods; paid plans need it.</param>
public sealed record ChangeCatalogSettingsRequest(
    bool? SelfSignup = null,
    [AllowedValues(null, "automatic", "manual")] string? Approval = null,
    bool? PaymentMethods = null);

/// <summary>Changes a catalog's settings. Payment methods stay on while paid plans are published.</summary>
public static class ChangeCatalogSettings
{
    /// <summary>Owners and administrators of the provider; <c>If-Match</c> required.</summary>
    public static async Task<Results<Ok<CatalogResponse>, ProblemHttpResult>> Handle(
        string id, ChangeCatalogSettingsRequest request, Caller caller, HttpContext context, Database database, CancellationToken cancellation)
    {
        await using var transaction = await database.Begin(cancellation);
        var catalog = await Catalog.Lock(transaction, id, cancellation);
        if ((Access.Cannot(caller, catalog?.OrganizationId, "catalog", id, Roles.ProviderSettings) ?? context.Mismatch(catalog!.Version)) is { } refusal)
        {
            return refusal;
        }

        if (request.PaymentMethods == false && await Catalog.SellsPaidPlans(transaction, id, cancellation))
        {
            return Problems.PaidPlansPublished();
        }

        var changed = catalog! with
        {
            SelfSignup = request.SelfSignup ?? catalog.SelfSignup,
            Approval = request.Approval ?? catalog.Approval,
            PaymentMethods = request.PaymentMethods ?? catalog.PaymentMethods,
            Version = catalog.Version + 1,
        };
        await transaction.Execute(
            "update catalogs set self_signup = @SelfSignup, approval = @Approval, payment_methods = @PaymentMethods, version = @Version where id = @Id",
            changed, cancellation);
        await changed.Announce(transaction, cancellation);
        await transaction.Commit(cancellation);

        context.SetVersion(changed.Version);
        return TypedResults.Ok(changed.Show());
    }
}
