namespace Marketplace.Contracts.Subscriptions;

/// <summary>How a migration stands for one subscription. Hearers keep the newest by <paramref name="Version"/> per migration and subscription.</summary>
/// <param name="TargetPlanId">Null when it is cancelled.</param>
/// <param name="State"><c>pending</c>, <c>migrated</c>, <c>cancelled</c>, <c>skipped</c>, <c>failed</c> or <c>withdrawn</c>.</param>
/// <param name="Reason">Why it was skipped or failed, such as <c>past_due</c>.</param>
/// <param name="NewSubscriptionId">The subscription that replaced it.</param>
/// <param name="BaseBefore">The base price per period that it pays now, minor units of <paramref name="Currency"/>.</param>
/// <param name="BaseAfter">The base price per period of the target; null when it is cancelled.</param>
/// <param name="DueAt">When it happens or happened (UTC); null while that is not decided.</param>
public sealed record SubscriptionMigrationChanged(
    string MigrationId, string SubscriptionId, string OrganizationId, string SourcePlanId, string? TargetPlanId,
    string State, string? Reason, string? NewSubscriptionId, long BaseBefore, long? BaseAfter, string Currency, DateTimeOffset? DueAt, long Version);
