namespace Marketplace.Contracts.Gateway;

/// <summary>A batch of metered calls of one gateway. Applied once per gateway and <paramref name="Sequence"/>.</summary>
/// <param name="GatewayId">The gateway's id, kept with its journal.</param>
/// <param name="Sequence">1, 2, 3 … without gaps per gateway.</param>
/// <param name="SettledThrough">Every call that started before this instant (UTC) and was metered is in this batch or an earlier one.</param>
public sealed record UsageReported(string GatewayId, long Sequence, DateTimeOffset SettledThrough, IReadOnlyList<UsageEntry> Entries);

/// <summary>Successful calls of one subscription and API in one interval of the gateway's clock.</summary>
/// <param name="From">Start of the earliest call counted (UTC).</param>
/// <param name="To">Start of the latest call counted (UTC); both lie in the same minute and the same billing period as the gateway knew it.</param>
/// <param name="Unit">The consumption unit counted; null for <c>transactions</c>, which every successful call is one of.</param>
public sealed record UsageEntry(string SubscriptionId, string ApiId, string? ApplicationId, long Quantity, DateTimeOffset From, DateTimeOffset To, string? Unit = null);
