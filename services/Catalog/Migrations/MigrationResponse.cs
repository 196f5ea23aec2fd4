namespace Marketplace.Catalog.Migrations;

/// <summary>A migration as it is answered.</summary>
/// <param name="Action"><c>move</c> or <c>cancel</c>.</param>
/// <param name="SubscriptionIds">Only these; null for every subscriber of the plans.</param>
/// <param name="When"><c>now</c>, <c>date</c>, or <c>period_end</c> for each subscription with its current period.</param>
/// <param name="Warnings">What was found when it was last looked at: when it was made, and again whenever it is to be executed. It is executed only by who accepts them.</param>
/// <param name="Stopped">Why it was not executed on its date; it stays scheduled until it is executed, given another date or taken back. Null otherwise.</param>
/// <param name="Undoable">Whether it can still be taken back; while it is executed at the ends of periods, as far as it is not carried out. The source plans stay
/// deprecated then: they took no new subscribers from the moment at which it was executed.</param>
/// <param name="UndoableUntil">Until when (UTC), where that is one moment.</param>
public sealed record MigrationResponse(
    string Id, string OrganizationId, string Action, string SourceProductId, string? TargetProductId, IReadOnlyList<PlanPair> Plans, IReadOnlyList<string>? SubscriptionIds,
    string When, DateTimeOffset? ExecuteAt, MigrationState State, IReadOnlyList<MigrationWarning> Warnings, MigrationProgress Progress, bool Undoable, DateTimeOffset? UndoableUntil,
    string CreatedBy, DateTimeOffset CreatedAt, DateTimeOffset? ExecutedAt, DateTimeOffset? CancelledAt, MigrationStop? Stopped)
{
    /// <summary>The migration as its provider sees it.</summary>
    public static MigrationResponse Of(Migration migration) => new(
        migration.Id, migration.OrganizationId, migration.Action, migration.SourceProductId, migration.TargetProductId, migration.PlanList, migration.SubscriptionIds,
        migration.Timing, migration.ExecuteAt, migration.State, migration.WarningList,
        new(migration.Taken, migration.Pending, migration.Done, migration.Skipped, migration.Failed), migration.Undoable,
        migration is { State: MigrationState.Scheduled, StoppedCode: null } ? migration.ExecuteAt : null,
        migration.CreatedBy, migration.CreatedAt, migration.ExecutedAt, migration.CancelledAt,
        migration is { State: MigrationState.Scheduled, StoppedCode: { } code } ? new(code, migration.StoppedDetail!) : null);
}

/// <summary>Why a migration was not executed on its date.</summary>
/// <param name="Code">The code with which its execution would be refused, such as <c>warnings_not_accepted</c>.</param>
public sealed record MigrationStop(string Code, string Detail);

/// <summary>How far a migration is, in subscriptions.</summary>
/// <param name="Subscriptions">How many it concerns; null while they are not all found.</param>
/// <param name="Done">Moved or cancelled.</param>
/// <param name="Skipped">Left as they are because of their own status; they follow when it allows, or on a retry.</param>
/// <param name="Failed">Left as they are because the facts do not allow it; a retry tries again.</param>
public sealed record MigrationProgress(long? Subscriptions, long Pending, long Done, long Skipped, long Failed);

/// <summary>How a migration stands for one subscription.</summary>
/// <param name="State"><c>pending</c>, <c>migrated</c>, <c>cancelled</c>, <c>skipped</c>, <c>failed</c> or <c>withdrawn</c>.</param>
/// <param name="Reason">Why it was skipped or failed.</param>
/// <param name="BaseBefore">What it pays per period now.</param>
/// <param name="BaseAfter">What it will pay per period; null when it is cancelled.</param>
/// <param name="At">When that happened (UTC); null while it has not.</param>
public sealed record MigrationSubscriptionResponse(
    string SubscriptionId, string OrganizationId, string SourcePlanId, string? TargetPlanId, string State, string? Reason, string? NewSubscriptionId,
    Money BaseBefore, Money? BaseAfter, DateTimeOffset? At);
