using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace Marketplace.Invoicing;

/// <summary>A stored payment method. Its token stays with us and Stripe.</summary>
/// <param name="Type">Stripe's word, such as <c>card</c>.</param>
/// <param name="Display">As it may be shown: <c>************4242</c>.</param>
/// <param name="Expiry">Null for what never expires.</param>
/// <param name="IsDefault">Whether invoices are charged to it.</param>
/// <param name="Status"><c>stored</c>, or <c>removing</c> while Stripe is told.</param>
/// <param name="Problem">Why it could not be removed.</param>
public sealed record PaymentMethodResponse(
    string Id, string OrganizationId, string BillingIntegrationId, string Title, string Type, string? Brand, string? Last4, string Display, ExpiryView? Expiry,
    string? OwnerName, string? OwnerEmail, bool IsDefault, string Status, string? Problem, DateTimeOffset CreatedAt);

/// <summary>How long a card is good.</summary>
/// <param name="Month">Its last month.</param>
/// <param name="Status"><c>good</c>, <c>expiring</c> within 60 days, or <c>expired</c>.</param>
public sealed record ExpiryView(int Month, int Year, string Status);

/// <summary><c>GET /v1/payment-methods</c> and <c>…/{id}</c>: the consumer's billing roles, and platform operators.</summary>
public static class ReadPaymentMethods
{
    private static readonly TimeSpan Soon = TimeSpan.FromDays(60);

    /// <summary>What the caller's organizations have stored, newest first.</summary>
    public static async Task<Page<PaymentMethodResponse>> List(
        [FromQuery, PlainText] string? organizationId, [FromQuery, PlainText] string? billingIntegrationId, [AsParameters] PageQuery page, Caller caller, FieldCipher cipher, Database database,
        TimeProvider clock, CancellationToken cancellation)
    {
        var rows = Page<PaymentMethod>.Of(
            await database.Query<PaymentMethod>(
                $"""
                select {PaymentMethod.Columns} from payment_methods
                where status <> 'removed' and id < @After and (@IsOperator or organization_id = any(@organizations))
                  and (@organizationId::text is null or organization_id = @organizationId) and (@billingIntegrationId::text is null or integration_id = @billingIntegrationId)
                order by id desc limit @Take
                """,
                new { page.After, page.Take, caller.IsOperator, organizations = caller.ConsumersWith(Roles.ConsumerBilling), organizationId, billingIntegrationId }, cancellation),
            page, row => row.Id);
        var defaults = (await database.Query<string>(
            "select default_method_id from customers where default_method_id = any(@ids)", new { ids = rows.Data.Select(row => row.Id).ToArray() }, cancellation)).ToHashSet(StringComparer.Ordinal);
        return rows.Select(row => Show(row, defaults.Contains(row.Id), cipher, clock.GetUtcNow()));
    }

    /// <summary>One of them, with its ETag.</summary>
    public static async Task<Results<Ok<PaymentMethodResponse>, ProblemHttpResult>> Get(
        string id, Caller caller, FieldCipher cipher, Database database, TimeProvider clock, HttpContext http, CancellationToken cancellation)
    {
        var method = await database.QueryOne<PaymentMethod>($"select {PaymentMethod.Columns} from payment_methods where id = @id and status <> 'removed'", new { id }, cancellation);
        if (Refuse(caller, method, id, Roles.ConsumerBilling, operators: true) is { } refusal)
        {
            return refusal;
        }

        var isDefault = await database.QueryOne<bool>("select exists (select from customers where default_method_id = @id)", new { id }, cancellation);
        http.SetVersion(method!.Version);
        return TypedResults.Ok(Show(method, isDefault, cipher, clock.GetUtcNow()));
    }

    /// <summary>404 to strangers and for what was removed, 403 to members without one of the roles; null for who may.</summary>
    /// <param name="operators">Whether platform operators may as well.</param>
    public static ProblemHttpResult? Refuse(Caller caller, PaymentMethod? method, string id, string[] roles, bool operators = false) =>
        method is null or { Status: PaymentMethod.Removed } || !caller.Sees(method.OrganizationId) ? Problem.NotFound("payment method", id)
        : (operators && caller.IsOperator) || caller.Has(method.OrganizationId, roles) ? null
        : Problem.RoleMissing(method.OrganizationId, roles);

    /// <summary>The method as it is answered.</summary>
    public static PaymentMethodResponse Show(PaymentMethod m, bool isDefault, FieldCipher cipher, DateTimeOffset now) => new(
        m.Id, m.OrganizationId, m.IntegrationId, m.Title, m.Type, m.Brand, m.Last4, m.Display,
        m.ExpiresAt is { } end ? new(m.ExpMonth!.Value, m.ExpYear!.Value, end <= now ? "expired" : end <= now + Soon ? "expiring" : "good") : null,
        m.Open(m.OwnerName, cipher), m.Open(m.OwnerEmail, cipher), isDefault, m.Status, m.Problem, m.CreatedAt);
}
