using System.Globalization;
using Marketplace.Contracts.Invoicing;
using Marketplace.ServiceDefaults;
using Marketplace.Storage;

namespace Marketplace.Invoicing;

/// <summary>What Stripe says of one payment method.</summary>
/// <param name="StripeId">Its token; whoever has it and the account's secret key can charge it.</param>
/// <param name="Brand">A card's brand, an account's bank.</param>
public sealed record PaymentMethodFacts(
    string StripeId, string Type, string? Brand, string? Last4, int? ExpiryMonth, int? ExpiryYear, string? OwnerName, string? OwnerEmail, DateTimeOffset CreatedAt)
{
    /// <summary>The facts that concern us.</summary>
    public static PaymentMethodFacts Of(Stripe.PaymentMethod method) => new(
        method.Id, method.Type, method.Card?.Brand ?? method.UsBankAccount?.BankName ?? method.SepaDebit?.BankCode,
        method.Card?.Last4 ?? method.UsBankAccount?.Last4 ?? method.SepaDebit?.Last4,
        (int?)method.Card?.ExpMonth, (int?)method.Card?.ExpYear, method.BillingDetails?.Name, method.BillingDetails?.Email ?? method.Link?.Email,
        StripeTimes.Utc(method.Created));
}

/// <summary>A payment method that a customer keeps at Stripe: <c>stored</c>, then <c>removing</c> while Stripe is told, then <c>removed</c>.</summary>
public sealed record PaymentMethod
{
    /// <summary>Can be charged.</summary>
    public const string Stored = "stored";

    /// <summary>Is not charged any more; Stripe is being told.</summary>
    public const string Removing = "removing";

    /// <summary>Stripe does not have it for this customer any more.</summary>
    public const string Removed = "removed";

    /// <summary>The word of the encrypted owner columns.</summary>
    public const string OwnerField = "payment-method-owner";

    /// <summary>Our id (<c>pmt_…</c>).</summary>
    public required string Id { get; init; }

    /// <summary>Our customer.</summary>
    public required string CustomerId { get; init; }

    /// <summary>The Stripe account that keeps it.</summary>
    public required string IntegrationId { get; init; }

    /// <summary>The consumer organization that pays with it.</summary>
    public required string OrganizationId { get; init; }

    /// <summary>Stripe's word, such as <c>card</c>.</summary>
    public required string Type { get; init; }

    /// <summary>A card's brand, an account's bank.</summary>
    public string? Brand { get; init; }

    /// <summary>The last four digits.</summary>
    public string? Last4 { get; init; }

    /// <summary>The last month in which a card is good.</summary>
    public int? ExpMonth { get; init; }

    /// <summary>That month's year.</summary>
    public int? ExpYear { get; init; }

    /// <summary>Ciphertext of the name on it.</summary>
    public string? OwnerName { get; init; }

    /// <summary>Ciphertext of its owner's address.</summary>
    public string? OwnerEmail { get; init; }

    /// <summary>What its organization calls it.</summary>
    public required string Title { get; init; }

    /// <summary><c>stored</c>, <c>removing</c> or <c>removed</c>.</summary>
    public string Status { get; init; } = Stored;

    /// <summary>Why it could not be removed.</summary>
    public string? Problem { get; init; }

    /// <summary>Grows with every change.</summary>
    public long Version { get; init; } = 1;

    /// <summary>When it was stored at Stripe (UTC).</summary>
    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it was removed (UTC).</summary>
    public DateTimeOffset? RemovedAt { get; init; }

    /// <summary>The columns of a row, for every select.</summary>
    public const string Columns =
        """
        id, customer_id, integration_id, organization_id, type, brand, last4, exp_month, exp_year, owner_name, owner_email, title, status, problem, version,
        created_at, removed_at
        """;

    /// <summary>As people know it, without a word of it that could be used elsewhere.</summary>
    public string Display => Last4 is null ? Type : $"************{Last4}";

    /// <summary>What others are told of it.</summary>
    public PaymentMethodSummary Summary => new(Id, Title, Type, Brand, Last4, ExpMonth, ExpYear);

    /// <summary>The first moment at which a card is not good any more; null for what never expires.</summary>
    public DateTimeOffset? ExpiresAt => ExpMonth is { } month && ExpYear is { } year ? new DateTimeOffset(year, month, 1, 0, 0, 0, TimeSpan.Zero).AddMonths(1) : null;

    /// <summary>What a method is called that nobody gave a name: <c>Visa 4242</c>.</summary>
    public static string TitleOf(PaymentMethodFacts facts) =>
        $"{CultureInfo.InvariantCulture.TextInfo.ToTitleCase((facts.Brand ?? facts.Type).Replace('_', ' '))} {facts.Last4}".Trim();

    /// <summary>The method as Stripe describes it now; the same value where nothing changed.</summary>
    public PaymentMethod After(PaymentMethodFacts facts, FieldCipher cipher) => this with
    {
        Type = facts.Type,
        Brand = facts.Brand,
        Last4 = facts.Last4,
        ExpMonth = facts.ExpiryMonth,
        ExpYear = facts.ExpiryYear,
        OwnerName = Sealed(facts.OwnerName, OwnerName, cipher),
        OwnerEmail = Sealed(facts.OwnerEmail, OwnerEmail, cipher),
    };

    /// <summary>As it is once it is gone: whose it was is forgotten.</summary>
    public PaymentMethod Gone(DateTimeOffset now) => this with { Status = Removed, RemovedAt = now, Problem = null, OwnerName = null, OwnerEmail = null, Version = Version + 1 };

    /// <summary>An owner column in the clear.</summary>
    public string? Open(string? ciphertext, FieldCipher cipher) => ciphertext is null ? null : cipher.Decrypt(ciphertext, OrganizationId, Id, OwnerField);

    /// <summary>As the audit log may hold it.</summary>
    public object Facts() => new { Title, Type, Brand, Last4, ExpMonth, ExpYear, Status };

    /// <summary>Writes it, new or changed.</summary>
    public Task Save(Transaction transaction, CancellationToken cancellation) => transaction.Execute(
        """
        insert into payment_methods (id, customer_id, integration_id, organization_id, type, brand, last4, exp_month, exp_year, owner_name, owner_email, title, status,
            problem, version, created_at, removed_at)
        values (@Id, @CustomerId, @IntegrationId, @OrganizationId, @Type, @Brand, @Last4, @ExpMonth, @ExpYear, @OwnerName, @OwnerEmail, @Title, @Status,
            @Problem, @Version, @CreatedAt, @RemovedAt)
        on conflict (id) do update set type = excluded.type, brand = excluded.brand, last4 = excluded.last4, exp_month = excluded.exp_month, exp_year = excluded.exp_year,
            owner_name = excluded.owner_name, owner_email = excluded.owner_email, title = excluded.title, status = excluded.status, problem = excluded.problem,
            version = excluded.version, removed_at = excluded.removed_at
        """, this, cancellation);

    // An equal text keeps its ciphertext: encrypting it again would look like a change.
    private string? Sealed(string? text, string? before, FieldCipher cipher) =>
        text is null ? null : before is not null && Open(before, cipher) == text ? before : cipher.Encrypt(text, OrganizationId, Id, OwnerField);
}
