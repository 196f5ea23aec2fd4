using Marketplace.Contracts.Invoicing;
using Marketplace.ServiceDefaults;
using Marketplace.Storage;

namespace Marketplace.Invoicing;

/// <summary>A billing integration's row: a provider's Stripe account and how it bills here, or word that a system of the provider's own charges.</summary>
public sealed record BillingIntegration
{
    /// <summary>Our id (<c>bil_…</c>).</summary>
    public required string Id { get; init; }

    /// <summary>The provider organization.</summary>
    public required string OrganizationId { get; init; }

    /// <summary>Generated from the title, without spaces, unique in the organization.</summary>
    public required string Name { get; init; }

    /// <summary>For people.</summary>
    public required string Title { get; init; }

    /// <summary>The Stripe account (<c>acct_…</c>); null where a system of the provider's own charges, as are the keys.</summary>
    public string? AccountId { get; init; }

    /// <summary>True for live keys, and where the provider's own system charges real money.</summary>
    public bool Livemode { get; init; }

    /// <summary><c>invoices</c>, <c>subscriptions</c> or <see cref="Custom"/>.</summary>
    public required string BillingModel { get; init; }

    /// <summary>Readable.</summary>
    public string? PublishableKey { get; init; }

    /// <summary>Ciphertext.</summary>
    public string? SecretKey { get; init; }

    /// <summary>The secret key as it may be shown.</summary>
    public string? SecretKeyHint { get; init; }

    /// <summary>Stripe's own portal login page, if the provider gave one.</summary>
    public string? CustomerPortalUrl { get; init; }

    /// <summary>The endpoint that we made at Stripe; null where the provider makes it.</summary>
    public string? WebhookEndpointId { get; init; }

    /// <summary>Ciphertexts of the signing secrets in force, newest first.</summary>
    public string[] SigningSecrets { get; init; } = [];

    /// <summary>Until when the secrets after the first are accepted (UTC); null where there is only one.</summary>
    public DateTimeOffset? OldSecretsUntil { get; init; }

    /// <summary>Endpoints at Stripe that old secrets belong to; removed when those end.</summary>
    public string[] RetiringEndpoints { get; init; } = [];

    /// <summary><c>running</c>, or <c>paused</c> while Stripe refuses the key.</summary>
    public string QueueStatus { get; init; } = "running";

    /// <summary>Why the queue is paused.</summary>
    public string? QueueError { get; init; }

    /// <summary>1 for a strict single queue; null for a lane per consumer organization.</summary>
    public int? Lanes { get; init; }

    /// <summary>What becomes of money for time after its subscription's end: <c>credit</c> to the customer's balance, <c>refund</c> to the payer, or <c>keep</c>.</summary>
    public string LatePayments { get; init; } = "credit";

    /// <summary>What is done about taxes: <c>none</c>, <c>automatic</c> or <c>rates</c>.</summary>
    public string TaxMode { get; init; } = "none";

    /// <summary>The Stripe tax rates that lines bear.</summary>
    public string[] TaxRates { get; init; } = [];

    /// <summary>Both as one.</summary>
    public TaxSetting Tax => new(TaxMode, TaxRates);

    /// <summary>Grows with every change.</summary>
    public long Version { get; init; } = 1;

    /// <summary>When it was made (UTC).</summary>
    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it was deleted (UTC).</summary>
    public DateTimeOffset? DeletedAt { get; init; }

    /// <summary>The billing model of a provider whose own billing system charges: nothing of it is at Stripe.</summary>
    public const string Custom = "custom";

    /// <summary>How long an old signing secret is accepted beside a new one.</summary>
    public static readonly TimeSpan Overlap = TimeSpan.FromHours(24);

    // Whoever rotates more often within a day loses the oldest.
    private const int MostSecrets = 3;

    /// <summary>The columns of a row, for every select.</summary>
    public const string Columns =
        """
        id, organization_id, name, title, account_id, livemode, billing_model, publishable_key, secret_key, secret_key_hint, customer_portal_url,
        webhook_endpoint_id, signing_secrets, old_secrets_until, retiring_endpoints, queue_status, queue_error, lanes, late_payments,
        tax_mode, tax_rates, version, created_at, deleted_at
        """;

    /// <summary>Whether a system of the provider's own charges.</summary>
    public bool IsCustom => BillingModel == Custom;

    /// <summary>What opens its Stripe client.</summary>
    /// <exception cref="InvalidOperationException">There is no Stripe account.</exception>
    public StripeKeys Keys => this is { AccountId: { } account, SecretKey: { } key }
        ? new(Id, OrganizationId, account, Livemode, key)
        : throw new InvalidOperationException($"{Id} has no Stripe account.");

    /// <summary>Holds a live integration for a change.</summary>
    public static Task<BillingIntegration?> Lock(Transaction transaction, string id, CancellationToken cancellation) =>
        transaction.QueryOne<BillingIntegration>($"select {Columns} from billing_integrations where id = @id and deleted_at is null for no key update", new { id }, cancellation);

    /// <summary>Holds a live integration for its deletion, against every write that <see cref="Remains"/> or adds a job: those that came first are seen by whoever then asks for its uses.</summary>
    public static Task<BillingIntegration?> LockToDelete(Transaction transaction, string id, CancellationToken cancellation) =>
        transaction.QueryOne<BillingIntegration>($"select {Columns} from billing_integrations where id = @id and deleted_at is null for update", new { id }, cancellation);

    /// <summary>Keeps an integration from being deleted until the transaction ends; false where it is deleted already. Its settings may change meanwhile.</summary>
    public static async Task<bool> Remains(Transaction transaction, string id, CancellationToken cancellation) =>
        await transaction.QueryOne<string>("select id from billing_integrations where id = @id and deleted_at is null for key share", new { id }, cancellation) is not null;

    /// <summary>A live integration, or null.</summary>
    public static Task<BillingIntegration?> Find(Database database, string id, CancellationToken cancellation) =>
        database.QueryOne<BillingIntegration>($"select {Columns} from billing_integrations where id = @id and deleted_at is null", new { id }, cancellation);

    /// <summary>Writes the columns that may change under the next version, and announces.</summary>
    public async Task<BillingIntegration> Save(Transaction transaction, CancellationToken cancellation)
    {
        var next = this with { Version = Version + 1 };
        await transaction.Execute(
            """
            update billing_integrations set title = @Title, publishable_key = @PublishableKey, secret_key = @SecretKey, secret_key_hint = @SecretKeyHint,
                customer_portal_url = @CustomerPortalUrl, webhook_endpoint_id = @WebhookEndpointId, signing_secrets = @SigningSecrets,
                old_secrets_until = @OldSecretsUntil, retiring_endpoints = @RetiringEndpoints, queue_status = @QueueStatus, queue_error = @QueueError, late_payments = @LatePayments,
                tax_mode = @TaxMode, tax_rates = @TaxRates, version = @Version, deleted_at = @DeletedAt
            where id = @Id
            """, next, cancellation);
        await next.Announce(transaction, cancellation);
        return next;
    }

    /// <summary>Deletes a held integration that nothing uses: no event is accepted for it any more. <see cref="ForgetIntegrations"/> removes what it has at Stripe and erases its keys.</summary>
    /// <param name="caller">Who deletes it; null where its provider is gone.</param>
    public async Task<BillingIntegration> Delete(Transaction transaction, Caller? caller, DateTimeOffset now, CancellationToken cancellation)
    {
        var deleted = await (this with { DeletedAt = now, SigningSecrets = [], OldSecretsUntil = null }).Save(transaction, cancellation);
        await transaction.Record(caller, "billing_integration.deleted", OrganizationId, Id, Facts(), null, cancellation);
        return deleted;
    }

    /// <summary>With a new signing secret first. The ones before it stay in force for a day, as Stripe's own rolling of a secret has it.</summary>
    public BillingIntegration WithSecret(string ciphertext, string[] earlier, DateTimeOffset now) => this with
    {
        SigningSecrets = [ciphertext, .. earlier.Take(MostSecrets - 1)],
        OldSecretsUntil = earlier.Length > 0 ? now + Overlap : null,
    };

    /// <summary>As the audit log may hold it: everything but secrets, whole or masked.</summary>
    public object Facts() => new
    {
        Name, Title, AccountId, Livemode, BillingModel, PublishableKey, CustomerPortalUrl, WebhookEndpointId, SecretsInForce = SigningSecrets.Length, OldSecretsUntil, Lanes, LatePayments,
        TaxMode, TaxRates,
    };

    /// <summary>Tells the hearers the present facts.</summary>
    public Task Announce(Transaction transaction, CancellationToken cancellation) => transaction.Announce(
        new BillingIntegrationChanged(
            Id, OrganizationId, Title, AccountId ?? "", Livemode, BillingModel, SigningSecrets, Ready: IsCustom || SigningSecrets.Length > 0, Deleted: DeletedAt is not null, Version,
            OldSecretsUntil),
        cancellation);

    /// <summary>As <see cref="Refuse"/>, and 409 where there is no Stripe account that the request could be about.</summary>
    public static Microsoft.AspNetCore.Http.HttpResults.ProblemHttpResult? RefuseStripe(Caller caller, BillingIntegration? integration, string id) =>
        Refuse(caller, integration, id) ?? (integration!.IsCustom ? Problems.NotBilledByStripe() : null);

    /// <summary>The one refusal of who may not see it: 404 to strangers, 403 to members without the role; null for who may.</summary>
    public static Microsoft.AspNetCore.Http.HttpResults.ProblemHttpResult? Refuse(Caller caller, BillingIntegration? integration, string id) =>
        integration is null || !caller.Sees(integration.OrganizationId) ? Problems.NoIntegration(id)
        : caller.IsOperator || caller.Has(integration.OrganizationId, Roles.ProviderSettings) ? null
        : Problems.SettingsRole(integration.OrganizationId);
}
