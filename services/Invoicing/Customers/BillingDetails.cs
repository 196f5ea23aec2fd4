using System.ComponentModel.DataAnnotations;
using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Marketplace.Invoicing;

/// <summary>Where an organization is.</summary>
/// <param name="Country">Two letters of ISO 3166.</param>
public sealed record BillingAddress(
    [property: Required] string? Country,
    [property: PlainText(200, MayBeBlank = true)] string? Line1 = null,
    [property: PlainText(200, MayBeBlank = true)] string? Line2 = null,
    [property: PlainText(100, MayBeBlank = true)] string? City = null,
    [property: PlainText(100, MayBeBlank = true)] string? State = null,
    [property: PlainText(20, MayBeBlank = true)] string? PostalCode = null);

/// <summary>What an organization is known as to a tax authority.</summary>
/// <param name="Type">As Stripe calls it, such as <c>eu_vat</c>, <c>gb_vat</c> or <c>us_ein</c>.</param>
public sealed record BillingTaxId(
    [property: Required, RegularExpression("^[a-z]{2}_[a-z]{2,8}(_[a-z]{2,8})?$", ErrorMessage = "A type is written as Stripe does, such as eu_vat, gb_vat or us_ein.")] string? Type,
    [property: Required, MinLength(2), PlainText(50)] string? Value);

/// <summary>Writes an organization's billing details whole: what is absent is not known.</summary>
/// <param name="Name">Who stands on invoices; absent, the organization's title.</param>
public sealed record BillingDetailsRequest(
    [property: Required] BillingAddress? Address, BillingTaxId? TaxId = null, [property: PlainText(150, MayBeBlank = true)] string? Name = null);

/// <summary>An organization's billing details, and how it stands with each provider that bills it.</summary>
/// <param name="Address">Null until it was given.</param>
public sealed record BillingDetailsResponse(
    string OrganizationId, string? Name, BillingAddress? Address, BillingTaxId? TaxId, IReadOnlyList<BalanceResponse> Balances, DateTimeOffset? ChangedAt);

/// <summary>A customer's balance at one Stripe account, as it was last seen there.</summary>
/// <param name="Balance">Below zero it is credit, taken off the next invoices; above zero it comes with the next invoice. Null while nothing was seen.</param>
/// <param name="DetailsProblem">Why Stripe did not take the tax id; null when all is there.</param>
public sealed record BalanceResponse(string BillingIntegrationId, string ProviderOrganizationId, Money? Balance, DateTimeOffset? AsOf, string? DetailsProblem);

/// <summary>The row.</summary>
internal sealed record BillingDetails(
    string OrganizationId, string? Name, string? Line1, string? Line2, string? City, string? State, string? PostalCode, string Country, string? TaxIdType, string? TaxId,
    long Version, DateTimeOffset ChangedAt)
{
    /// <summary>The columns, for every select.</summary>
    public const string Columns = "d.organization_id, d.name, d.line1, d.line2, d.city, d.state, d.postal_code, d.country, d.tax_id_type, d.tax_id, d.version, d.changed_at";

    /// <summary>The tax id in one word.</summary>
    public string? TaxIdWord => TaxId is null ? null : $"{TaxIdType}:{TaxId}";

    /// <summary>As the audit log may hold it.</summary>
    public object Facts() => new { Name, Line1, Line2, City, State, PostalCode, Country, TaxIdType, TaxId };
}

/// <summary><c>GET</c> and <c>PUT /v1/billing-details/{organizationId}</c>: a consumer organization's own. Its billing roles read them, its administrators and
/// billing members write them.</summary>
public static class ManageBillingDetails
{
    /// <summary>200, also before anything was given.</summary>
    public static async Task<Results<Ok<BillingDetailsResponse>, ProblemHttpResult>> Get(string organizationId, Caller caller, Database database, HttpContext http, CancellationToken cancellation)
    {
        if (Refuse(caller, organizationId, Roles.ConsumerBilling) is { } refusal)
        {
            return refusal;
        }

        var details = await database.QueryOne<BillingDetails>($"select {BillingDetails.Columns} from billing_details d where d.organization_id = @organizationId", new { organizationId }, cancellation);
        http.SetVersion(details?.Version ?? 0);
        return TypedResults.Ok(Show(organizationId, details, await Balances(database, organizationId, cancellation)));
    }

    /// <summary>200 with the details, which jobs bring to every Stripe account that bills the organization; needs <c>If-Match</c>. Invoices that waited for the
    /// address go on.</summary>
    public static async Task<Results<Ok<BillingDetailsResponse>, ProblemHttpResult>> Put(
        string organizationId, BillingDetailsRequest request, Caller caller, JobQueue queue, Database database, TimeProvider clock, HttpContext http, CancellationToken cancellation)
    {
        if ((Refuse(caller, organizationId, Roles.ConsumerBillingDetails) ?? Refuse(request.Address!)) is { } refusal)
        {
            return refusal;
        }

        await using var transaction = await database.Begin(cancellation);
        // One at a time for each organization, also the first.
        await transaction.Execute("select pg_advisory_xact_lock(hashtextextended(@organizationId, 16))", new { organizationId }, cancellation);
        var old = await transaction.QueryOne<BillingDetails>($"select {BillingDetails.Columns} from billing_details d where d.organization_id = @organizationId for no key update", new { organizationId }, cancellation);
        if (http.Mismatch(old?.Version ?? 0) is { } mismatch)
        {
            return mismatch;
        }

        var address = request.Address!;
        var details = new BillingDetails(
            organizationId, request.Name, address.Line1, address.Line2, address.City, address.State, address.PostalCode, address.Country!.ToUpperInvariant(),
            request.TaxId?.Type, request.TaxId?.Value, (old?.Version ?? 0) + 1, clock.GetUtcNow());
        await transaction.Execute(
            """
            insert into billing_details (organization_id, name, line1, line2, city, state, postal_code, country, tax_id_type, tax_id, version, changed_at)
            values (@OrganizationId, @Name, @Line1, @Line2, @City, @State, @PostalCode, @Country, @TaxIdType, @TaxId, @Version, @ChangedAt)
            on conflict (organization_id) do update set name = excluded.name, line1 = excluded.line1, line2 = excluded.line2, city = excluded.city, state = excluded.state,
                postal_code = excluded.postal_code, country = excluded.country, tax_id_type = excluded.tax_id_type, tax_id = excluded.tax_id,
                version = excluded.version, changed_at = excluded.changed_at
            """, details, cancellation);
        await SendBillingDetails.Ask(transaction, queue, organizationId, cancellation);
        await transaction.Record(caller, "billing_details.changed", organizationId, organizationId, old?.Facts(), details.Facts(), cancellation);
        await transaction.Commit(cancellation);
        queue.Wake();
        http.SetVersion(details.Version);
        return TypedResults.Ok(Show(organizationId, details, await Balances(database, organizationId, cancellation)));
    }

    // Only a consumer has any. Whoever is no member finds nothing, as everywhere.
    private static ProblemHttpResult? Refuse(Caller caller, string organizationId, string[] roles) =>
        caller.IsOperator && roles == Roles.ConsumerBilling ? null
        : caller.In(organizationId) is not { Kind: "consumer" } ? caller.IsOperator ? Problem.RoleMissing(organizationId, roles) : Problems.NoConsumer(organizationId)
        : caller.Has(organizationId, roles) ? null
        : Problem.RoleMissing(organizationId, roles);

    // Enough to reckon taxes with: what Stripe Tax wants to know of each country.
    private static ProblemHttpResult? Refuse(BillingAddress address) =>
        !Countries.Contains(address.Country!) ? Problem.Invalid("address.country", "Not a country of ISO 3166: two letters, such as DE.")
        : (address.Country!.ToUpperInvariant(), address.PostalCode, address.State) switch
        {
            ("US", null or { Length: < 5 }, _) => Problem.Invalid("address.postalCode", "An address in the United States needs its ZIP code."),
            ("CA", null or "", null or "") => Problem.Invalid("address.postalCode", "An address in Canada needs its postal code or its province."),
            _ => null,
        };

    private static async Task<IReadOnlyList<BalanceResponse>> Balances(Database database, string organizationId, CancellationToken cancellation) => [.. (await database.Query<Balance>(
        """
        select c.integration_id, i.organization_id as provider_organization_id, c.balance as amount, c.balance_currency, c.balance_at, c.details_problem
        from customers c join billing_integrations i on i.id = c.integration_id where c.organization_id = @organizationId and c.deleted_at is null order by c.integration_id
        """, new { organizationId }, cancellation)).Select(b => new BalanceResponse(
            b.IntegrationId, b.ProviderOrganizationId, b is { Amount: { } amount, BalanceCurrency: { } currency } ? new(amount, currency) : null, b.BalanceAt, b.DetailsProblem))];

    private static BillingDetailsResponse Show(string organizationId, BillingDetails? d, IReadOnlyList<BalanceResponse> balances) => new(
        organizationId, d?.Name, d is null ? null : new(d.Country, d.Line1, d.Line2, d.City, d.State, d.PostalCode),
        d?.TaxId is null ? null : new(d.TaxIdType, d.TaxId), balances, d?.ChangedAt);

    private sealed record Balance(
        string IntegrationId, string ProviderOrganizationId, long? Amount, string? BalanceCurrency, DateTimeOffset? BalanceAt, string? DetailsProblem);
}
