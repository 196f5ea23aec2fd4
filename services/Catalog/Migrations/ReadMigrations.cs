using System.ComponentModel.DataAnnotations;
using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace Marketplace.Catalog.Migrations;

/// <summary>Reads migrations and how they stand: members of the provider.</summary>
public static class ReadMigrations
{
    /// <summary>Newest first.</summary>
    /// <param name="state">Only those in this state.</param>
    public static async Task<Page<MigrationResponse>> List(
        [AsParameters] PageQuery page, [FromQuery, PlainText(64)] string? organizationId, [FromQuery, PlainText(64)] string? productId,
        [FromQuery, AllowedValues(null, "draft", "scheduled", "executing", "executed", "cancelled")] string? state, Caller caller, Database database, CancellationToken cancellation)
    {
        var rows = await database.Query<Migration>(
            """
            select * from migrations where organization_id = any(@Organizations) and id < @After and (@productId::text is null or source_product_id = @productId)
                and (@state::text is null or lower(state) = @state) order by id desc limit @Take
            """, new { Organizations = Access.Readable(caller, organizationId), page.After, page.Take, productId, state }, cancellation);
        return Page<Migration>.Of(rows, page, m => m.Id).Select(MigrationResponse.Of);
    }

    /// <summary>One migration.</summary>
    public static async Task<Results<Ok<MigrationResponse>, ProblemHttpResult>> One(
        string id, Caller caller, HttpContext context, Database database, CancellationToken cancellation)
    {
        var migration = await Migration.Find(database, id, cancellation);
        if (Access.CannotRead(caller, migration?.OrganizationId, "migration", id) is { } refusal)
        {
            return refusal;
        }

        context.SetVersion(migration!.Version);
        return TypedResults.Ok(MigrationResponse.Of(migration));
    }

    /// <summary>Whom it concerns, what each pays before and after, and how far each is.</summary>
    /// <param name="state">Only those in this state.</param>
    public static async Task<Results<Ok<Page<MigrationSubscriptionResponse>>, ProblemHttpResult>> Subscriptions(
        string id, [AsParameters] PageQuery page, [FromQuery, AllowedValues(null, "pending", "migrated", "cancelled", "skipped", "failed", "withdrawn")] string? state,
        Caller caller, Database database, CancellationToken cancellation)
    {
        var migration = await Migration.Find(database, id, cancellation);
        if (Access.CannotRead(caller, migration?.OrganizationId, "migration", id) is { } refusal)
        {
            return refusal;
        }

        var rows = await database.Query<Row>(
            """
            select * from migration_subscriptions where migration_id = @id and subscription_id < @After and (@state::text is null or state = @state)
            order by subscription_id desc limit @Take
            """, new { id, page.After, page.Take, state }, cancellation);
        return TypedResults.Ok(Page<Row>.Of(rows, page, r => r.SubscriptionId).Select(row => row.Show()));
    }

    private sealed record Row
    {
        public required string SubscriptionId { get; init; }

        public required string OrganizationId { get; init; }

        public required string SourcePlanId { get; init; }

        public string? TargetPlanId { get; init; }

        public required string State { get; init; }

        public string? Reason { get; init; }

        public string? NewSubscriptionId { get; init; }

        public long BaseBefore { get; init; }

        public long? BaseAfter { get; init; }

        public required string Currency { get; init; }

        public DateTimeOffset? DueAt { get; init; }

        public MigrationSubscriptionResponse Show() => new(
            SubscriptionId, OrganizationId, SourcePlanId, TargetPlanId, State, Reason, NewSubscriptionId, new(BaseBefore, Currency),
            BaseAfter is { } after ? new(after, Currency) : null, DueAt);
    }
}
