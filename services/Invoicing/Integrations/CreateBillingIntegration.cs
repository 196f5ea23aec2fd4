using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;
using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Marketplace.Invoicing;

/// <summary>Connects a provider's Stripe account, or says that a billing system of its own charges.</summary>
/// <param name="PublishableKey"><c>pk_…</c> of the same account and mode as the secret key.</param>
/// <param name="SecretKey"><c>sk_…</c> or restricted <c>rk_…</c> with what the billing model needs (<c>…/permissions</c> lists it).</param>
/// <param name="BillingModel"><c>invoices</c> (default), <c>subscriptions</c>: Stripe renews, or <c>custom</c>: no Stripe, so no keys, and the provider's own billing system charges.</param>
/// <param name="WebhookSigningSecret"><c>whsec_…</c> of an endpoint made by the provider; not needed where the key may make one.</param>
/// <param name="CustomerPortalUrl">Stripe's portal login page.</param>
/// <param name="Lanes">1 sends everything to Stripe one by one in the order of its creation; absent, each consumer organization has an order of its own.</param>
/// <param name="Livemode">Needed for <c>custom</c> and for no other, whose mode is the keys' own: true charges production catalogs, false sandboxes.</param>
public sealed record CreateBillingIntegrationRequest(
    [property: Required, PlainText(60)] string OrganizationId,
    [property: Required, PlainText(100)] string Title,
    [property: PlainText(255)] string? PublishableKey = null,
    [property: PlainText(255)] string? SecretKey = null,
    [property: AllowedValues("invoices", "subscriptions", "custom", null)] string? BillingModel = "invoices",
    [property: RegularExpression("^whsec_[A-Za-z0-9_+/=-]{8,200}$")] string? WebhookSigningSecret = null,
    [property: WebAddress] string? CustomerPortalUrl = null,
    [property: Range(1, 1)] int? Lanes = null,
    bool? Livemode = null)
{
    /// <summary>What else was sent: accepted where it is harmless, refused by name elsewhere.</summary>
    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Further { get; init; }
}

/// <summary><c>POST /v1/billing-integrations</c>: owners and administrators of the provider organization.</summary>
public static partial class CreateBillingIntegration
{
    /// <summary>201 with the integration, or a refusal about the keys.</summary>
    public static async Task<Results<Created<BillingIntegrationResponse>, ProblemHttpResult>> Handle(
        CreateBillingIntegrationRequest request, Caller caller, KeyCheck keyCheck, StripeConnections stripe, WebhookEndpoint webhook, FieldCipher cipher,
        BillingIntegrationView view, Database database, TimeProvider clock, HttpContext http, CancellationToken cancellation)
    {
        if (caller.In(request.OrganizationId) is not { Kind: "provider" })
        {
            return Problems.NoProvider(request.OrganizationId);
        }

        if (!caller.Has(request.OrganizationId, Roles.ProviderSettings))
        {
            return Problems.SettingsRole(request.OrganizationId);
        }

        if (InputFields.Refuse(request.Further, exists: false) is { } field)
        {
            return field;
        }

        if (RefuseFields(request) is { } unfit)
        {
            return unfit;
        }

        if (request.BillingModel == BillingIntegration.Custom)
        {
            var custom = await Write(Custom(Ids.New("bil", clock), request, clock.GetUtcNow()), null, caller, database, cancellation);
            http.SetVersion(custom.Version);
            return TypedResults.Created($"/v1/billing-integrations/{custom.Id}", await view.Show(custom, cancellation));
        }

        if (await keyCheck.Check(request.BillingModel ?? "invoices", request.PublishableKey!, request.SecretKey!, cancellation) is var (keys, refusal) && keys is null)
        {
            return refusal!;
        }

        var id = Ids.New("bil", clock);
        var client = stripe.Open(request.SecretKey!);
        MadeEndpoint? made;
        try
        {
            made = request.WebhookSigningSecret is null ? await webhook.Create(client, id, request.OrganizationId, 0, cancellation) : null;
        }
        catch (Exception exception) when (StripeFailure.Of(exception, cancellation) is not null)
        {
            return Problems.StripeAway();
        }

        BillingIntegration integration;
        try
        {
            integration = await Write(Connected(id, request, keys, made, stripe, cipher, clock.GetUtcNow()), made, caller, database, cancellation);
        }
        catch when (made is { Failure: null })
        {
            // A commit may have happened although its answer was lost. Only where nothing of ours remains may nothing remain at Stripe.
            if (await BillingIntegration.Find(database, id, CancellationToken.None) is null)
            {
                await webhook.Remove(client, made.Id, CancellationToken.None);
            }

            throw;
        }

        http.SetVersion(integration.Version);
        return TypedResults.Created($"/v1/billing-integrations/{id}", await view.Show(integration, cancellation));
    }

    // Keys and what comes with them belong to a Stripe account; where there is none they would look as if they did something.
    private static ProblemHttpResult? RefuseFields(CreateBillingIntegrationRequest request)
    {
        if (request.BillingModel != BillingIntegration.Custom)
        {
            return request.Livemode is not null ? Problems.ReadOnlyField("livemode", "The mode is the keys' own.")
                : (request.PublishableKey, request.SecretKey) switch
                {
                    (null or "", null or "") => Problems.KeysRequired("publishableKey", "secretKey"),
                    (null or "", _) => Problems.KeysRequired("publishableKey"),
                    (_, null or "") => Problems.KeysRequired("secretKey"),
                    _ => null,
                };
        }

        return ((string Field, object? Value)[])
            [("publishableKey", request.PublishableKey), ("secretKey", request.SecretKey), ("webhookSigningSecret", request.WebhookSigningSecret), ("lanes", request.Lanes)]
            is var stripe && stripe.FirstOrDefault(field => field.Value is not null).Field is { } needless
                ? Problems.ReadOnlyField(needless, "The billing model 'custom' has no Stripe account.")
            : request.Livemode is null ? Problem.Invalid("livemode", "Say whether it charges real money: true for production catalogs, false for sandboxes.")
            : null;
    }

    private static BillingIntegration Connected(
        string id, CreateBillingIntegrationRequest request, CheckedKeys keys, MadeEndpoint? made, StripeConnections stripe, FieldCipher cipher, DateTimeOffset now)
    {
        var endpoint = made is { Failure: null } ? made : null;
        var signingSecret = request.WebhookSigningSecret ?? endpoint?.Secret;
        return new()
        {
            Id = id,
            OrganizationId = request.OrganizationId,
            Name = "",
            Title = request.Title,
            AccountId = keys.AccountId,
            Livemode = keys.Livemode,
            BillingModel = request.BillingModel ?? "invoices",
            PublishableKey = request.PublishableKey,
            SecretKey = stripe.Encrypt(request.SecretKey!, request.OrganizationId, id),
            SecretKeyHint = StripeKeyForm.Mask(request.SecretKey!),
            CustomerPortalUrl = request.CustomerPortalUrl,
            WebhookEndpointId = endpoint?.Id,
            Lanes = request.Lanes,
            SigningSecrets = signingSecret is null ? [] : [cipher.Encrypt(signingSecret, request.OrganizationId, id, "webhook-secret")],
            CreatedAt = now,
        };
    }

    // Money for time after an end is given back by the system that took it.
    private static BillingIntegration Custom(string id, CreateBillingIntegrationRequest request, DateTimeOffset now) => new()
    {
        Id = id, OrganizationId = request.OrganizationId, Name = "", Title = request.Title, Livemode = request.Livemode!.Value, BillingModel = BillingIntegration.Custom,
        CustomerPortalUrl = request.CustomerPortalUrl, LatePayments = "keep", CreatedAt = now,
    };

    private static async Task<BillingIntegration> Write(
        BillingIntegration unnamed, MadeEndpoint? made, Caller caller, Database database, CancellationToken cancellation)
    {
        await using var transaction = await database.Begin(cancellation);
        await transaction.Execute("select pg_advisory_xact_lock(hashtextextended(@OrganizationId, 7))", unnamed, cancellation);
        var taken = await transaction.Query<string>(
            "select name from billing_integrations where organization_id = @OrganizationId and deleted_at is null", unnamed, cancellation);
        var integration = unnamed with { Name = Name(unnamed.Title, taken) };
        await transaction.Execute(
            """
            insert into billing_integrations (id, organization_id, name, title, account_id, livemode, billing_model, publishable_key, secret_key, secret_key_hint,
                customer_portal_url, webhook_endpoint_id, signing_secrets, lanes, late_payments, version, created_at)
            values (@Id, @OrganizationId, @Name, @Title, @AccountId, @Livemode, @BillingModel, @PublishableKey, @SecretKey, @SecretKeyHint,
                @CustomerPortalUrl, @WebhookEndpointId, @SigningSecrets, @Lanes, @LatePayments, @Version, @CreatedAt)
            """, integration, cancellation);
        if (!integration.IsCustom)
        {
            await transaction.Execute(
                "insert into webhook_checks (integration_id, status, detail, checked_at, next_check_at) values (@Id, @Status, @Detail, @CreatedAt, now() + @Interval)",
                new
                {
                    integration.Id, integration.CreatedAt, WebhookUpkeep.Interval,
                    Status = integration.WebhookEndpointId is not null ? "ok" : integration.SigningSecrets.Length == 0 ? "signing_secret_required" : "provided",
                    Detail = made?.Failure is { } failure ? $"{failure.Code}: {failure.Detail}" : made is null ? null : WebhookUpkeep.Missing(integration.BillingModel, made.HasErrorReports),
                }, cancellation);
        }

        await transaction.Record(caller, "billing_integration.created", integration.OrganizationId, integration.Id, null, integration.Facts(), cancellation);
        await integration.Announce(transaction, cancellation);
        await transaction.Commit(CancellationToken.None);
        return integration;
    }

    // 'Acme – EU Billing' becomes 'acme-eu-billing', a second one 'acme-eu-billing-2'.
    private static string Name(string title, IReadOnlyList<string> taken)
    {
        var name = NotOfNames().Replace(title.ToLowerInvariant(), "-").Trim('-') is { Length: > 0 } text ? text : "stripe";
        return taken.Contains(name) ? Enumerable.Range(2, taken.Count).Select(n => $"{name}-{n}").First(n => !taken.Contains(n)) : name;
    }

    [GeneratedRegex("[^a-z0-9]+", RegexOptions.NonBacktracking)]
    private static partial Regex NotOfNames();
}
