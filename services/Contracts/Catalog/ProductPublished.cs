namespace Marketplace.Contracts.Catalog;

/// <summary>A product is on offer in a catalog, with everything that selling and serving it needs. Sent again, with a higher version, whenever one of
/// these facts changes while it is published. Hearers keep the newest by <paramref name="Version"/> per catalog and product.</summary>
/// <param name="Environment"><c>sandbox</c> or <c>production</c>.</param>
/// <param name="ProviderOrganizationId">The provider who is paid.</param>
/// <param name="ProductName">The product's name in runtime addresses (<c>/apis/{product}/{api}</c>), unique in the installation.</param>
/// <param name="BillingIntegrationId">The Stripe account that bills it; null when every plan is free.</param>
/// <param name="Visibility">Who may see and take it: <c>public</c>, <c>signed_in</c>, <c>organizations</c> (those of <paramref name="VisibleTo"/>) or <c>none</c>.</param>
/// <param name="VisibleTo">Ids of the consumer organizations that may; null unless they are chosen.</param>
/// <param name="Terms">What a new subscriber must accept; null for nothing.</param>
/// <param name="PlanReaders">Plans that fewer may see and take than the product; null for none.</param>
/// <param name="PaymentMethodRequired">Whether a paid plan is taken here only by who keeps a payment method.</param>
public sealed record ProductPublished(
    string PublicationId, string CatalogId, string Environment, string ProviderOrganizationId,
    string ProductId, string ProductName, string ProductTitle, string Release,
    string? BillingIntegrationId,
    IReadOnlyList<PublishedApi> Apis, IReadOnlyList<PlanSnapshot> Plans, long Version,
    string Visibility = "public", IReadOnlyList<string>? VisibleTo = null, TermsSnapshot? Terms = null,
    IReadOnlyList<PlanReaders>? PlanReaders = null, bool PaymentMethodRequired = false);

/// <summary>Who may see and take one plan, besides seeing its product.</summary>
/// <param name="Visibility">As of the product.</param>
/// <param name="VisibleTo">As of the product.</param>
public sealed record PlanReaders(string PlanId, string Visibility, IReadOnlyList<string>? VisibleTo);

/// <summary>Terms and conditions in force.</summary>
/// <param name="Version">1, 2, 3 … per <paramref name="TermsId"/>; a version's text never changes.</param>
/// <param name="Url">Where they can be read; null when the storefront shows their text.</param>
/// <param name="TextHash">SHA-256 of their text, or of their address, in lower-case hex.</param>
public sealed record TermsSnapshot(string TermsId, int Version, string Title, string? Url, string? TextHash = null);

/// <summary>One API of a published product.</summary>
/// <param name="Name">The API's name in runtime addresses.</param>
/// <param name="Resources">What may be called; empty means everything below the upstream.</param>
public sealed record PublishedApi(string ApiId, string Name, string Title, string UpstreamUrl, IReadOnlyList<PublishedResource> Resources);

/// <summary>One resource of an API: an HTTP method (<c>*</c> for any) and a path template below the API.</summary>
public sealed record PublishedResource(string Method, string Path);

/// <summary>A plan as it stands: prices in minor units of its currency, never changed under a subscriber.</summary>
/// <param name="Status"><c>active</c>, <c>deprecated</c> or <c>archived</c>; only active plans take new subscribers.</param>
/// <param name="PeriodUnit"><c>day</c>, <c>week</c>, <c>month</c> or <c>year</c>.</param>
/// <param name="SetupFee">Charged once with the first invoice, minor units.</param>
/// <param name="TermPeriods">Ends by itself after so many periods; null renews for ever.</param>
/// <param name="Approval"><c>automatic</c> or <c>manual</c>.</param>
/// <param name="GraceDays">Days of access after an invoice fell due unpaid.</param>
/// <param name="PaymentTermDays">Days between issue and due date.</param>
/// <param name="RateLimit">Calls allowed per <paramref name="RateLimitSeconds"/>; null for none.</param>
/// <param name="BurstLimit">Calls allowed per <paramref name="BurstSeconds"/>, a shorter window within the rate limit; null for none.</param>
/// <param name="Questions">What a subscriber must answer: a JSON schema as text; null for nothing.</param>
/// <param name="Seats">Of a subscriber's own plan that is sold by seats: how many it has. Null where there are none, and in an offer.</param>
public sealed record PlanSnapshot(
    string PlanId, string Name, string Title, string Status, string Currency,
    string PeriodUnit, int PeriodCount, PriceSnapshot Price, long SetupFee,
    int TrialDays, int? TermPeriods, string Approval, bool CancelWhenPastDue,
    int GraceDays, int PaymentTermDays, IReadOnlyList<QuotaSnapshot> Quotas,
    int? RateLimit, int? RateLimitSeconds,
    int? BurstLimit = null, int? BurstSeconds = null, string? Questions = null, int? Seats = null);

/// <summary>What a plan costs.</summary>
/// <param name="Model"><c>free</c>, <c>flat</c>, <c>unit</c>, <c>graduated</c> (each unit at the price of its tier), <c>volume</c> (all units at the price of the
/// tier reached), <c>package</c> (per started package), <c>per_seat</c> (the base price for each seat) or <c>custom</c> (agreed elsewhere: nothing is charged here).</param>
/// <param name="Base">Charged per period in advance, minor units; with <c>per_seat</c> the price of one seat.</param>
/// <param name="UnitAmount">Price of one unit, or of one package, in minor units, a decimal of up to 12 places; null where nothing is charged per use, and with tiers.</param>
/// <param name="Tiers">From the lowest up; null unless <paramref name="Model"/> is graduated or volume.</param>
/// <param name="PackageSize">Units of one package; null unless <paramref name="Model"/> is package.</param>
/// <param name="Unit">The consumption unit that is charged; null for <c>transactions</c>.</param>
/// <param name="MinimumCharge">What the usage of a period is charged at least, minor units; null for no minimum.</param>
/// <param name="MaximumCharge">What the usage of a period is charged at most, minor units; null for no maximum.</param>
/// <param name="FlatFeeAtZeroUsage">Whether the first tier's flat amount is charged for a period without usage.</param>
/// <param name="MinimumSeats">The least seats that are sold; null unless <paramref name="Model"/> is per_seat.</param>
/// <param name="MaximumSeats">The most seats that are sold; null unless <paramref name="Model"/> is per_seat.</param>
public sealed record PriceSnapshot(
    string Model, long Base, string? UnitAmount, IReadOnlyList<PriceTier>? Tiers = null, long? PackageSize = null, string? Unit = null,
    long? MinimumCharge = null, long? MaximumCharge = null, bool FlatFeeAtZeroUsage = true, int? MinimumSeats = null, int? MaximumSeats = null);

/// <summary>One tier of a graduated or volume price. It begins one above the tier before it.</summary>
/// <param name="UpTo">The last unit that belongs to it; null for the last tier, which has no end.</param>
/// <param name="UnitAmount">Price of one unit in minor units, a decimal of up to 12 places.</param>
/// <param name="FlatAmount">Charged once when the tier is entered (graduated) or reached (volume), minor units, a decimal of up to 12 places.</param>
public sealed record PriceTier(long? UpTo, string UnitAmount, string FlatAmount);

/// <summary>How much of a unit a plan allows in an interval.</summary>
/// <param name="Unit">The consumption unit, <c>transactions</c> by default: one successful call is one.</param>
/// <param name="Limit">Units per interval; null for unlimited.</param>
/// <param name="Kind"><c>strict</c> stops at the limit, <c>loose</c> lets further calls through.</param>
/// <param name="Interval"><c>day</c>, <c>week</c>, <c>month</c>, <c>year</c>, or <c>period</c> for the billing period.</param>
/// <param name="Overage">Price of a unit above a loose limit in minor units, a decimal of up to 12 places.</param>
/// <param name="ApiIds">The APIs it covers; empty for all of the product.</param>
public sealed record QuotaSnapshot(string QuotaId, string Unit, long? Limit, string Kind, string Interval, string? Overage, IReadOnlyList<string> ApiIds);
