using System.ComponentModel.DataAnnotations;
using Marketplace.Contracts.Catalog;
using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace Marketplace.Subscriptions;

/// <summary>Filters of the list of acceptances; each narrows what the caller may see.</summary>
public sealed record AcceptanceFilter(
    [property: FromQuery(Name = "organizationId"), PlainText(64)] string? OrganizationId = null,
    [property: FromQuery(Name = "subscriptionId"), PlainText(64)] string? SubscriptionId = null,
    [property: FromQuery(Name = "termsId"), PlainText(64)] string? TermsId = null);

/// <summary>Terms as somebody accepted them for an organization.</summary>
/// <param name="TermsVersion">The version that was in force.</param>
/// <param name="TextHash">SHA-256 of its text, or of its address, in lower-case hex.</param>
/// <param name="AcceptedBy">The user who subscribed.</param>
public sealed record TermsAcceptanceAnswer(
    string Id, string SubscriptionId, string OrganizationId, string ProviderOrganizationId, string CatalogId, string ProductId,
    string TermsId, int TermsVersion, string Title, string? Url, string? TextHash, string AcceptedBy, DateTimeOffset AcceptedAt);

/// <summary>What was accepted when a subscription was asked for: written in its transaction, shown to both parties, changed by nobody.</summary>
public static class TermsAcceptance
{
    /// <summary>Newest first: every member of the consumer that accepted and of the provider whose terms they are.</summary>
    public static async Task<Page<TermsAcceptanceAnswer>> List(
        [AsParameters] AcceptanceFilter filter, [AsParameters] PageQuery page, Caller caller, Database database, CancellationToken cancellation) => Page<TermsAcceptanceAnswer>.Of(
        await database.Query<TermsAcceptanceAnswer>(
            """
            select id, subscription_id, organization_id, provider_organization_id, catalog_id, product_id, terms_id, terms_version, title, url, text_hash,
                accepted_by, accepted_at
            from terms_acceptances
            where id < @After and (@IsOperator or organization_id = any(@Organizations) or provider_organization_id = any(@Organizations))
                and (@OrganizationId::text is null or organization_id = @OrganizationId)
                and (@SubscriptionId::text is null or subscription_id = @SubscriptionId) and (@TermsId::text is null or terms_id = @TermsId)
            order by id desc limit @Take
            """,
            new { page.After, page.Take, caller.IsOperator, caller.Organizations, filter.OrganizationId, filter.SubscriptionId, filter.TermsId }, cancellation),
        page, acceptance => acceptance.Id);

    /// <summary>Why the terms in force do not count as accepted, or null. Without terms there is nothing to accept.</summary>
    /// <param name="accepted">Whether the subscriber says so.</param>
    /// <param name="version">The version that the subscriber read, if it is said.</param>
    internal static ProblemHttpResult? Refusal(TermsSnapshot? terms, bool accepted, int? version) => terms switch
    {
        null => null,
        _ when !accepted => Problems.TermsNotAccepted(terms),
        _ when version is not null && version != terms.Version => Problems.TermsChanged(terms),
        _ => null,
    };

    /// <summary>Records the acceptance of the terms in force with a subscription.</summary>
    internal static Task Write(Transaction transaction, Subscription subscription, TermsSnapshot terms, TimeProvider clock, CancellationToken cancellation) => transaction.Execute(
        """
        insert into terms_acceptances (id, subscription_id, organization_id, provider_organization_id, catalog_id, product_id, terms_id, terms_version, title, url,
            text_hash, accepted_by, accepted_at)
        values (@AcceptanceId, @Id, @OrganizationId, @ProviderOrganizationId, @CatalogId, @ProductId, @TermsId, @Version, @Title, @Url,
            @TextHash, @CreatedBy, @CreatedAt)
        """,
        new
        {
            AcceptanceId = Ids.New("tac", clock), subscription.Id, subscription.OrganizationId, subscription.ProviderOrganizationId, subscription.CatalogId,
            subscription.ProductId, terms.TermsId, terms.Version, terms.Title, terms.Url, terms.TextHash, subscription.CreatedBy, subscription.CreatedAt,
        }, cancellation);
}
