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

    /// <summary>Whether a job begins it with the payment method that its customer had stored when it was approved; else a person does at a checkout.</summary>
    public bool StoredMethod { get; init; }

    /// <summary>Start of its first period at Stripe (UTC).</summary>
    public DateTimeOffset? Anchor { get; init; }

    /// <summary>Whether it ends with its current period.</summary>
    public bool EndsWithPeriod { get; init; }

    /// <summary>When it ended at Stripe (UTC).</summary>
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>Grows with every change of ours, so that what was fetched before one is not applied after it.</summary>
    public long Version { get; init; }

    /// <summary>The columns of a row, for every select.</summary>
    public const string Columns =
        "id, integration_id, organization_id, customer_id, mirror_id, plan::text as plan, status, stored_method, anchor, ends_with_period, ended_at, version";

    /// <summary>The plan itself.</summary>
    public PlanSnapshot Snapshot() => JsonSerializer.Deserialize<PlanSnapshot>(Plan, JsonSerializerOptions.Web)!;

    /// <summary>Holds a subscription for a change; null when Stripe does not renew it.</summary>
    public static Task<StripeSubscription?> Lock(Transaction transaction, string id, CancellationToken cancellation) =>
        transaction.QueryOne<StripeSubscription>($"select {Columns} from stripe_subscriptions where id = @id for no key update", new { id }, cancellation);

    /// <summary>Reads one; null when Stripe does not renew it.</summary>
    public static Task<StripeSubscription?> Find(Database database, string id, CancellationToken cancellation) =>
        database.QueryOne<StripeSubscription>($"select {Columns} from stripe_subscriptions where id = @id", new { id }, cancellation);

    /// <summary>Writes what may change, under the next version.</summary>
    public Task Save(Transaction transaction, CancellationToken cancellation) => transaction.Execute(
        "update stripe_subscriptions set status = @Status, stored_method = @StoredMethod, anchor = @Anchor, ends_with_period = @EndsWithPeriod, ended_at = @EndedAt, version = version + 1 where id = @Id", this, cancellation);
}
