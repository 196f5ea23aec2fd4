using System.ComponentModel.DataAnnotations;
using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Marketplace.Invoicing;

/// <summary>A consumer organization as a customer of one Stripe account.</summary>
/// <param name="PaymentTermDays">Days to pay that the provider grants it whatever the plan says; null for the plan's.</param>
/// <param name="Address">As the organization gave it; null until then.</param>
/// <param name="Balance">At Stripe, as last seen: below zero it is credit.</param>
public sealed record CustomerResponse(
    string OrganizationId, string Name, string Email, int? PaymentTermDays, BillingAddress? Address, BillingTaxId? TaxId, string? DetailsProblem, Money? Balance, DateTimeOffset? BalanceAsOf);

/// <summary>Grants an organization its own time to pay.</summary>
/// <param name="Days">Between issue and due date, for every invoice from now on.</param>
public sealed record PaymentTermsRequest([property: Required, Range(0, 365)] int? Days);

/// <summary><c>/v1/billing-integrations/{id}/customers</c>: owners and administrators of the provider.</summary>
public static class ManageCustomers
{
    private const string Select =
        """
        select coalesce(c.organization_id, o.id) as organization_id, coalesce(c.name, o.title) as name, coalesce(c.email, o.email) as email, c.payment_term_days,
            c.balance as amount, c.balance_currency, c.balance_at, c.details_problem, coalesce(c.version, 0) as version,
            d.name as billing_name, d.line1, d.line2, d.city, d.state, d.postal_code, d.country, d.tax_id_type, d.tax_id
        """;

    private const string One =
        $"""
        {Select} from (select @organizationId as id) asked
        left join customers c on c.integration_id = @id and c.organization_id = asked.id and c.deleted_at is null
        left join (select g.* from organizations g join catalogs l on l.id = g.catalog_id where g.kind = 'consumer' and l.organization_id = @Provider) o on o.id = asked.id
        left join billing_details d on d.organization_id = asked.id
        where c.id is not null or o.id is not null
        """;

    /// <summary>Who was billed here or has terms of its own, newest first by organization.</summary>
    public static async Task<Results<Ok<Page<CustomerResponse>>, ProblemHttpResult>> List(
        string id, [AsParameters] PageQuery page, Caller caller, Database database, CancellationToken cancellation)
    {
        if (BillingIntegration.Refuse(caller, await BillingIntegration.Find(database, id, cancellation), id) is { } refusal)
        {
            return refusal;
        }

        var rows = await database.Query<Row>(
            $"""
            {Select} from customers c left join organizations o on o.id = c.organization_id left join billing_details d on d.organization_id = c.organization_id
            where c.integration_id = @id and c.deleted_at is null and c.organization_id < @After order by c.organization_id desc limit @Take
            """, new { id, page.After, page.Take }, cancellation);
        return TypedResults.Ok(Page<Row>.Of(rows, page, row => row.OrganizationId).Select(Show));
    }

    /// <summary>One organization: a customer already, or one of the provider's catalogs that may become one.</summary>
    public static async Task<Results<Ok<CustomerResponse>, ProblemHttpResult>> Get(
        string id, string organizationId, Caller caller, Database database, HttpContext http, CancellationToken cancellation)
    {
        var integration = await BillingIntegration.Find(database, id, cancellation);
        if (BillingIntegration.Refuse(caller, integration, id) is { } refusal)
        {
            return refusal;
        }

        if (await database.QueryOne<Row>(One, new { id, organizationId, Provider = integration!.OrganizationId }, cancellation) is not { } row)
        {
            return Problems.NoCustomer(organizationId);
        }

        http.SetVersion(row.Version);
        return TypedResults.Ok(Show(row));
    }

    /// <summary>200 with the customer; needs <c>If-Match</c>. Invoices that are written from now on have the new due date.</summary>
    public static Task<Results<Ok<CustomerResponse>, ProblemHttpResult>> SetTerms(
        string id, string organizationId, PaymentTermsRequest request, Caller caller, Database database, TimeProvider clock, HttpContext http, CancellationToken cancellation) =>
        Write(id, organizationId, request.Days, caller, database, clock, http, cancellation);

    /// <summary>The plan's own terms again; needs <c>If-Match</c>.</summary>
    public static Task<Results<Ok<CustomerResponse>, ProblemHttpResult>> RemoveTerms(
        string id, string organizationId, Caller caller, Database database, TimeProvider clock, HttpContext http, CancellationToken cancellation) =>
        Write(id, organizationId, null, caller, database, clock, http, cancellation);

    private static async Task<Results<Ok<CustomerResponse>, ProblemHttpResult>> Write(
        string id, string organizationId, int? days, Caller caller, Database database, TimeProvider clock, HttpContext http, CancellationToken cancellation)
    {
        await using var transaction = await database.Begin(cancellation);
        var integration = await BillingIntegration.Lock(transaction, id, cancellation);
        if (BillingIntegration.Refuse(caller, integration, id) is { } refusal)
        {
            return refusal;
        }

        var key = new { id, organizationId, Provider = integration!.OrganizationId };
        if (await transaction.QueryOne<Row>(One, key, cancellation) is not { } row)
        {
            return Problems.NoCustomer(organizationId);
        }

        // The first row may be an invoice's that is written at this moment: its version is what is compared.
        var version = await transaction.QueryOne<long?>(
            "select version from customers where integration_id = @id and organization_id = @organizationId and deleted_at is null for no key update", key, cancellation) ?? 0;
        if (http.Mismatch(version) is { } mismatch)
        {
            return mismatch;
        }

        await transaction.Execute(
            """
            insert into customers as c (id, integration_id, organization_id, name, email, payment_term_days, created_at, methods_version)
            values (@Customer, @id, @organizationId, @Name, @Email, @days, @Now,
                (select coalesce(max(methods_version), 0) from customers where integration_id = @id and organization_id = @organizationId))
            on conflict (integration_id, organization_id) where deleted_at is null do update set payment_term_days = excluded.payment_term_days, version = c.version + 1
            """, new { Customer = Ids.New("cst", clock), id, organizationId, row.Name, row.Email, days, Now = clock.GetUtcNow() }, cancellation);
        await transaction.Record(
            caller, "payment_terms.changed", integration.OrganizationId, organizationId, new { row.PaymentTermDays }, new { PaymentTermDays = days }, cancellation);
        await transaction.Commit(cancellation);
        http.SetVersion(version + 1);
        return TypedResults.Ok(Show(row with { PaymentTermDays = days }));
    }

    private static CustomerResponse Show(Row r) => new(
        r.OrganizationId, r.BillingName ?? r.Name, r.Email, r.PaymentTermDays, r.Country is null ? null : new(r.Country, r.Line1, r.Line2, r.City, r.State, r.PostalCode),
        r.TaxId is null ? null : new(r.TaxIdType, r.TaxId), r.DetailsProblem, r is { Amount: { } amount, BalanceCurrency: { } currency } ? new(amount, currency) : null, r.BalanceAt);

    private sealed record Row(
        string OrganizationId, string Name, string Email, int? PaymentTermDays, long? Amount, string? BalanceCurrency, DateTimeOffset? BalanceAt, string? DetailsProblem, long Version,
        string? BillingName, string? Line1, string? Line2, string? City, string? State, string? PostalCode, string? Country, string? TaxIdType, string? TaxId);
}
