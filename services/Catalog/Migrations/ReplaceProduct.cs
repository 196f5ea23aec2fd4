using System.ComponentModel.DataAnnotations;
using Marketplace.Catalog.Publications;
using Marketplace.Contracts.Catalog;
using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Marketplace.Catalog.Migrations;

/// <summary>The product that takes another one's place on offer.</summary>
/// <param name="ProductId">A released product of the same provider.</param>
/// <param name="Plans">Which plan is replaced by which; every plan with subscribers. To supersede it may be left out while no plan is shown to few only; then
/// nothing is prepared for them. Who sees a plan of the old product sees the one that replaces it.</param>
/// <param name="AcceptWarnings">Must be true to replace where the move has warnings.</param>
public sealed record ReplaceProductRequest(
    [Required, PlainText(64)] string ProductId, [MinLength(1), Listed(100)] IReadOnlyList<PlanMap>? Plans = null, bool AcceptWarnings = false);

/// <summary>A product that took another one's place.</summary>
/// <param name="CatalogIds">Where it is on offer now.</param>
/// <param name="Migration">Of the old one's subscribers: a draft after superseding, under way after replacing; null when no plans were mapped.</param>
public sealed record ProductReplacedResponse(string ProductId, string ReplacedProductId, IReadOnlyList<string> CatalogIds, MigrationResponse? Migration);

/// <summary>Puts one product on offer in another one's place; owners, administrators and product managers of the provider.</summary>
public static class ReplaceProduct
{
    /// <summary>The new one is offered beside the old one, which takes no new subscribers; those it has keep it.</summary>
    public static Task<Results<Ok<ProductReplacedResponse>, ProblemHttpResult>> Supersede(
        string id, ReplaceProductRequest request, Caller caller, Database database, TimeProvider clock, CancellationToken cancellation) =>
        Handle(id, request, replace: false, caller, database, clock, cancellation);

    /// <summary>The new one is offered in the place of the old one, whose subscribers are moved at once.</summary>
    public static Task<Results<Ok<ProductReplacedResponse>, ProblemHttpResult>> Replace(
        string id, ReplaceProductRequest request, Caller caller, Database database, TimeProvider clock, CancellationToken cancellation) =>
        Handle(id, request, replace: true, caller, database, clock, cancellation);

    private static async Task<Results<Ok<ProductReplacedResponse>, ProblemHttpResult>> Handle(
        string id, ReplaceProductRequest request, bool replace, Caller caller, Database database, TimeProvider clock, CancellationToken cancellation)
    {
        await using var transaction = await database.Begin(cancellation);
        var (source, target) = await MigrationDraft.Lock(transaction, id, request.ProductId, cancellation);
        if (Access.Cannot(caller, source?.OrganizationId, "product", id, Roles.ProviderProducts) is { } refusal)
        {
            return refusal;
        }

        if (target?.OrganizationId != source!.OrganizationId || target.Id == id)
        {
            return Problems.MigrationProduct(request.ProductId, "productId");
        }

        if (target.Release is null)
        {
            return Problems.ProductNotReleased(target.Id);
        }

        if (replace && request.Plans is null)
        {
            return Problem.Invalid("plans", "Name the plan that replaces each plan of the old product.");
        }

        var catalogs = await Catalogs.Catalog.HoldOffering(transaction, id, cancellation);
        var targets = await Plan.Of(transaction, target.Id, cancellation);
        if (SalesGates.Refusal(catalogs, targets.Where(p => p.Status is PlanStatus.Active or PlanStatus.Deprecated)) is { } closed)
        {
            return closed;
        }

        var plans = await Plan.Of(transaction, id, cancellation);
        if (await MigrationExecution.Targeted(transaction, [.. plans.Where(p => p.Status == PlanStatus.Active).Select(p => p.Id)], cancellation) is { } targeted)
        {
            return targeted;
        }

        var pairs = (request.Plans ?? []).Select(p => (Old: plans.FirstOrDefault(plan => plan.Id == p.Source), p.Target)).ToList();
        if (!await Offered(transaction, source, target, pairs, catalogs, clock, cancellation))
        {
            return Problem.Invalid("plans", "The old product has plans that only some see. Name the plan that replaces each, or publish the new product first and say who sees its plans.");
        }

        var (migration, refused) = await Migrate(transaction, source, target, request, replace, caller, clock, cancellation);
        if (refused is not null)
        {
            return refused;
        }

        var sold = plans.Where(p => p.Status == PlanStatus.Active).Select(p => p.Id);
        await MigrationExecution.Deprecate(transaction, source, [.. plans.Select(p => p.Id)], clock, cancellation);
        if (replace)
        {
            await Withdraw(transaction, source, cancellation);
        }

        await transaction.Record(
            caller, replace ? "product.replaced" : "product.superseded", source.OrganizationId, id,
            new { PlansOnSale = sold, OnOfferIn = catalogs.Select(c => c.Id) },
            new { PlansOnSale = Array.Empty<string>(), OnOfferIn = replace ? [] : catalogs.Select(c => c.Id), By = target.Id, MigrationId = migration?.Id }, cancellation);
        await transaction.Commit(cancellation);
        return TypedResults.Ok(new ProductReplacedResponse(target.Id, id, [.. catalogs.Select(c => c.Id)], migration is null ? null : MigrationResponse.Of(migration)));
    }

    private static async Task<(Migration? Migration, ProblemHttpResult? Refusal)> Migrate(
        Transaction transaction, Product source, Product target, ReplaceProductRequest request, bool replace, Caller caller, TimeProvider clock, CancellationToken cancellation)
    {
        if (request.Plans is null)
        {
            return (null, null);
        }

        var wanted = new WantedMigration("move", [.. request.Plans.Select(p => new PlanPair(p.Source, p.Target))], null, EveryPlan: true);
        var (migration, refused) = await MigrationDraft.Make(transaction, source, target, wanted, caller, clock, cancellation);
        return refused is not null || !replace ? (migration, refused)
            : await MigrationExecution.Begin(transaction, migration!, source, target, new("now", null, request.AcceptWarnings), caller, clock, cancellation);
    }

    // To the same readers as the old one, and each plan to those of the plans that it replaces; where the new one is published already its provider has said who sees it.
    // False when it is not known which plans take the place of those that only some see.
    private static async Task<bool> Offered(
        Transaction transaction, Product source, Product target, IReadOnlyList<(Plan? Old, string? Target)> plans, IReadOnlyList<Catalogs.Catalog> catalogs,
        TimeProvider clock, CancellationToken cancellation)
    {
        foreach (var catalog in catalogs)
        {
            var publicationId = await transaction.QueryOne<string>(
                """
                insert into publications as u (id, catalog_id, product_id, visibility, visible_to, published, version, published_at)
                select @Id, s.catalog_id, @TargetId, s.visibility, s.visible_to, true, 0, @Now from publications s
                where s.catalog_id = @CatalogId and s.product_id = @SourceId and s.published
                on conflict (catalog_id, product_id) do update set
                    visibility = excluded.visibility, visible_to = excluded.visible_to, published = true, published_at = excluded.published_at
                where not u.published returning id
                """, new { Id = Ids.New("pub", clock), TargetId = target.Id, Now = clock.GetUtcNow(), CatalogId = catalog.Id, SourceId = source.Id }, cancellation);
            if (publicationId is not null && !await Restrict(transaction, catalog.Id, source.Id, publicationId, plans, cancellation))
            {
                return false;
            }
        }

        await Offer.AnnounceProduct(transaction, target, catalogs, cancellation);
        return true;
    }

    private static async Task<bool> Restrict(
        Transaction transaction, string catalogId, string sourceId, string publicationId, IReadOnlyList<(Plan? Old, string? Target)> plans, CancellationToken cancellation)
    {
        var rows = await transaction.Query<(string PlanId, string Visibility, string[]? VisibleTo)>(
            """
            select v.plan_id, v.visibility, v.visible_to from publication_plans v join publications u on u.id = v.publication_id join plans p on p.id = v.plan_id
            where u.catalog_id = @catalogId and u.product_id = @sourceId and p.status in ('Active', 'Deprecated')
            """, new { catalogId, sourceId }, cancellation);
        var restricted = rows.Select(r => new PlanReaders(r.PlanId, r.Visibility, r.VisibleTo)).ToList();
        if (plans.Count == 0 && restricted.Count > 0)
        {
            return false;
        }

        // Who is no longer sold a plan does not decide who is sold the next one, unless there is nobody else to.
        foreach (var replaced in plans.Where(p => p is { Old: not null, Target: not null }).GroupBy(p => p.Target!, p => p.Old!))
        {
            var old = replaced.Where(p => p.Status == PlanStatus.Active).ToList() is { Count: > 0 } sold ? sold : [.. replaced];
            if (Visibility.OfAny([.. old.Select(p => restricted.Find(r => r.PlanId == p.Id))]) is { } readers)
            {
                await transaction.Execute(
                    """
                    insert into publication_plans (publication_id, plan_id, visibility, visible_to) select @publicationId, id, @Visibility, @VisibleTo from plans where id = @Key
                    on conflict (publication_id, plan_id) do update set visibility = excluded.visibility, visible_to = excluded.visible_to
                    """, new { publicationId, replaced.Key, readers.Visibility, VisibleTo = readers.VisibleTo?.ToArray() }, cancellation);
            }
        }

        return true;
    }

    private static async Task Withdraw(Transaction transaction, Product source, CancellationToken cancellation)
    {
        var withdrawn = await transaction.Query<(string Id, string CatalogId, long Version)>(
            "update publications set published = false, version = version + 1 where product_id = @Id and published returning id, catalog_id, version", source, cancellation);
        foreach (var publication in withdrawn)
        {
            await transaction.Announce(new ProductWithdrawn(publication.Id, publication.CatalogId, source.Id, publication.Version), cancellation);
        }
    }
}
