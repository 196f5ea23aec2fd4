namespace Marketplace.Gateway.Metering;

/// <summary>One successful call, as it stands in the journal.</summary>
/// <param name="StartedAt">By the gateway's clock at the call's start, which decides its period (UTC).</param>
/// <param name="PeriodStart">Start of that period as the gateway knew it (UTC).</param>
public readonly record struct MeteredCall(string SubscriptionId, string ApiId, string? ApplicationId, DateTimeOffset StartedAt, DateTimeOffset PeriodStart);
