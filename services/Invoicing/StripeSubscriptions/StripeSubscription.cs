using System.Text.Json;
using Marketplace.Contracts.Catalog;
using Marketplace.Storage;

namespace Marketplace.Invoicing;

/// <summary>A subscription that Stripe renews, as far as we follow it. Its id is the subscription's own.</summary>
public sealed record StripeSubscription
{
    /// <summary>Before it exists at Stripe.</summary>
    public const string Awaiting = "awaiting";

    /// <summary>The billing model in which Stripe renews.</summary>
    public const string BillingModel = "subscriptions";

    /// <summary>Whether one of this status at Stripe is over: nothing there begins it again.</summary>
    public static bool IsOver(string status) => status is "canceled" or "incomplete_expired";

    /// <summary>Subscriptions' id.</summary>
    public required string Id { get; init; }

    /// <summary>The Stripe account.</summary>
    public required string IntegrationId { get; init; }

    /// <summary>The consumer organization.</summary>
    public required string OrganizationId { get; init; }

    /// <summary>Our customer.</summary>
    public required string CustomerId { get; init; }

    /// <summary>Its plan as Stripe has it.</summary>
    public required string MirrorId { get; init; }

    /// <summary>The plan as JSON.</summary>
    public required string Plan { get; init; }

    /// <summary><see cref="Awaiting"/>, or Stripe's own word.</summary>
    public required string Status { get; init; }

    /// <summary>Whether a job begins it: because its customer had a payment method stored when it was approved, or as a successor. Else a person does at a checkout.</summary>
    public bool StoredMethod { get; init; }

    /// <summary>From when on its periods count (UTC, whole seconds): the start of the first one at Stripe; for a successor what the plan change says, from the beginning.</summary>
    public DateTimeOffset? Anchor { get; init; }

    /// <summary>When it took the place of another one (UTC): until the period's end the invoice of that change covers it. Null where its first payment begins it.</summary>
    public DateTimeOffset? CoveredFrom { get; init; }

    /// <summary>When it began at Stripe (UTC); what is told to a meter lies after that.</summary>
    public DateTimeOffset? BeganAt { get; init; }

    /// <summary>Whether it is to end with its current period.</summary>
    public bool EndsWithPeriod { get; init; }

    /// <summary>Whether Stripe ends it with its period, as it was last seen: what is otherwise there now was changed there.</summary>
    public bool EndsAtStripe { get; init; }

    /// <summary>When it ended at Stripe (UTC).</summary>
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>The taxes that Stripe's subscription was last given (<see cref="TaxSetting.Word"/>): what is otherwise there was changed there.</summary>
    public string Taxes { get; init; } = "none";

    /// <summary>Grows with every change of ours, so that what was fetched before one is not applied after it.</summary>
    public long Version { get; init; }

    /// <summary>The columns of a row, for every select.</summary>
    public const string Columns =
        "id, integration_id, organization_id, customer_id, mirror_id, plan::text as plan, status, stored_method, anchor, covered_from, began_at, ends_with_period, ends_at_stripe, ended_at, taxes, version";

    /// <summary>Whether it is a successor that Stripe does not know yet. It is paid for already; what is used meanwhile is told to no meter.</summary>
    public bool IsAwaitingSuccessor => Status == Awaiting && CoveredFrom is not null;

    /// <summary>Its periods, as Stripe counts them.</summary>
    public BillingCalendar Calendar() => BillingCalendar.Of(Anchor!.Value, Snapshot(), toTheSecond: true);

    /// <summary>When its term ends (UTC); null without one.</summary>
    public DateTimeOffset? TermEnd()
    {
        if (Snapshot().TermPeriods is not { } periods || Anchor is not { } anchor)
        {
            return null;
        }

        // A term counts from the period in which it took another one's place.
        var calendar = Calendar();
        return calendar.Period(calendar.IndexAt(CoveredFrom ?? anchor) + periods - 1).End;
    }

    /// <summary>The same while it lasts; null of one that is over at a time: the job that ends it is on its way.</summary>
    public DateTimeOffset? TermEnd(DateTimeOffset now) => TermEnd() is { } end && end > now ? end : null;

    /// <summary>Whether Stripe ends it with its current period: by its flag, which its dashboard and API set, or by a date no later than the period's end, as its customer portal sets it in flexible billing
    /// mode. The end of our term is no such wish.</summary>
    /// <param name="flag"><c>cancel_at_period_end</c>.</param>
    /// <param name="at"><c>cancel_at</c>.</param>
    /// <param name="periodEnd">The last end of its items' current periods.</param>
    public bool IsEndedWithPeriod(bool flag, DateTimeOffset? at, DateTimeOffset? periodEnd) => flag || (at <= periodEnd && at != TermEnd());

    /// <summary>The same of a fetched one.</summary>
    public bool IsEndedWithPeriod(Stripe.Subscription theirs) => IsEndedWithPeriod(
        theirs.CancelAtPeriodEnd, StripeTimes.Utc(theirs.CancelAt), StripeTimes.Utc(theirs.Items.Data.Max(item => (DateTime?)item.CurrentPeriodEnd)));

    /// <summary>Whether a fetched one is over, or ends at a time at which no period of ours begins.</summary>
    public bool EndsAmidPeriod(Stripe.Subscription theirs) => IsOver(theirs.Status) || (StripeTimes.Utc(theirs.CancelAt) is { } at && !Calendar().Begins(at));

    /// <summary>The plan itself.</summary>
    public PlanSnapshot Snapshot() => JsonSerializer.Deserialize<PlanSnapshot>(Plan, JsonSerializerOptions.Web)!;

    /// <summary>Holds a subscription for a change; null when Stripe does not renew it.</summary>
    public static Task<StripeSubscription?> Lock(Transaction transaction, string id, CancellationToken cancellation) =>
        transaction.QueryOne<StripeSubscription>($"select {Columns} from stripe_subscriptions where id = @id for no key update", new { id }, cancellation);

    /// <summary>Reads one; null when Stripe does not renew it.</summary>
    public static Task<StripeSubscription?> Find(Database database, string id, CancellationToken cancellation) =>
        database.QueryOne<StripeSubscription>($"select {Columns} from stripe_subscriptions where id = @id", new { id }, cancellation);

    /// <summary>Writes down which taxes one that is to begin is given, before Stripe is asked: should the answer be lost, it is known.</summary>
    public static Task<int> Begins(Database database, string id, TaxSetting tax, CancellationToken cancellation) =>
        database.Execute(SetTaxes, new { id, tax.Word }, cancellation);

    /// <summary>The same in the write that keeps its checkout; 0 where it began meanwhile.</summary>
    public static Task<int> Begins(Transaction transaction, string id, TaxSetting tax, CancellationToken cancellation) =>
        transaction.Execute(SetTaxes, new { id, tax.Word }, cancellation);

    private const string SetTaxes = "update stripe_subscriptions set taxes = @Word where id = @id and status = 'awaiting'";

    /// <summary>Writes what may change, under the next version.</summary>
    public Task Save(Transaction transaction, CancellationToken cancellation) => transaction.Execute(
        "update stripe_subscriptions set status = @Status, stored_method = @StoredMethod, anchor = @Anchor, began_at = @BeganAt, ends_with_period = @EndsWithPeriod, ends_at_stripe = @EndsAtStripe, ended_at = @EndedAt, version = version + 1 where id = @Id", this, cancellation);
}
