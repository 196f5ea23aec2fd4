using Marketplace.ServiceDefaults;
using Marketplace.Storage;

namespace Marketplace.Invoicing;

/// <summary>How a difference stands.</summary>
public static class DriftState
{
    /// <summary>It waits for a person.</summary>
    public const string Open = "open";

    /// <summary>A person asked for its repair; it is looked at until it is gone.</summary>
    public const string Repairing = "repairing";

    /// <summary>There is no difference any more.</summary>
    public const string Repaired = "repaired";

    /// <summary>A person decided that it may stay.</summary>
    public const string Accepted = "accepted";
}

/// <summary>What differs.</summary>
public static class DriftKind
{
    /// <summary>The invoice has another state at Stripe.</summary>
    public const string InvoiceStatus = "invoice_status";

    /// <summary>The invoice is over another amount, or in another currency, at Stripe.</summary>
    public const string InvoiceAmount = "invoice_amount";

    /// <summary>More or less was paid of the invoice at Stripe.</summary>
    public const string InvoicePayment = "invoice_payment";

    /// <summary>Stripe has our invoice, and our books do not know that.</summary>
    public const string InvoiceMissingHere = "invoice_missing_here";

    /// <summary>Our books say that Stripe has the invoice, and it does not.</summary>
    public const string InvoiceMissingAtStripe = "invoice_missing_at_stripe";

    /// <summary>The invoice is to be issued, and nothing is on its way to do it.</summary>
    public const string InvoiceNotIssued = "invoice_not_issued";

    /// <summary>Stripe has our customer, and our books do not know that.</summary>
    public const string CustomerMissingHere = "customer_missing_here";

    /// <summary>A customer of ours was deleted at Stripe.</summary>
    public const string CustomerMissingAtStripe = "customer_missing_at_stripe";

    /// <summary>A customer of ours was given a discount at Stripe.</summary>
    public const string CustomerChanged = "customer_changed";

    /// <summary>The subscription stands otherwise at Stripe.</summary>
    public const string SubscriptionStatus = "subscription_status";

    /// <summary>Stripe renews a subscription of ours, and our books do not know that.</summary>
    public const string SubscriptionMissingHere = "subscription_missing_here";

    /// <summary>Our books say that Stripe renews the subscription, and it has none.</summary>
    public const string SubscriptionMissingAtStripe = "subscription_missing_at_stripe";

    /// <summary>Items, discounts or collection of the subscription were changed at Stripe.</summary>
    public const string SubscriptionChanged = "subscription_changed";

    /// <summary>The subscription bears other taxes than its integration's setting, and nothing is on its way to change that.</summary>
    public const string SubscriptionTaxes = "subscription_taxes";

    /// <summary>A tax rate of the integration's setting was archived.</summary>
    public const string TaxRateArchived = StripeFailure.TaxRateArchived;

    /// <summary>Stripe does not know a tax rate of the integration's setting.</summary>
    public const string TaxRateUnknown = StripeFailure.TaxRateUnknown;

    /// <summary>A plan's product, prices or meters were changed at Stripe.</summary>
    public const string PlanChanged = "plan_changed";

    /// <summary>Stripe's meter shows another sum than was sent to it.</summary>
    public const string MeterTotal = "meter_total";

    /// <summary>An object at Stripe carries our metadata, and is none of ours.</summary>
    public const string UnknownObject = "unknown_object";
}

/// <summary>How one object differs.</summary>
/// <param name="Kind">One of <see cref="DriftKind"/>.</param>
public sealed record Difference(string Kind, string InBooks, string AtStripe, string? Detail = null);

/// <summary>A difference on record.</summary>
public sealed record Drift
{
    /// <summary>Our id (<c>dft_…</c>).</summary>
    public required string Id { get; init; }

    /// <summary>Whose Stripe account.</summary>
    public required string IntegrationId { get; init; }

    /// <summary>The provider organization.</summary>
    public required string OrganizationId { get; init; }

    /// <summary>The step that found it and looks at it again.</summary>
    public required string Step { get; init; }

    /// <summary>What differs.</summary>
    public required string Kind { get; init; }

    /// <summary>Stripe's name of the object's type.</summary>
    public required string ObjectType { get; init; }

    /// <summary>Our object; null where there is none.</summary>
    public string? OurId { get; init; }

    /// <summary>Stripe's object; null where there is none.</summary>
    public string? StripeId { get; init; }

    /// <summary>What our books have, or had.</summary>
    public required string InBooks { get; init; }

    /// <summary>What Stripe has, or had.</summary>
    public required string AtStripe { get; init; }

    /// <summary>More about it, and what can be done.</summary>
    public string? Detail { get; init; }

    /// <summary>One of <see cref="DriftState"/>.</summary>
    public required string State { get; init; }

    /// <summary>Whether a person asked for its repair, and it was not looked at since.</summary>
    public bool Asked { get; init; }

    /// <summary>When it was found (UTC).</summary>
    public DateTimeOffset FoundAt { get; init; }

    /// <summary>When it was repaired or accepted (UTC).</summary>
    public DateTimeOffset? ClosedAt { get; init; }

    /// <summary>Who repaired or accepted it; null for a run.</summary>
    public string? ClosedBy { get; init; }

    /// <summary>The columns of a row, for every select.</summary>
    public const string Columns = "id, integration_id, organization_id, step, kind, object_type, our_id, stripe_id, in_books, at_stripe, detail, state, asked, found_at, closed_at, closed_by";

    /// <summary>Holds a drift for a change.</summary>
    public static Task<Drift?> Lock(Transaction transaction, string id, CancellationToken cancellation) =>
        transaction.QueryOne<Drift>($"select {Columns} from reconciliation_drifts where id = @id for no key update", new { id }, cancellation);

    /// <summary>Writes how it stands after another look.</summary>
    /// <param name="closedBy">Who repaired or accepted it; null for a run.</param>
    public Task Save(Transaction transaction, DriftVerdict verdict, string? closedBy, DateTimeOffset now, CancellationToken cancellation) => transaction.Execute(
        """
        update reconciliation_drifts set state = @State, asked = false, detail = coalesce(@Detail, detail), look_at = case when @State = 'repairing' then now() + @Again end,
            closed_at = case when @State in ('repaired', 'accepted') then @now end,
            closed_by = case when @State = 'open' then null else coalesce(@closedBy, closed_by) end
        where id = @Id
        """, new { Id, verdict.State, verdict.Detail, closedBy, now, Again = RepairDrifts.Interval }, cancellation);
}

/// <summary>Writes differences down as a run finds them: one row for each that lasts, however many runs see it.</summary>
public sealed class DriftLog(TimeProvider clock)
{
    /// <summary>Notes a difference. One that was accepted as it is stays accepted; one that is repaired now ends the row that was open.</summary>
    public Task Note(
        Transaction transaction, ReconciliationRun run, BillingIntegration integration, string step, string objectType, string? ourId, string? stripeId, Difference difference, string state,
        CancellationToken cancellation) => transaction.Execute(
        """
        insert into reconciliation_drifts as d
            (id, integration_id, organization_id, step, kind, object_type, our_id, stripe_id, in_books, at_stripe, detail, state, first_run_id, last_run_id, found_at, closed_at)
        values (@Id, @Integration, @OrganizationId, @step, @Kind, @objectType, @ourId, @stripeId, @InBooks, @AtStripe, @Detail, @state, @Run, @Run, @Now,
            case when @state = 'repaired' then @Now end)
        on conflict (integration_id, kind, (coalesce(our_id, '')), (coalesce(stripe_id, ''))) where state <> 'repaired' do update set
            last_run_id = greatest(d.last_run_id, excluded.last_run_id), in_books = excluded.in_books, at_stripe = excluded.at_stripe, detail = coalesce(excluded.detail, d.detail),
            state = case
                when excluded.state = 'repaired' then 'repaired'
                when d.state = 'accepted' and (d.in_books, d.at_stripe) is distinct from (excluded.in_books, excluded.at_stripe) then 'open'
                else d.state end,
            closed_at = case
                when excluded.state = 'repaired' then excluded.closed_at
                when d.state = 'accepted' and (d.in_books, d.at_stripe) is distinct from (excluded.in_books, excluded.at_stripe) then null
                else d.closed_at end
        """,
        new
        {
            Id = Ids.New("dft", clock), Integration = integration.Id, integration.OrganizationId, step, difference.Kind, objectType, ourId, stripeId, difference.InBooks, difference.AtStripe,
            difference.Detail, state, Run = run.Id, Now = clock.GetUtcNow(),
        }, cancellation);
}
