using System.ComponentModel.DataAnnotations;
using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace Marketplace.Invoicing;

/// <summary>Which invoices are asked for.</summary>
/// <param name="Vendor">Who charges them: <c>stripe</c>, or <c>custom</c> for a billing system of the provider's own.</param>
/// <param name="Level"><c>error</c> finds those that need somebody.</param>
/// <param name="Sort"><c>createdAt</c>, <c>dueAt</c> or <c>total</c>, with a minus for the greatest first; newest first by default.</param>
public sealed record InvoiceFilter(
    [property: FromQuery(Name = "subscription"), PlainText(60)] string? Subscription = null,
    [property: FromQuery(Name = "organization"), PlainText(60)] string? Organization = null,
    [property: FromQuery(Name = "product"), PlainText(60)] string? Product = null,
    [property: FromQuery(Name = "status"), AllowedValues("draft", "open", "paid", "past_due", "incomplete", "void", null)] string? Status = null,
    [property: FromQuery(Name = "level"), AllowedValues("pending", "success", "error", null)] string? Level = null,
    [property: FromQuery(Name = "vendor"), AllowedValues("stripe", "custom", null)] string? Vendor = null,
    [property: FromQuery(Name = "createdFrom")] DateTimeOffset? CreatedFrom = null,
    [property: FromQuery(Name = "createdBefore")] DateTimeOffset? CreatedBefore = null,
    [property: FromQuery(Name = "dueFrom")] DateTimeOffset? DueFrom = null,
    [property: FromQuery(Name = "dueBefore")] DateTimeOffset? DueBefore = null,
    [property: FromQuery(Name = "sort"), RegularExpression(InvoiceSort.Names, ErrorMessage = "Sort by createdAt, dueAt or total, with a minus for the greatest first.")] string? Sort = null);

/// <summary><c>GET /v1/invoices</c> and <c>…/{id}</c>: consumers with a billing role see their organization's, members of a provider those that it is paid by.</summary>
public static class ReadInvoices
{
    /// <summary>The caller's invoices.</summary>
    public static async Task<Results<Ok<Page<InvoiceResponse>>, ProblemHttpResult>> List(
        [AsParameters] InvoiceFilter filter, [AsParameters] PageQuery page, Caller caller, Database database, CancellationToken cancellation)
    {
        var sort = InvoiceSort.Of(filter.Sort);
        if (InvoiceSort.Start(page.After) is not { } start)
        {
            return Problem.Invalid("cursor", "The cursor is none that this list gave. Begin again without one.");
        }

        var rows = await database.Query<Sorted>(
            $"""
            select id, {sort.Column} from invoices
            where {sort.After} and (@IsOperator or organization_id = any(@consumers) or provider_organization_id = any(@providers))
              and (@Subscription::text is null or subscription_id = @Subscription) and (@Organization::text is null or organization_id = @Organization)
              and (@Product::text is null or product_id = @Product)
              and (@Status::text is null or status = @Status) and (@Level::text is null or level = @Level)
              and (@Vendor::text is null or vendor = @Vendor)
              and (@CreatedFrom::timestamptz is null or created_at >= @CreatedFrom) and (@CreatedBefore::timestamptz is null or created_at < @CreatedBefore)
              and (@DueFrom::timestamptz is null or due_at >= @DueFrom) and (@DueBefore::timestamptz is null or due_at < @DueBefore)
            order by {sort.Order} limit @Take
            """,
            new
            {
                start.Key, start.Id, page.Take, caller.IsOperator, filter.Subscription, filter.Organization, filter.Product, filter.Status, filter.Level, filter.Vendor,
                filter.CreatedFrom, filter.CreatedBefore, filter.DueFrom, filter.DueBefore,
                consumers = caller.ConsumersWith(Roles.ConsumerBilling),
                providers = caller.Providers,
            }, cancellation);
        var cut = Page<Sorted>.Of(rows, page, row => InvoiceSort.End(row.SortKey, row.Id));
        string[] ids = [.. cut.Data.Select(row => row.Id)];
        var invoices = (await database.Query<Invoice>($"select {Invoice.Columns} from invoices where id = any(@ids)", new { ids }, cancellation)).ToDictionary(i => i.Id, StringComparer.Ordinal);
        var owed = await PastDues(database, ids, cancellation);
        return TypedResults.Ok(new Page<InvoiceResponse>(
            [.. ids.Select(id => invoices[id]).Select(i => InvoiceView.Show(i, owed.GetValueOrDefault(i.Id), caller.Sees(i.ProviderOrganizationId), null))], cut.NextCursor));
    }

    /// <summary>One invoice with its lines, and with its ETag where the provider's own billing system charges it and says how it stands.</summary>
    public static async Task<Results<Ok<InvoiceResponse>, ProblemHttpResult>> Get(
        string id, Caller caller, Database database, HttpContext http, CancellationToken cancellation)
    {
        var invoice = await database.QueryOne<Invoice>($"select {Invoice.Columns} from invoices where id = @id", new { id }, cancellation);
        if (Refuse(caller, invoice, id) is { } refusal)
        {
            return refusal;
        }

        if (invoice!.IsCustom)
        {
            http.SetVersion(invoice.Version);
        }

        var lines = await database.Query<InvoiceLine>(
            "select kind, description, unit, quantity, unit_amount, amount, period_start, period_end from invoice_lines where invoice_id = @id order by position", new { id }, cancellation);
        var owed = await PastDues(database, [id], cancellation);
        return TypedResults.Ok(InvoiceView.Show(invoice, owed.GetValueOrDefault(id), caller.Sees(invoice.ProviderOrganizationId), lines));
    }

    /// <summary>404 to strangers, 403 to the consumer's members without a billing role; null for who may read it.</summary>
    public static ProblemHttpResult? Refuse(Caller caller, Invoice? invoice, string id) =>
        invoice is null || !(caller.Sees(invoice.OrganizationId) || caller.Sees(invoice.ProviderOrganizationId)) ? Problems.NoInvoice(id)
        : caller.Sees(invoice.ProviderOrganizationId) || caller.Has(invoice.OrganizationId, Roles.ConsumerBilling) ? null
        : Problem.RoleMissing(invoice.OrganizationId, Roles.ConsumerBilling);

    /// <summary>404 to who may not even read it, 403 to who is not an owner or administrator of its provider.</summary>
    public static ProblemHttpResult? RefuseChange(Caller caller, Invoice? invoice, string id) =>
        Refuse(caller, invoice, id) is { StatusCode: 404 } hidden ? hidden
        : caller.IsOperator || caller.Has(invoice!.ProviderOrganizationId, Roles.ProviderSettings) ? null
        : Problems.SettingsRole(invoice!.ProviderOrganizationId);

    /// <summary>The invoice as its provider is answered after a change, without its lines and past dues.</summary>
    public static InvoiceResponse Show(Invoice invoice) => InvoiceView.Show(invoice, 0, toProvider: true, null);

    // What each of these invoices' organizations owes on others, where and in which money it would be paid together.
    private static async Task<Dictionary<string, long>> PastDues(Database database, string[] ids, CancellationToken cancellation) => (await database.Query<Owed>(
        """
        select i.id, sum(coalesce(o.amount_remaining, o.total))::bigint as amount
        from invoices i join invoices o on o.organization_id = i.organization_id and o.integration_id = i.integration_id and o.currency = i.currency and o.id <> i.id
        where i.id = any(@ids) and o.status in ('past_due', 'incomplete') group by i.id
        """, new { ids }, cancellation)).ToDictionary(o => o.Id, o => o.Amount, StringComparer.Ordinal);

    private sealed record Sorted(string Id, long SortKey);

    private sealed record Owed(string Id, long Amount);
}
