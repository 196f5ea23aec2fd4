namespace Marketplace.Contracts.Subscriptions;

/// <summary>Every subscription that a migration concerns has been found and told of as a <see cref="SubscriptionMigrationChanged"/>.</summary>
/// <param name="Subscriptions">How many they are.</param>
/// <param name="RequestVersion">The version of the request that was answered.</param>
/// <param name="UnknownSubscriptionIds">Of the subscriptions that it names, those that are no live ones to its plans; null when all are, or none is named.</param>
public sealed record MigrationTaken(string MigrationId, long Subscriptions, long RequestVersion, IReadOnlyList<string>? UnknownSubscriptionIds = null);
