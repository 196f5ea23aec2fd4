using Marketplace.Contracts.Catalog;
using Marketplace.Pricing;
using Marketplace.ServiceDefaults;
using Marketplace.Storage;

namespace Marketplace.Subscriptions;

/// <summary>Where a subscription stands. Access exists in <see cref="Trialing"/>, <see cref="Active"/>, <see cref="Cancelling"/>, and in
/// <see cref="PastDue"/> within the grace period; nowhere else.</summary>
public enum SubscriptionStatus
{
    /// <summary>Waits for the provider's decision.</summary>
    PendingApproval,

    /// <summary>Approved; its first invoice is not paid.</summary>
    AwaitingPayment,

    /// <summary>Tried out free of charge before the first invoice.</summary>
    Trialing,

    /// <summary>Paid, or free.</summary>
    Active,

    /// <summary>An invoice fell due unpaid; access lasts until the end of grace.</summary>
    PastDue,

    /// <summary>Grace is over; paying what is due opens access again.</summary>
    Suspended,

    /// <summary>Ends with the current period.</summary>
    Cancelling,

    /// <summary>Ended; nothing revives it.</summary>
    Cancelled,

    /// <summary>The provider declined it.</summary>
    Rejected,

    /// <summary>Ended with its term.</summary>
    Expired,

    /// <summary>Replaced by a subscription to another plan.</summary>
    Migrated,
}

/// <summary>What can happen to a subscription.</summary>
public enum SubscriptionEvent
{
    /// <summary>A consumer asked for it.</summary>
    Requested,

    /// <summary>Approved; its first invoice comes first.</summary>
    Approved,

    /// <summary>Approved; its plan costs nothing.</summary>
    ApprovedFree,

    /// <summary>Approved; a trial comes first.</summary>
    ApprovedForTrial,

    /// <summary>The provider declined it.</summary>
    Rejected,

    /// <summary>The first invoice is paid.</summary>
    FirstPayment,

    /// <summary>The trial is over; the first invoice falls due.</summary>
    TrialEnded,

    /// <summary>An invoice's due date passed unpaid.</summary>
    FellDue,

    /// <summary>No invoice is past due any more.</summary>
    Settled,

    /// <summary>The grace period is over.</summary>
    GraceEnded,

    /// <summary>Cancelled for the end of the current period.</summary>
    CancelledAtPeriodEnd,

    /// <summary>The cancellation was taken back.</summary>
    Resumed,

    /// <summary>The cancellation was taken back within the trial.</summary>
    ResumedTrial,

    /// <summary>Ends now.</summary>
    Cancelled,

    /// <summary>The last period of its term is over.</summary>
    TermEnded,

    /// <summary>Moved to another plan.</summary>
    Migrated,

    /// <summary>Began in the place of another one.</summary>
    TookOver,

    /// <summary>What is owed is within a longer grace period.</summary>
    GraceExtended,

    /// <summary>Access is withheld: a payment is disputed, or was given back.</summary>
    PaymentHeld,

    /// <summary>Access is not withheld any more.</summary>
    PaymentReleased,

    /// <summary>Money goes back to the payer.</summary>
    RefundIssued,

    /// <summary>A refund did not arrive; the money is the provider's again.</summary>
    RefundFailed,
}

/// <summary>A subscription, and every rule about its status. Written by <see cref="SubscriptionWrites.Save"/> only.</summary>
public sealed record Subscription
{
    /// <summary><c>sub_…</c></summary>
    public required string Id { get; init; }

    /// <summary>The consumer organization that holds and pays it.</summary>
    public required string OrganizationId { get; init; }

    /// <summary>The provider that sells it.</summary>
    public required string ProviderOrganizationId { get; init; }

    /// <summary>The catalog it was taken from.</summary>
    public required string CatalogId { get; init; }

    /// <summary><c>sandbox</c> or <c>production</c>.</summary>
    public required string Environment { get; init; }

    /// <summary>The Stripe account that bills it; null for free plans.</summary>
    public string? BillingIntegrationId { get; init; }

    /// <summary><see cref="RenewedAtStripe"/>, or null where Stripe gets an invoice for each period; known with the first payment; for a successor from the beginning, as its plan change found it.</summary>
    public string? BillingModel { get; init; }

    /// <summary>The product.</summary>
    public required string ProductId { get; init; }

    /// <summary>The product's name in runtime addresses.</summary>
    public required string ProductName { get; init; }

    /// <summary>The product's title when it was subscribed to.</summary>
    public required string ProductTitle { get; init; }

    /// <summary>The product's release when it was subscribed to.</summary>
    public required string Release { get; init; }

    /// <summary>The plan.</summary>
    public required string PlanId { get; init; }

    /// <summary>The plan as it stood when it was subscribed to; a later change of the plan never reaches a subscriber.</summary>
    public required PlanSnapshot Plan { get; init; }

    /// <summary>The only application it is for; null for all of the organization's.</summary>
    public string? ApplicationId { get; init; }

    /// <summary>What the subscriber answered to the plan's questions, as JSON; null where it asks nothing.</summary>
    public string? Answers { get; init; }

    /// <summary>Where it stands.</summary>
    public SubscriptionStatus Status { get; init; }

    /// <summary>When it was asked for (UTC).</summary>
    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>The user who asked for it.</summary>
    public required string CreatedBy { get; init; }

    /// <summary>When it was approved (UTC).</summary>
    public DateTimeOffset? ApprovedAt { get; init; }

    /// <summary>When it first became active: its first payment, or its approval for a free plan (UTC).</summary>
    public DateTimeOffset? ActivatedAt { get; init; }

    /// <summary>Whether Invoicing was told of it.</summary>
    public bool Billed { get; init; }

    /// <summary>Start of the first charged period (UTC), from which all others follow.</summary>
    public DateTimeOffset? Anchor { get; init; }

    /// <summary>0 for the first charged period.</summary>
    public int PeriodIndex { get; init; }

    /// <summary>Start of the current period (UTC).</summary>
    public DateTimeOffset? PeriodStart { get; init; }

    /// <summary>End of the current period (UTC), exclusive.</summary>
    public DateTimeOffset? PeriodEnd { get; init; }

    /// <summary>End of its trial (UTC), if it had one.</summary>
    public DateTimeOffset? TrialUntil { get; init; }

    /// <summary>End of the grace period of what is past due (UTC). Before the first payment there is one only where the plan ends with it.</summary>
    public DateTimeOffset? GraceUntil { get; init; }

    /// <summary>Why access is withheld whatever the status, <see cref="PaymentState.Disputed"/> or <see cref="PaymentState.Refunded"/>; null for nothing.</summary>
    public string? HeldFor { get; init; }

    /// <summary>Its first period, counted from the anchor: 0 unless it took the anchor over; its term counts from there.</summary>
    public int FirstIndex { get; init; }

    /// <summary>When it took another one's place (UTC): its first period begins here.</summary>
    public DateTimeOffset? CoveredFrom { get; init; }

    /// <summary>What its change charged for its first period, less what it gave back of the one before, in minor units; null where no change charged it.</summary>
    public long? Prepaid { get; init; }

    /// <summary>From when on what the replaced ones used counts against its quotas in its first period (UTC); null where nothing does.</summary>
    public DateTimeOffset? QuotaFrom { get; init; }

    /// <summary>The subscription whose place it took.</summary>
    public string? MigratedFrom { get; init; }

    /// <summary>The one of its organization to the same product that was over when this one was taken: what is left unpaid of that counts here, as long as this one costs money.</summary>
    public string? Follows { get; init; }

    /// <summary>The subscription that took its place.</summary>
    public string? MigratedTo { get; init; }

    /// <summary>Other products that it replaced subscriptions to.</summary>
    public string[] ReplacedProducts { get; init; } = [];

    /// <summary>When it ended (UTC).</summary>
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary><c>requested</c>, <c>past_due</c>, <c>term_over</c>, <c>never_paid</c>, <c>organization_deleted</c>, <c>rejected</c>, <c>migrated</c>, <c>plan_ended</c>,
    /// <c>payment_refunded</c>, <c>dispute_lost</c>, <c>customer_deleted</c>, <see cref="BillingRefused"/>, <c>ended_at_stripe</c> or <c>currency_locked</c>.</summary>
    public string? EndReason { get; init; }

    /// <summary>When its last closure is due at the latest (UTC).</summary>
    public DateTimeOffset? FinalDue { get; init; }

    /// <summary>Whether the last closure may be sent earlier, once every live gateway has settled.</summary>
    public bool FinalEarly { get; init; }

    /// <summary>Whether the organization is enabled.</summary>
    public bool OrganizationEnabled { get; init; } = true;

    /// <summary>Grows with every change.</summary>
    public long Version { get; init; }

    /// <summary>Why one ended that was to be billed when its billing integration was deleted: not for want of a payment, which nobody asked for.</summary>
    public const string BillingRefused = "billing_refused";

    /// <summary>The billing model in which Stripe renews subscriptions.</summary>
    public const string RenewedAtStripe = "subscriptions";

    /// <summary>Whether the plan costs anything.</summary>
    public bool IsPaid => CostsMoney(Plan);

    /// <summary>Whether it occupies the organization's slot for the product.</summary>
    public bool IsLive => !IsOver(Status);

    /// <summary>Whether time is passing for it: periods follow each other.</summary>
    public bool IsRunning => Status is SubscriptionStatus.Trialing or SubscriptionStatus.Active or SubscriptionStatus.PastDue
        or SubscriptionStatus.Suspended or SubscriptionStatus.Cancelling;

    /// <summary>Whether the current period is the last one of its term.</summary>
    public bool IsInLastPeriod => Plan.TermPeriods is { } periods && PeriodIndex - FirstIndex >= periods - 1 && Status != SubscriptionStatus.Trialing;

    /// <summary>Whether anything is charged for the current period; trials and free plans are not.</summary>
    public bool IsPeriodCharged => IsPaid && Anchor is { } anchor && PeriodStart >= anchor;

    /// <summary>Whether the plan costs anything that is charged here; the price of a custom plan is agreed and paid elsewhere.</summary>
    public static bool CostsMoney(PlanSnapshot plan) => plan.Price.Model is not ("free" or "custom");

    /// <summary>Who of the consumer may take and end a plan: a custom one binds as a paid one does.</summary>
    public static string[] RolesFor(PlanSnapshot plan) => plan.Price.Model == "free" ? Roles.ConsumerFree : Roles.ConsumerPaid;

    /// <summary>Whether a status is an end.</summary>
    public static bool IsOver(SubscriptionStatus status) => status is SubscriptionStatus.Cancelled or SubscriptionStatus.Rejected
        or SubscriptionStatus.Expired or SubscriptionStatus.Migrated;

    /// <summary>The same in SQL: holds for a subscription that is not over, and is the condition of the index that gives an organization one for each product.</summary>
    public const string Live = "status not in ('Cancelled', 'Rejected', 'Expired', 'Migrated')";

    /// <summary>The whole state machine: the status after an event, or null when the event is not possible then.</summary>
    public static SubscriptionStatus? After(SubscriptionStatus status, SubscriptionEvent happened) => (status, happened) switch
    {
        (SubscriptionStatus.PendingApproval, SubscriptionEvent.Approved) => SubscriptionStatus.AwaitingPayment,
        (SubscriptionStatus.PendingApproval, SubscriptionEvent.ApprovedFree) => SubscriptionStatus.Active,
        (SubscriptionStatus.PendingApproval, SubscriptionEvent.ApprovedForTrial) => SubscriptionStatus.Trialing,
        (SubscriptionStatus.PendingApproval, SubscriptionEvent.Rejected) => SubscriptionStatus.Rejected,
        (SubscriptionStatus.PendingApproval, SubscriptionEvent.Cancelled) => SubscriptionStatus.Cancelled,

        (SubscriptionStatus.AwaitingPayment, SubscriptionEvent.FirstPayment) => SubscriptionStatus.Active,
        (SubscriptionStatus.AwaitingPayment, SubscriptionEvent.Cancelled) => SubscriptionStatus.Cancelled,

        (SubscriptionStatus.Trialing, SubscriptionEvent.TrialEnded) => SubscriptionStatus.AwaitingPayment,
        (SubscriptionStatus.Active, SubscriptionEvent.FellDue) => SubscriptionStatus.PastDue,
        (SubscriptionStatus.PastDue, SubscriptionEvent.GraceEnded) => SubscriptionStatus.Suspended,
        (SubscriptionStatus.PastDue or SubscriptionStatus.Suspended, SubscriptionEvent.Settled) => SubscriptionStatus.Active,
        (SubscriptionStatus.Suspended, SubscriptionEvent.GraceExtended) => SubscriptionStatus.PastDue,

        // Its grace goes on; at the end of that whoever was leaving anyway leaves.
        (SubscriptionStatus.Trialing or SubscriptionStatus.Active or SubscriptionStatus.PastDue, SubscriptionEvent.CancelledAtPeriodEnd) => SubscriptionStatus.Cancelling,
        (SubscriptionStatus.Cancelling, SubscriptionEvent.Resumed) => SubscriptionStatus.Active,
        (SubscriptionStatus.Cancelling, SubscriptionEvent.ResumedTrial) => SubscriptionStatus.Trialing,

        (SubscriptionStatus.Trialing or SubscriptionStatus.Active or SubscriptionStatus.PastDue or SubscriptionStatus.Suspended
            or SubscriptionStatus.Cancelling, SubscriptionEvent.Cancelled) => SubscriptionStatus.Cancelled,
        (SubscriptionStatus.Active or SubscriptionStatus.PastDue or SubscriptionStatus.Suspended, SubscriptionEvent.TermEnded) => SubscriptionStatus.Expired,

        // Whoever owes, leaves or has not paid first stays where it is.
        (SubscriptionStatus.PendingApproval or SubscriptionStatus.Trialing or SubscriptionStatus.Active, SubscriptionEvent.Migrated) => SubscriptionStatus.Migrated,
        _ => null,
    };

    /// <summary>The event applied, or null when it is not possible now.</summary>
    public Subscription? After(SubscriptionEvent happened) => After(Status, happened) is { } next ? this with { Status = next } : null;

    /// <summary>The end of the subscription, or null when it is over already.</summary>
    /// <param name="reason">Why, as events tell it.</param>
    /// <param name="atBoundary">True at the end of a period, whose metering closes two hours later like any other's;
    /// false in the middle of one: as soon as the gateways have settled, at the latest after a minute.</param>
    public Subscription? End(SubscriptionEvent happened, DateTimeOffset at, string reason, bool atBoundary) => After(happened) is not { } ended ? null : ended with
    {
        EndedAt = at,
        EndReason = Status == SubscriptionStatus.AwaitingPayment && reason != BillingRefused ? "never_paid" : reason,
        PeriodEnd = PeriodEnd is { } end && end > at ? at : PeriodEnd,
        GraceUntil = null,
        HeldFor = null,
        FinalDue = Billed && ActivatedAt is not null ? at + (atBoundary ? MeteringClosesAfter : LongestSettling) : null,
        FinalEarly = !atBoundary,
    };

    /// <summary>The calendar of its plan from an anchor on: to the second where Stripe renews it, as Stripe counts.</summary>
    public BillingCalendar CalendarFrom(DateTimeOffset anchor) => BillingCalendar.Of(anchor, Plan, BillingModel == RenewedAtStripe);

    /// <summary>How long after a period's end its usage is still taken: until 02:00 where periods end at midnight.</summary>
    public static readonly TimeSpan MeteringClosesAfter = TimeSpan.FromHours(2);

    /// <summary>How long a cancellation waits for the gateways' last reports.</summary>
    public static readonly TimeSpan LongestSettling = TimeSpan.FromSeconds(60);

    /// <summary>Reads and holds a subscription until the transaction ends; null when there is none.</summary>
    public static Task<Subscription?> Lock(Transaction transaction, string id, CancellationToken cancellation) =>
        transaction.QueryOne<Subscription>($"{Select} where s.id = @id for update of s", new { id }, cancellation);

    /// <summary>Reads every column of a subscription as <c>s</c>.</summary>
    public const string Select = "select s.*, coalesce(o.enabled, true) as organization_enabled from subscriptions s left join organizations o on o.id = s.organization_id";
}
