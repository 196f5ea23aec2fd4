using System.ComponentModel.DataAnnotations;
using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace Marketplace.Invoicing;

/// <summary>What was changed at Stripe of one object that the marketplace made there.</summary>
/// <param name="ObjectType"><c>plan</c> (its product, prices and meters), <c>subscription</c>, <c>customer</c>, <c>tax_rate</c> (of the integration's setting), or <c>billing.meter_event</c> (usage that Stripe rejected).</param>
/// <param name="ObjectId">A plan's mirror (<c>mir_…</c>), a subscription (<c>sub_…</c>) or a customer (<c>cst_…</c>); of a tax rate Stripe's own id.</param>
/// <param name="PlanId">The plan that it belongs to; null for a customer and a tax rate.</param>
/// <param name="What">Stable words, such as <c>product_archived</c> or <c>price_deleted/usage1</c>.</param>
/// <param name="Advice">What becomes of it, and what to do.</param>
/// <param name="State"><c>open</c>, or <c>repaired</c>.</param>
public sealed record StripeChangeResponse(
    string Id, string ObjectType, string ObjectId, string? PlanId, IReadOnlyList<string> What, string Advice, string State, DateTimeOffset FoundAt, DateTimeOffset? RepairedAt);

/// <summary><c>GET /v1/billing-integrations/{id}/stripe-changes</c>: owners and administrators of the provider, and platform operators.</summary>
public static class ListStripeChanges
{
    /// <summary>The newest first; by state.</summary>
    public static async Task<Results<Ok<Page<StripeChangeResponse>>, ProblemHttpResult>> Handle(
        string id, [FromQuery, AllowedValues(null, "open", "repaired")] string? state, [AsParameters] PageQuery page, Caller caller, Database database, CancellationToken cancellation)
    {
        if (BillingIntegration.Refuse(caller, await BillingIntegration.Find(database, id, cancellation), id) is { } refusal)
        {
            return refusal;
        }

        var rows = await database.Query<Row>(
            """
            select c.id, c.object_type, c.our_id, c.what, c.advice, c.state, c.found_at, c.repaired_at, m.plan_id
            from stripe_changes c left join stripe_subscriptions s on s.id = c.our_id left join plan_mirrors m on m.id = coalesce(s.mirror_id, c.our_id)
            where c.integration_id = @id and c.id < @After and (@state::text is null or c.state = @state) order by c.id desc limit @Take
            """, new { id, page.After, state, page.Take }, cancellation);
        return TypedResults.Ok(Page<Row>.Of(rows, page, row => row.Id).Select(Show));
    }

    private static StripeChangeResponse Show(Row row) => new(row.Id, row.ObjectType, row.OurId, row.PlanId, row.What, row.Advice, row.State, row.FoundAt, row.RepairedAt);

    private sealed record Row
    {
        public required string Id { get; init; }

        public required string ObjectType { get; init; }

        public required string OurId { get; init; }

        public string? PlanId { get; init; }

        public required string[] What { get; init; }

        public required string Advice { get; init; }

        public required string State { get; init; }

        public DateTimeOffset FoundAt { get; init; }

        public DateTimeOffset? RepairedAt { get; init; }
    }
}
