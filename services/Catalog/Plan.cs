using System.Text.Json;
using Marketplace.Contracts.Catalog;
using Marketplace.Storage;

namespace Marketplace.Catalog;

/// <summary>Where a plan stands: Draft (editable, not listed), Active (sold), Deprecated (kept by its subscribers only), Archived.</summary>
public enum PlanStatus
{
    /// <summary>Being written; nobody sees it.</summary>
    Draft,

    /// <summary>On offer, and never changed again.</summary>
    Active,

    /// <summary>Takes no new subscribers.</summary>
    Deprecated,

    /// <summary>Over: it has no subscribers and will have none.</summary>
    Archived,
}

/// <summary>What can be done to a plan.</summary>
public enum PlanMove
{
    /// <summary>Put on offer.</summary>
    Activate,

    /// <summary>Closed for new subscribers.</summary>
    Deprecate,

    /// <summary>Put away.</summary>
    Archive,
}

/// <summary>A plan as it is stored. Prices are minor units of <see cref="Currency"/>.</summary>
public sealed record Plan
{
    /// <summary>Its id (<c>pln_…</c>).</summary>
    public required string Id { get; init; }

    /// <summary>The product it belongs to.</summary>
    public required string ProductId { get; init; }

    /// <summary>Its name, unique in the product and never changed.</summary>
    public required string Name { get; init; }

    /// <summary>What people call it.</summary>
    public required string Title { get; init; }

    /// <summary>Where it stands.</summary>
    public required PlanStatus Status { get; init; }

    /// <summary>ISO 4217, lower case.</summary>
    public required string Currency { get; init; }

    /// <summary><c>day</c>, <c>week</c>, <c>month</c> or <c>year</c>.</summary>
    public required string PeriodUnit { get; init; }

    /// <summary>How many units a billing period has.</summary>
    public required int PeriodCount { get; init; }

    /// <summary>What it is for.</summary>
    public string? Description { get; init; }

    /// <summary><c>free</c>, <c>flat</c>, <c>unit</c>, <c>graduated</c>, <c>volume</c>, <c>package</c>, <c>per_seat</c> or <c>custom</c>.</summary>
    public required string PriceModel { get; init; }

    /// <summary>Charged per period in advance, for each seat where it is sold by seats.</summary>
    public required long Base { get; init; }

    /// <summary>Price of one unit, or of one package: a decimal text.</summary>
    public string? UnitAmount { get; init; }

    /// <summary>The tiers as JSON, in the shape in which they are announced; null unless the price is graduated or by volume.</summary>
    public string? Tiers { get; init; }

    /// <summary>Units of one package; null unless the price is by package.</summary>
    public long? PackageSize { get; init; }

    /// <summary>The consumption unit that is charged; null for transactions.</summary>
    public string? PriceUnit { get; init; }

    /// <summary>What the usage of a period is charged at least.</summary>
    public long? MinimumCharge { get; init; }

    /// <summary>What the usage of a period is charged at most.</summary>
    public long? MaximumCharge { get; init; }

    /// <summary>The least seats that a subscription has; null unless the plan is sold by seats.</summary>
    public int? MinimumSeats { get; init; }

    /// <summary>The most seats that a subscription has; null unless the plan is sold by seats.</summary>
    public int? MaximumSeats { get; init; }

    /// <summary>Whether the first tier's flat amount is charged for a period without usage.</summary>
    public bool FlatFeeAtZeroUsage { get; init; } = true;

    /// <summary>Charged once with the first invoice.</summary>
    public required long SetupFee { get; init; }

    /// <summary>Days before the first charge.</summary>
    public required int TrialDays { get; init; }

    /// <summary>Ends by itself after so many periods; null renews for ever.</summary>
    public int? TermPeriods { get; init; }

    /// <summary><c>automatic</c> or <c>manual</c>.</summary>
    public required string Approval { get; init; }

    /// <summary>Whether an unpaid invoice ends the subscription.</summary>
    public required bool CancelWhenPastDue { get; init; }

    /// <summary>Days of access after an invoice fell due unpaid.</summary>
    public required int GraceDays { get; init; }

    /// <summary>Days between issue and due date.</summary>
    public required int PaymentTermDays { get; init; }

    /// <summary>The quotas as JSON, in the shape in which they are announced.</summary>
    public required string Quotas { get; init; }

    /// <summary>Calls allowed per <see cref="RateLimitSeconds"/>; null for no limit.</summary>
    public int? RateLimit { get; init; }

    /// <summary>Length of the rate limit's window.</summary>
    public int? RateLimitSeconds { get; init; }

    /// <summary>Calls allowed per <see cref="BurstSeconds"/> within the rate limit; null for no burst limit.</summary>
    public int? BurstLimit { get; init; }

    /// <summary>Length of the burst's window, shorter than the rate limit's.</summary>
    public int? BurstSeconds { get; init; }

    /// <summary>What a subscriber must answer, as a JSON schema; null for nothing.</summary>
    public string? Questions { get; init; }

    /// <summary>Counts its changes.</summary>
    public required long Version { get; init; }

    /// <summary>When it was made.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it was put on offer.</summary>
    public DateTimeOffset? ActivatedAt { get; init; }

    /// <summary>When it was closed for new subscribers.</summary>
    public DateTimeOffset? DeprecatedAt { get; init; }

    /// <summary>When it was put away.</summary>
    public DateTimeOffset? ArchivedAt { get; init; }

    /// <summary>Live subscriptions as last heard.</summary>
    public long Live { get; init; }

    /// <summary>The status as it is stored.</summary>
    public string StatusName => Status.ToString();

    /// <summary>Whether taking it costs money here, so that a catalog needs a billing integration to sell it. What a custom plan costs is agreed and
    /// billed elsewhere: it is not free, and asks for nothing here.</summary>
    public bool IsPaid => PriceModel is not ("free" or "custom");

    /// <summary>The quotas themselves.</summary>
    public IReadOnlyList<QuotaSnapshot> QuotaList => JsonSerializer.Deserialize<List<QuotaSnapshot>>(Quotas, JsonSerializerOptions.Web)!;

    /// <summary>The tiers themselves; empty where there are none.</summary>
    public IReadOnlyList<PriceTier> TierList => Tiers is null ? [] : JsonSerializer.Deserialize<List<PriceTier>>(Tiers, JsonSerializerOptions.Web)!;

    /// <summary>Where a move takes a plan; null where it may not be made. The only copy of this rule.</summary>
    public static PlanStatus? After(PlanStatus status, PlanMove move) => (status, move) switch
    {
        (PlanStatus.Draft, PlanMove.Activate) => PlanStatus.Active,
        (PlanStatus.Active, PlanMove.Deprecate) => PlanStatus.Deprecated,
        (PlanStatus.Deprecated, PlanMove.Archive) => PlanStatus.Archived,
        _ => null,
    };

    /// <summary>The plans of products, oldest first; narrow it with <c>and p.…</c>.</summary>
    public const string Select = "select p.*, coalesce(s.live, 0) as live from plans p left join subscription_counts s on s.plan_id = p.id where p.product_id = any(@Products)";

    /// <summary>Every plan of a product inside a write; the product's row must be held, which is what holds its plans too.</summary>
    public static Task<IReadOnlyList<Plan>> Of(Transaction transaction, string productId, CancellationToken cancellation) =>
        transaction.Query<Plan>($"{Select} order by p.id", new { Products = new[] { productId } }, cancellation);

    /// <summary>The plan as other services hear of it.</summary>
    public PlanSnapshot Snapshot() => new(
        Id, Name, Title, Status.ToString().ToLowerInvariant(), Currency, PeriodUnit, PeriodCount,
        new(PriceModel, Base, UnitAmount, Tiers is null ? null : TierList, PackageSize, PriceUnit, MinimumCharge, MaximumCharge, FlatFeeAtZeroUsage, MinimumSeats, MaximumSeats), SetupFee,
        TrialDays, TermPeriods, Approval, CancelWhenPastDue, GraceDays, PaymentTermDays, QuotaList, RateLimit, RateLimitSeconds, BurstLimit, BurstSeconds,
        Questions);
}
