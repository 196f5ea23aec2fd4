using Marketplace.Storage;

namespace Marketplace.Invoicing;

/// <summary>What a checkout is for.</summary>
public static class CheckoutPurpose
{
    /// <summary>To store a payment method; nothing is charged.</summary>
    public const string Setup = "setup";

    /// <summary>To begin a subscription at Stripe.</summary>
    public const string Subscription = "subscription";
}

/// <summary>A page at Stripe that was opened for a person. Its states: <c>open</c>, then <c>complete</c> or <c>expired</c>, and those two are final.</summary>
public sealed record CheckoutSession
{
    /// <summary>Waits for the person.</summary>
    public const string Open = "open";

    /// <summary>The person has done what it asked for.</summary>
    public const string Complete = "complete";

    /// <summary>Nobody did; it can't be used any more.</summary>
    public const string Expired = "expired";

    /// <summary>Our id (<c>chk_…</c>).</summary>
    public required string Id { get; init; }

    /// <summary>One of <see cref="CheckoutPurpose"/>.</summary>
    public required string Purpose { get; init; }

    /// <summary>The Stripe account it is in.</summary>
    public required string IntegrationId { get; init; }

    /// <summary>The consumer organization it is for.</summary>
    public required string OrganizationId { get; init; }

    /// <summary>Our customer (<c>cst_…</c>).</summary>
    public required string CustomerId { get; init; }

    /// <summary>The subscription that it begins; null for other purposes.</summary>
    public string? SubscriptionId { get; init; }

    /// <summary>What the payment method is to be called.</summary>
    public string? Title { get; init; }

    /// <summary><c>open</c>, <c>complete</c> or <c>expired</c>.</summary>
    public string Status { get; init; } = Open;

    /// <summary>Where the person goes; null once it is over. Whoever has it can use it.</summary>
    public string? Url { get; init; }

    /// <summary>Until when it can be used (UTC).</summary>
    public DateTimeOffset ExpiresAt { get; init; }

    /// <summary>The user (<c>usr_…</c>) who opened it.</summary>
    public required string OpenedBy { get; init; }

    /// <summary>When it was opened (UTC).</summary>
    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>When we learned that it is over (UTC).</summary>
    public DateTimeOffset? ClosedAt { get; init; }

    /// <summary>The columns of a row, for every select.</summary>
    public const string Columns =
        "id, purpose, integration_id, organization_id, customer_id, subscription_id, title, status, url, expires_at, opened_by, created_at, closed_at";

    /// <summary>The session after what Stripe says of it, or null when that changes nothing: what is over stays as it ended.</summary>
    /// <param name="atStripe">Stripe's status.</param>
    public CheckoutSession? After(string atStripe, DateTimeOffset now) =>
        Status == Open && atStripe is Complete or Expired ? this with { Status = atStripe, Url = null, ClosedAt = now } : null;

    /// <summary>Holds a session for a change.</summary>
    public static Task<CheckoutSession?> Lock(Transaction transaction, string id, CancellationToken cancellation) =>
        transaction.QueryOne<CheckoutSession>($"select {Columns} from checkout_sessions where id = @id for no key update", new { id }, cancellation);

    /// <summary>A session, or null.</summary>
    public static Task<CheckoutSession?> Find(Database database, string id, CancellationToken cancellation) =>
        database.QueryOne<CheckoutSession>($"select {Columns} from checkout_sessions where id = @id", new { id }, cancellation);

    /// <summary>Writes a new one; Stripe is asked about it in a minute for the first time.</summary>
    public Task Insert(Transaction transaction, CancellationToken cancellation) => transaction.Execute(
        """
        insert into checkout_sessions (id, purpose, integration_id, organization_id, customer_id, subscription_id, title, status, url, expires_at, opened_by, look_at, created_at)
        values (@Id, @Purpose, @IntegrationId, @OrganizationId, @CustomerId, @SubscriptionId, @Title, @Status, @Url, @ExpiresAt, @OpenedBy, now() + interval '1 minute', @CreatedAt)
        """, this, cancellation);

    /// <summary>Writes what <see cref="After"/> decided.</summary>
    public Task Save(Transaction transaction, CancellationToken cancellation) =>
        transaction.Execute("update checkout_sessions set status = @Status, url = @Url, closed_at = @ClosedAt where id = @Id", this, cancellation);
}
