namespace Marketplace.Gateway.Metering;

/// <summary>One successful call, as it stands in the journal.</summary>
/// <param name="StartedAt">By the gateway's clock at the call's start, which decides its period (UTC).</param>
/// <param name="PeriodStart">Start of that period as the gateway knew it (UTC).</param>
/// <param name="Units">What it used of the provider's own units; null for none. It is always one transaction too.</param>
public readonly record struct MeteredCall(
    string SubscriptionId, string ApiId, string? ApplicationId, DateTimeOffset StartedAt, DateTimeOffset PeriodStart, UnitCount[]? Units = null);
