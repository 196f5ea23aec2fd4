using System.ComponentModel.DataAnnotations;
using Marketplace.Catalog.Publications;
using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Marketplace.Catalog.Catalogs;

/// <summary>A catalog's settings; what is left out stays as it is.</summary>
/// <param name="SelfSignup">Whether a user may create a consumer organization in it.</param>
/// <param name="ConsumerOrganizations">Whether there may be consumer organizations at all; without, nobody can be invited either. Those there are stay.</param>
/// <param name="OrganizationApproval">How organizations that sign up are approved: <c>automatic</c> or <c>manual</c>.</param>
/// <param name="SubscriptionApproval">How subscriptions are approved: <c>plan</c> as each plan says, <c>manual</c> by the provider every time.</param>
/// <param name="PaymentMethods">Whether consumers can keep payment methods; paid plans need it.</param>
/// <param name="PaymentMethodRequired">Whether a paid plan is taken only by who has stored one before, so that its invoices are charged by themselves.</param>
/// <param name="DefaultVisibility">Who sees a product that is published without saying: <c>public</c>, <c>signed_in</c> or <c>none</c>.</param>
public sealed record ChangeCatalogSettingsRequest(
    bool? SelfSignup = null,
    bool? ConsumerOrganizations = null,
    [AllowedValues(null, "automatic", "manual")] string? OrganizationApproval = null,
    [AllowedValues(null, "plan", "manual")] string? SubscriptionApproval = null,
    bool? PaymentMethods = null,
    bool? PaymentMethodRequired = null,
    [AllowedValues(null, "public", "signed_in", "none")] string? DefaultVisibility = null);

/// <summary>Changes a catalog's settings. Payment methods stay on while paid plans are published that Stripe charges.</summary>
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

        if (request.PaymentMethods == false && !catalog!.IsCustom && await Catalog.PaidPublications(transaction, id, cancellation) is { Count: > 0 } sold)
        {
            return Problems.PaidPlansPublished(sold);
        }

        if (request.PaymentMethodRequired == true && catalog!.IsCustom)
        {
            return Problems.PaymentMethodsElsewhere();
        }

        var changed = catalog! with
        {
            SelfSignup = request.SelfSignup ?? catalog.SelfSignup,
            ConsumerOrganizations = request.ConsumerOrganizations ?? catalog.ConsumerOrganizations,
            OrganizationApproval = request.OrganizationApproval ?? catalog.OrganizationApproval,
            SubscriptionApproval = request.SubscriptionApproval ?? catalog.SubscriptionApproval,
            PaymentMethods = request.PaymentMethods ?? catalog.PaymentMethods,
            PaymentMethodRequired = request.PaymentMethodRequired ?? catalog.PaymentMethodRequired,
            DefaultVisibility = request.DefaultVisibility ?? catalog.DefaultVisibility,
            Version = catalog.Version + 1,
        };
        if (changed is { PaymentMethodRequired: true, PaymentMethods: false })
        {
            return Problems.PaymentMethodsOff();
        }

        await transaction.Execute(
            """
            update catalogs set self_signup = @SelfSignup, consumer_organizations = @ConsumerOrganizations, organization_approval = @OrganizationApproval,
                subscription_approval = @SubscriptionApproval, payment_methods = @PaymentMethods, payment_method_required = @PaymentMethodRequired,
                default_visibility = @DefaultVisibility, version = @Version
            where id = @Id
            """, changed, cancellation);
        await changed.Announce(transaction, cancellation);
        await transaction.Record(caller, "catalog.settings_changed", changed.OrganizationId, id, catalog.Settings, changed.Settings, cancellation);
        if ((changed.SubscriptionApproval, changed.PaymentMethodRequired) != (catalog.SubscriptionApproval, catalog.PaymentMethodRequired))
        {
            await Offer.AnnounceCatalog(transaction, changed, cancellation);
        }

        await transaction.Commit(cancellation);

        context.SetVersion(changed.Version);
        return TypedResults.Ok(changed.Show());
    }
}
