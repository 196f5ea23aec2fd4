using System.Text.Json;
using Marketplace.Storage;

namespace Marketplace.Catalog.Migrations;

/// <summary>Where a migration stands.</summary>
public enum MigrationState
{
    /// <summary>Written down, with its warnings; nothing happens by itself.</summary>
    Draft,

    /// <summary>Will be executed on a date.</summary>
    Scheduled,

    /// <summary>Under way, subscription by subscription.</summary>
    Executing,

    /// <summary>Every subscription was moved, skipped or failed.</summary>
    Executed,

    /// <summary>Taken back.</summary>
    Cancelled,
}

/// <summary>What can be done to a migration.</summary>
public enum MigrationMove
{
    /// <summary>Give it a date, or another one.</summary>
    Schedule,

    /// <summary>Begin with it.</summary>
    Execute,

    /// <summary>Nothing is left to do.</summary>
    Finish,

    /// <summary>Something is left to do after all: a subscription that was skipped may be moved now.</summary>
    Reopen,

    /// <summary>Try again what was skipped or failed.</summary>
    Retry,

    /// <summary>Take it back.</summary>
    Cancel,
}

/// <summary>A plan and the one that replaces it; no target where subscriptions are cancelled.</summary>
public sealed record PlanPair(string Source, string? Target);

/// <summary>What a provider should know before a migration is executed.</summary>
/// <param name="Code"><c>api_missing</c>, <c>resource_missing</c>, <c>costs_more</c>, <c>price_differs</c>, <c>period_differs</c>, <c>term_differs</c>, <c>quota_lower</c>,
/// <c>quota_stops</c>, <c>rate_limit_lower</c>, <c>seats_differ</c> or <c>trial_ends</c>.</param>
/// <param name="SourcePlanId">The plan whose subscribers it concerns; null for all.</param>
public sealed record MigrationWarning(string Code, string? SourcePlanId, string Detail);

/// <summary>A migration as it is stored.</summary>
public sealed record Migration
{
    /// <summary>Its id (<c>mig_…</c>).</summary>
    public required string Id { get; init; }

    /// <summary>The provider.</summary>
    public required string OrganizationId { get; init; }

    /// <summary>Whose subscribers are concerned.</summary>
    public required string SourceProductId { get; init; }

    /// <summary>What they are moved to; null when they are cancelled.</summary>
    public string? TargetProductId { get; init; }

    /// <summary><c>move</c> or <c>cancel</c>.</summary>
    public required string Action { get; init; }

    /// <summary>Whether it was set as its product's migration target.</summary>
    public bool IsTarget { get; init; }

    /// <summary>The plan map as JSON.</summary>
    public required string Plans { get; init; }

    /// <summary>Whether every plan of the source that has or takes subscribers must be mapped.</summary>
    public bool EveryPlan { get; init; }

    /// <summary>Only these subscriptions; null for all of the plans.</summary>
    public string[]? SubscriptionIds { get; init; }

    /// <summary><c>now</c>, <c>date</c> or <c>period_end</c>.</summary>
    public required string Timing { get; init; }

    /// <summary>When it will be executed (UTC), if on a date.</summary>
    public DateTimeOffset? ExecuteAt { get; init; }

    /// <summary>Where it stands.</summary>
    public required MigrationState State { get; init; }

    /// <summary>The warnings as JSON.</summary>
    public required string Warnings { get; init; }

    /// <summary>The warnings that were accepted, as JSON.</summary>
    public string Accepted { get; init; } = "[]";

    /// <summary>Why it was not executed on its date: the refusal's code; null when nothing stood in its way.</summary>
    public string? StoppedCode { get; init; }

    /// <summary>That refusal in words.</summary>
    public string? StoppedDetail { get; init; }

    /// <summary>Of <see cref="SubscriptionIds"/>, those that are no live subscriptions to the plans.</summary>
    public string[] UnknownSubscriptions { get; init; } = [];

    /// <summary>The user who made it.</summary>
    public required string CreatedBy { get; init; }

    /// <summary>When it was made.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When its execution began.</summary>
    public DateTimeOffset? ExecutedAt { get; init; }

    /// <summary>When it was taken back.</summary>
    public DateTimeOffset? CancelledAt { get; init; }

    /// <summary>Subscriptions it concerns; null while they are not all found.</summary>
    public long? Taken { get; init; }

    /// <summary>The version of the request that <see cref="Taken"/> answers.</summary>
    public long TakenVersion { get; init; }

    /// <summary>The version that was last told.</summary>
    public long ToldVersion { get; init; }

    /// <summary>Subscriptions still to do.</summary>
    public long Pending { get; init; }

    /// <summary>Subscriptions moved or cancelled.</summary>
    public long Done { get; init; }

    /// <summary>Subscriptions whose status stood in the way.</summary>
    public long Skipped { get; init; }

    /// <summary>Subscriptions that the facts did not allow to be moved.</summary>
    public long Failed { get; init; }

    /// <summary>Counts its changes.</summary>
    public required long Version { get; init; }

    /// <summary>The plan map.</summary>
    public IReadOnlyList<PlanPair> PlanList => JsonSerializer.Deserialize<List<PlanPair>>(Plans, JsonSerializerOptions.Web)!;

    /// <summary>The warnings.</summary>
    public IReadOnlyList<MigrationWarning> WarningList => JsonSerializer.Deserialize<List<MigrationWarning>>(Warnings, JsonSerializerOptions.Web)!;

    /// <summary>Whether it has warnings that nobody accepted.</summary>
    public bool HasUnaccepted => WarningList.Except(JsonSerializer.Deserialize<List<MigrationWarning>>(Accepted, JsonSerializerOptions.Web)!).Any();

    /// <summary>Whether Subscriptions has said whom it concerns.</summary>
    public bool IsTaken => TakenVersion >= ToldVersion;

    /// <summary>The plans whose subscribers it concerns.</summary>
    public string[] SourcePlans => [.. PlanList.Select(p => p.Source)];

    /// <summary>The plans they are moved to.</summary>
    public string[] TargetPlans => [.. PlanList.Select(p => p.Target).OfType<string>().Distinct()];

    /// <summary>When Subscriptions carries it out. Nobody is cancelled within a period that is paid for.</summary>
    public string CarriedOut => Action == "cancel" || Timing == "period_end" ? "period_end" : "now";

    /// <summary>Whether it can still be taken back, wholly or as far as it is not carried out.</summary>
    public bool Undoable => State is MigrationState.Draft or MigrationState.Scheduled || (State == MigrationState.Executing && CarriedOut == "period_end");

    /// <summary>Where a move takes a migration; null where it may not be made. The only copy of this rule.</summary>
    public static MigrationState? After(MigrationState state, MigrationMove move) => (state, move) switch
    {
        (MigrationState.Draft or MigrationState.Scheduled, MigrationMove.Schedule) => MigrationState.Scheduled,
        (MigrationState.Draft or MigrationState.Scheduled, MigrationMove.Execute) => MigrationState.Executing,
        (MigrationState.Executing, MigrationMove.Finish) => MigrationState.Executed,
        (MigrationState.Executed, MigrationMove.Reopen) => MigrationState.Executing,
        (MigrationState.Executing or MigrationState.Executed, MigrationMove.Retry) => MigrationState.Executing,
        (MigrationState.Draft or MigrationState.Scheduled or MigrationState.Executing, MigrationMove.Cancel) => MigrationState.Cancelled,
        _ => null,
    };

    /// <summary>Reads a migration.</summary>
    public static Task<Migration?> Find(Database database, string id, CancellationToken cancellation) =>
        database.QueryOne<Migration>("select * from migrations where id = @id", new { id }, cancellation);

    /// <summary>Loads a migration and holds its row; products and catalogs are held before it, never after.</summary>
    public static Task<Migration?> Lock(Transaction transaction, string id, CancellationToken cancellation) =>
        transaction.QueryOne<Migration>("select * from migrations where id = @id for update", new { id }, cancellation);

    /// <summary>Writes a new one.</summary>
    public Task Add(Transaction transaction, CancellationToken cancellation) => transaction.Execute(
        """
        insert into migrations (id, organization_id, source_product_id, target_product_id, action, is_target, every_plan, plans, source_plans, target_plans, subscription_ids, timing,
            execute_at, state, warnings, created_by, created_at, version)
        values (@Id, @OrganizationId, @SourceProductId, @TargetProductId, @Action, @IsTarget, @EveryPlan, @Plans::jsonb, @SourcePlans, @TargetPlans, @SubscriptionIds, @Timing,
            @ExecuteAt, 'Draft', @Warnings::jsonb, @CreatedBy, @CreatedAt, @Version)
        """, this, cancellation);

    /// <summary>Writes what a move decided, under the next version.</summary>
    public async Task<Migration> Save(Transaction transaction, CancellationToken cancellation)
    {
        var next = this with { Version = Version + 1 };
        await transaction.Execute(
            """
            update migrations set state = @StateName, timing = @Timing, execute_at = @ExecuteAt, executed_at = @ExecutedAt, cancelled_at = @CancelledAt,
                warnings = @Warnings::jsonb, accepted = @Accepted::jsonb, stopped_code = @StoppedCode, stopped_detail = @StoppedDetail, told_version = @ToldVersion, version = @Version
            where id = @Id
            """,
            new
            {
                next.Id, StateName = next.State.ToString(), next.Timing, next.ExecuteAt, next.ExecutedAt, next.CancelledAt,
                next.Warnings, next.Accepted, next.StoppedCode, next.StoppedDetail, next.ToldVersion, next.Version,
            }, cancellation);
        return next;
    }
}
