using System.ComponentModel.DataAnnotations;
using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Marketplace.Catalog.Terms;

/// <summary>Terms to be written, for a product or for a whole catalog.</summary>
/// <param name="CatalogId">The catalog they are of; or <paramref name="ProductId"/>.</param>
/// <param name="ProductId">The product they are of; or <paramref name="CatalogId"/>.</param>
/// <param name="Text">The text itself; or <paramref name="Url"/>.</param>
/// <param name="Url">Where the text stands (https); or <paramref name="Text"/>.</param>
public sealed record WriteTermsRequest(
    [Required, PlainText(64)] string OrganizationId,
    [Required, PlainText(200)] string Title,
    [PlainText(64)] string? CatalogId = null,
    [PlainText(64)] string? ProductId = null,
    [Prose(100_000)] string? Text = null,
    [WebAddress] string? Url = null);

/// <summary>The next version of terms, as a draft that nobody accepts yet.</summary>
/// <param name="Text">The text itself; or <paramref name="Url"/>.</param>
/// <param name="Url">Where the text stands (https); or <paramref name="Text"/>.</param>
public sealed record DraftTermsRequest(
    [Required, PlainText(200)] string Title,
    [Prose(100_000)] string? Text = null,
    [WebAddress] string? Url = null);

/// <summary>Writes terms and conditions. What is written is a draft until it is put in force; what was in force never changes.</summary>
public static class WriteTerms
{
    /// <summary>Begins the terms of a product or a catalog, with a draft of version 1. Owners and administrators of the provider.</summary>
    public static async Task<Results<Created<TermsResponse>, ProblemHttpResult>> Create(
        WriteTermsRequest request, Caller caller, HttpContext context, Database database, TimeProvider clock, CancellationToken cancellation)
    {
        if ((Access.Cannot(caller, request.OrganizationId, "organization", request.OrganizationId, Roles.ProviderSettings)
            ?? Once(request.CatalogId, request.ProductId, "catalogId", "Name the catalog or the product that the terms are of: one of them.")
            ?? Once(request.Text, request.Url, "text", "Send the terms' text, or the address where it stands: one of them.")) is { } refusal)
        {
            return refusal;
        }

        await using var transaction = await database.Begin(cancellation);
        var owner = await transaction.QueryOne<string>(
            "select organization_id from catalogs where id = @CatalogId and deleted_at is null union all select organization_id from products where id = @ProductId",
            request, cancellation);
        if (owner != request.OrganizationId)
        {
            return request.CatalogId is null ? Problems.ProductUnknown(request.ProductId!) : Problems.CatalogUnknown(request.CatalogId);
        }

        var id = Ids.New("trm", clock);
        if (await transaction.Execute(
            """
            insert into terms (id, organization_id, catalog_id, product_id, created_at) values (@id, @OrganizationId, @CatalogId, @ProductId, @now)
            on conflict do nothing
            """, new { id, request.OrganizationId, request.CatalogId, request.ProductId, now = clock.GetUtcNow() }, cancellation) == 0)
        {
            return Problems.TermsExist();
        }

        await SetDraft(transaction, id, 1, new(request.Title, request.Text, request.Url), cancellation);
        var written = (await TermsDocument.Lock(transaction, id, cancellation))!.Show();
        await transaction.Record(caller, "terms.created", request.OrganizationId, id, null, Recorded(written.Draft), cancellation);
        await transaction.Commit(cancellation);
        context.SetVersion(1);
        return TypedResults.Created($"/v1/terms/{id}", written);
    }

    /// <summary>Writes the draft of the next version. Owners and administrators of the provider; <c>If-Match</c> required.</summary>
    public static async Task<Results<Ok<TermsResponse>, ProblemHttpResult>> Draft(
        string id, DraftTermsRequest request, Caller caller, HttpContext context, Database database, CancellationToken cancellation)
    {
        await using var transaction = await database.Begin(cancellation);
        var terms = await TermsDocument.Lock(transaction, id, cancellation);
        if ((Access.Cannot(caller, terms?.OrganizationId, "terms", id, Roles.ProviderSettings)
            ?? context.Mismatch(terms!.Version)
            ?? (terms.RetiredAt is null ? null : Problems.TermsRetired())
            ?? Once(request.Text, request.Url, "text", "Send the terms' text, or the address where it stands: one of them.")) is { } refusal)
        {
            return refusal;
        }

        await SetDraft(transaction, id, terms!.DraftNumber ?? (terms.Number ?? 0) + 1, request, cancellation);
        await transaction.Execute("update terms set version = version + 1 where id = @id", new { id }, cancellation);
        var (before, after) = (terms.Show(), (await TermsDocument.Lock(transaction, id, cancellation))!);
        await transaction.Record(caller, "terms.drafted", terms.OrganizationId, id, Recorded(before.Draft), Recorded(after.Show().Draft), cancellation);
        await transaction.Commit(cancellation);
        context.SetVersion(after.Version);
        return TypedResults.Ok(after.Show());
    }

    // The text itself stands in its version for ever; the audit log names it by its hash.
    internal static object? Recorded(TermsVersion? version) => version is null ? null : new { version.Version, version.Title, version.Url, version.TextHash };

    private static Task SetDraft(Transaction transaction, string id, int number, DraftTermsRequest draft, CancellationToken cancellation) => transaction.Execute(
        """
        insert into terms_versions (terms_id, number, title, text, url, text_hash) values (@id, @number, @Title, @Text, @Url, @hash)
        on conflict (terms_id, number) do update set title = excluded.title, text = excluded.text, url = excluded.url, text_hash = excluded.text_hash
        """, new { id, number, Title = draft.Title.Trim(), draft.Text, draft.Url, hash = TermsDocument.Hash(draft.Text, draft.Url) }, cancellation);

    private static ProblemHttpResult? Once(string? one, string? other, string field, string rule) =>
        one is null == other is null ? Problem.Invalid(field, rule) : null;
}
