namespace Marketplace.Contracts.Subscriptions;

/// <summary>Answer of <c>GET /internal/entitlements?after={position}&amp;limit=</c>: what changed since a position, oldest change first.
/// A gateway reads it whole at its start (<c>after=0</c>), then on every <see cref="AccessChanged"/> and every 15 s.</summary>
/// <param name="Position">Ask for what comes after this next.</param>
/// <param name="More">True when there is more to read at once.</param>
public sealed record EntitlementPage(
    long Position, bool More, IReadOnlyList<SubscriptionEntitlement> Subscriptions, IReadOnlyList<CredentialEntitlement> Credentials);

/// <summary>What a subscription lets through at present.</summary>
/// <param name="ApplicationId">The only application it is for; null for all of the organization's.</param>
/// <param name="Refusal">Null while access exists; else the refusal's code: <c>payment_required</c>, <c>subscription_suspended</c>, <c>not_subscribed</c>,
/// <c>payment_disputed</c> or <c>payment_refunded</c>.</param>
/// <param name="AccessUntil">When access ends by itself unless the feed says otherwise (UTC): end of grace, of a cancelled period, of a trial; null for none.</param>
/// <param name="RefusalAfter">The refusal's code from <paramref name="AccessUntil"/> on.</param>
/// <param name="PeriodStart">Start of the billing period (UTC).</param>
/// <param name="PeriodEnd">End of the billing period (UTC), exclusive; a later call belongs to the next period, which starts there.</param>
/// <param name="BurstLimit">Calls allowed per <paramref name="BurstSeconds"/>, a shorter window within the rate limit; null for none.</param>
/// <param name="Units">The units of one's own that are metered beside transactions: those that the plan's price or quotas name; null for none.</param>
/// <param name="ReplacedProductIds">Other products whose subscriptions it replaced: calls to their addresses count for it too, as far as it grants the API; null for none.</param>
public sealed record SubscriptionEntitlement(
    string SubscriptionId, string OrganizationId, string ProductId, string ProductName, string? ApplicationId,
    string? Refusal, DateTimeOffset? AccessUntil, string? RefusalAfter,
    DateTimeOffset PeriodStart, DateTimeOffset PeriodEnd,
    IReadOnlyList<GrantedApi> Granted, IReadOnlyList<QuotaEntitlement> Quotas, int? RateLimit, int? RateLimitSeconds,
    int? BurstLimit = null, int? BurstSeconds = null, IReadOnlyList<string>? Units = null,
    IReadOnlyList<string>? ReplacedProductIds = null);

/// <summary>An API that may be called, by one application or (null) by any.</summary>
public sealed record GrantedApi(string ApiId, string? ApplicationId);

/// <summary>A quota in force. Strict ones are leased; loose ones are only counted.</summary>
/// <param name="Interval"><c>day</c>, <c>week</c>, <c>month</c>, <c>year</c> (UTC calendar) or <c>period</c>.</param>
/// <param name="ApiIds">Empty for all APIs of the product.</param>
public sealed record QuotaEntitlement(string QuotaId, string Unit, long? Limit, string Kind, string Interval, IReadOnlyList<string> ApiIds);

/// <summary>A key that callers present.</summary>
/// <param name="KeyHash">SHA-256 of the key, lower-case hex.</param>
/// <param name="ApplicationId">The application it belongs to; null for the whole organization.</param>
/// <param name="SubscriptionId">The only subscription it is for; null for all of the application's.</param>
/// <param name="ApiId">The only API it is for; null for all.</param>
/// <param name="Status"><c>active</c>, <c>suspended</c> or <c>revoked</c>; only active keys are known to callers.</param>
public sealed record CredentialEntitlement(
    string CredentialId, string KeyHash, string OrganizationId, string? ApplicationId, string? SubscriptionId, string? ApiId, string Status);

/// <summary>Body of <c>PUT /internal/leases</c>: a gateway wants to have <paramref name="Wanted"/> units of a strict quota's window in all, counted from the window's start.
/// Repeating it, or wanting less than is held, changes nothing: units may be used that no report has told of yet.</summary>
/// <param name="WindowStart">Start of the quota's window (UTC).</param>
public sealed record LeaseRequest(string GatewayId, string SubscriptionId, string QuotaId, DateTimeOffset WindowStart, long Wanted);

/// <summary>What a gateway now holds of the window in all, and how much of the limit nobody holds.</summary>
/// <param name="Counted">Units of the window in this gateway's reports up to <paramref name="AppliedThrough"/>: a gateway that starts again
/// continues from here plus what its journal holds beyond.</param>
/// <param name="AppliedThrough">The gateway's last report applied without a gap, read in the same transaction.</param>
public sealed record LeaseAnswer(long Granted, long Left, long Counted, long AppliedThrough);

/// <summary>Answer of <c>GET /internal/usage-reports/{gatewayId}</c>: every report up to this sequence has been applied and may leave the journal.</summary>
public sealed record UsageReportsApplied(long AppliedThrough);
