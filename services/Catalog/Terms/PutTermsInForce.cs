using Marketplace.Catalog.Publications;
using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Marketplace.Catalog.Terms;

/// <summary>Puts the draft of terms in force, and puts terms away. Either counts for new subscriptions; those there are keep what they accepted.</summary>
public static class PutTermsInForce
{
    /// <summary>Owners and administrators of the provider; <c>If-Match</c> honoured where it is sent.</summary>
    public static async Task<Results<Ok<TermsResponse>, ProblemHttpResult>> Handle(
        string id, Caller caller, HttpContext context, Database database, TimeProvider clock, CancellationToken cancellation)
    {
        var seen = await TermsDocument.Find(database, id, cancellation);
        if (Access.Cannot(caller, seen?.OrganizationId, "terms", id, Roles.ProviderSettings) is { } refusal)
        {
            return refusal;
        }

        await using var transaction = await database.Begin(cancellation);
        var offers = await Offers(transaction, seen!, cancellation);
        var terms = (await TermsDocument.Lock(transaction, id, cancellation))!;
        if (context.MismatchIfSent(terms.Version) is { } mismatch)
        {
            return mismatch;
        }

        if (terms.RetiredAt is not null || terms.DraftNumber is null)
        {
            return terms.RetiredAt is not null ? Problems.TermsRetired() : Problems.NoDraftOfTerms();
        }

        await transaction.Execute(
            "update terms_versions set in_force_from = @now where terms_id = @id and number = @DraftNumber", new { id, terms.DraftNumber, now = clock.GetUtcNow() }, cancellation);
        await transaction.Execute("update terms set version = version + 1 where id = @id", new { id }, cancellation);
        await offers(cancellation);
        var after = (await TermsDocument.Lock(transaction, id, cancellation))!;
        await transaction.Record(
            caller, "terms.put_in_force", terms.OrganizationId, id, WriteTerms.Recorded(terms.InForce()), WriteTerms.Recorded(after.InForce()), cancellation);
        await transaction.Commit(cancellation);
        context.SetVersion(after.Version);
        return TypedResults.Ok(after.Show());
    }

    /// <summary>Asks new subscribers for nothing more. Owners and administrators of the provider; done twice it is done once.</summary>
    public static async Task<Results<NoContent, ProblemHttpResult>> Retire(
        string id, Caller caller, HttpContext context, Database database, TimeProvider clock, CancellationToken cancellation)
    {
        var seen = await TermsDocument.Find(database, id, cancellation);
        if (Access.Cannot(caller, seen?.OrganizationId, "terms", id, Roles.ProviderSettings) is { } refusal)
        {
            return refusal;
        }

        await using var transaction = await database.Begin(cancellation);
        var offers = await Offers(transaction, seen!, cancellation);
        var terms = (await TermsDocument.Lock(transaction, id, cancellation))!;
        if (context.MismatchIfSent(terms.Version) is { } mismatch)
        {
            return mismatch;
        }

        if (terms.RetiredAt is null)
        {
            await transaction.Execute("update terms set retired_at = @now, version = version + 1 where id = @id", new { id, now = clock.GetUtcNow() }, cancellation);
            await offers(cancellation);
            await transaction.Record(
                caller, "terms.retired", terms.OrganizationId, id, new { InForce = WriteTerms.Recorded(terms.InForce()), Draft = WriteTerms.Recorded(terms.Show().Draft) }, null, cancellation);
            await transaction.Commit(cancellation);
        }

        return TypedResults.NoContent();
    }

    // Holds what the terms are of, as whoever announces it does; what comes back announces it anew.
    private static async Task<Func<CancellationToken, Task>> Offers(Transaction transaction, TermsDocument terms, CancellationToken cancellation)
    {
        if (terms.CatalogId is not null)
        {
            var catalog = await Catalogs.Catalog.Lock(transaction, terms.CatalogId, cancellation);
            return later => catalog is null ? Task.CompletedTask : Offer.AnnounceCatalog(transaction, catalog, later);
        }

        var product = (await Product.Lock(transaction, terms.ProductId!, cancellation))!;
        var catalogs = await Catalogs.Catalog.HoldOffering(transaction, product.Id, cancellation);
        return later => Offer.AnnounceProduct(transaction, product, catalogs, later);
    }
}
