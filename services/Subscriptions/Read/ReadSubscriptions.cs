using System.ComponentModel.DataAnnotations;
using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace Marketplace.Subscriptions;

/// <summary>Filters of the list of subscriptions; each narrows what the caller may see.</summary>
/// <param name="Status">A status as the API writes it, such as <c>past_due</c>.</param>
public sealed record SubscriptionFilter(
    string? OrganizationId, string? CatalogId, string? ProductId, string? PlanId,
    [property: FromQuery(Name = "status"), AllowedValues(
        null, "pending_approval", "awaiting_payment", "trialing", "active", "past_due", "suspended", "cancelling", "cancelled", "rejected", "expired", "migrated",
        ErrorMessage = "One of: pending_approval, awaiting_payment, trialing, active, past_due, suspended, cancelling, cancelled, rejected, expired, migrated.")]
    string? Status);

/// <summary>Reads subscriptions: every member of the consumer that holds them and of the provider that sells them.</summary>
public static class ReadSubscriptions
{
    /// <summary>Newest first.</summary>
    public static async Task<Page<SubscriptionAnswer>> List(
        [AsParameters] SubscriptionFilter filter, [AsParameters] PageQuery page, Caller caller, Database database, CancellationToken cancellation)
    {
        var rows = await database.Query<Subscription>(
            $"""
            {Subscription.Select}
            where s.id < @After and (@IsOperator or s.organization_id = any(@Organizations) or s.provider_organization_id = any(@Organizations))
                and (@OrganizationId::text is null or s.organization_id = @OrganizationId) and (@CatalogId::text is null or s.catalog_id = @CatalogId)
                and (@ProductId::text is null or s.product_id = @ProductId) and (@PlanId::text is null or s.plan_id = @PlanId)
                and (@Status::text is null or lower(s.status) = @Status)
            order by s.id desc limit @Take
            """,
            new
            {
                page.After, page.Take, caller.IsOperator, caller.Organizations, filter.OrganizationId, filter.CatalogId, filter.ProductId, filter.PlanId,
                Status = filter.Status?.Replace("_", "", StringComparison.Ordinal),
            }, cancellation);
        var cut = Page<Subscription>.Of(rows, page, row => row.Id);
        return new(await SubscriptionAnswer.Of(database, cut.Data, cancellation), cut.NextCursor);
    }

    /// <summary>One subscription.</summary>
    public static async Task<Results<Ok<SubscriptionAnswer>, ProblemHttpResult>> One(string id, Caller caller, Database database, CancellationToken cancellation) =>
        await Visible(id, caller, database, cancellation) is { } row
            ? TypedResults.Ok((await SubscriptionAnswer.Of(database, [row], cancellation))[0])
            : Problem.NotFound("subscription", id);

    /// <summary>The subscription if the caller may see it.</summary>
    internal static async Task<Subscription?> Visible(string id, Caller caller, Database database, CancellationToken cancellation) =>
        await database.QueryOne<Subscription>($"{Subscription.Select} where s.id = @id", new { id }, cancellation) is { } row
            && (caller.Sees(row.OrganizationId) || caller.Sees(row.ProviderOrganizationId)) ? row : null;
}
