using System.Text.Json;
using Marketplace.Catalog.Publications;
using Marketplace.Catalog.Releases;
using Marketplace.Contracts.Catalog;
using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Marketplace.Catalog.Migrations;

/// <summary>What is wanted of a migration, whichever route asked for it.</summary>
/// <param name="PlanField">The request's field that names the plans.</param>
/// <param name="EveryPlan">Whether every plan that has or takes subscribers must be mapped.</param>
/// <param name="Executing">Whether it is to be executed: until then it may lead to plans that are drafts.</param>
internal sealed record WantedMigration(
    string Action, IReadOnlyList<PlanPair> Plans, IReadOnlyList<string>? SubscriptionIds, bool EveryPlan, bool IsTarget = false, string PlanField = "plans", bool Executing = true);

/// <summary>Makes a migration out of what is wanted, with its warnings, or says why there cannot be one; and judges it again by the same rules before it is executed.
/// The only copy of these rules.</summary>
internal static class MigrationDraft
{
    /// <summary>Writes the draft and tells Subscriptions, which finds out whom it concerns. It may lead to plans that are drafts themselves, so that their prices are compared
    /// before anybody can take them; to be executed it needs them active.</summary>
    /// <param name="source">Held.</param>
    /// <param name="target">Held; null when subscriptions are cancelled.</param>
    public static async Task<(Migration? Migration, ProblemHttpResult? Refusal)> Make(
        Transaction transaction, Product source, Product? target, WantedMigration wanted, Caller caller, TimeProvider clock, CancellationToken cancellation)
    {
        var (warnings, refusal) = await Judge(transaction, source, target, wanted with { Executing = false }, cancellation);
        if (refusal is not null)
        {
            return (null, refusal);
        }

        var migration = new Migration
        {
            Id = Ids.New("mig", clock),
            OrganizationId = source.OrganizationId,
            SourceProductId = source.Id,
            TargetProductId = target?.Id,
            Action = wanted.Action,
            IsTarget = wanted.IsTarget,
            EveryPlan = wanted.EveryPlan,
            Plans = JsonSerializer.Serialize(wanted.Plans, JsonSerializerOptions.Web),
            SubscriptionIds = wanted.SubscriptionIds is null ? null : [.. wanted.SubscriptionIds.Distinct(StringComparer.Ordinal)],
            Timing = "now",
            State = MigrationState.Draft,
            Warnings = JsonSerializer.Serialize(warnings, JsonSerializerOptions.Web),
            CreatedBy = caller.UserId,
            CreatedAt = clock.GetUtcNow(),
            Version = 1,
        };
        await migration.Add(transaction, cancellation);
        await transaction.Record(caller, "migration.created", migration.OrganizationId, migration.Id, null, MigrationResponse.Of(migration), cancellation);
        return (await Tell(transaction, migration, caller.UserId, execute: false, retry: false, clock, cancellation), null);
    }

    /// <summary>A held migration with the warnings that it has now, or why it cannot be executed as things are now: plans are closed, releases made and products
    /// withdrawn while a draft lies or a date is waited for.</summary>
    /// <param name="source">Held, as is the target.</param>
    public static async Task<(Migration Migration, ProblemHttpResult? Refusal)> JudgeAgain(
        Transaction transaction, Migration migration, Product source, Product? target, CancellationToken cancellation)
    {
        var (warnings, refusal) = await Judge(transaction, source, target, Wanted(migration), cancellation);
        return refusal is null ? (migration with { Warnings = JsonSerializer.Serialize(warnings, JsonSerializerOptions.Web) }, null) : (migration, refusal);
    }

    /// <summary>Judges the drafts that lead to a plan which is a draft itself and was changed, and tells them again, so that its new price is compared.</summary>
    /// <param name="target">The plan's product, held.</param>
    public static async Task Follow(Transaction transaction, Product target, string planId, Caller caller, TimeProvider clock, CancellationToken cancellation)
    {
        await Catalogs.Catalog.HoldOffering(transaction, target.Id, cancellation);
        foreach (var migration in await transaction.Query<Migration>(
            "select * from migrations where state = 'Draft' and target_plans && @Plans order by id for update", new { Plans = (string[])[planId] }, cancellation))
        {
            var source = (await transaction.QueryOne<Product>("select * from products where id = @SourceProductId", migration, cancellation))!;
            var (warnings, refusal) = await Judge(transaction, source, target, Wanted(migration) with { Executing = false }, cancellation);
            // What cannot be done any more is said to who executes it; until then the comparison says so too.
            var judged = refusal is null ? migration with { Warnings = JsonSerializer.Serialize(warnings, JsonSerializerOptions.Web) } : migration;
            await Tell(transaction, judged, caller.UserId, execute: false, retry: false, clock, cancellation);
        }
    }

    /// <summary>Why nobody is moved to the migration's targets any more: one takes no subscribers; or null.</summary>
    public static async Task<ProblemHttpResult?> Closed(Transaction transaction, Migration migration, CancellationToken cancellation)
    {
        var targets = migration.TargetProductId is null ? [] : await Plan.Of(transaction, migration.TargetProductId, cancellation);
        return targets.FirstOrDefault(t => migration.TargetPlans.Contains(t.Id) && t.Status != PlanStatus.Active) is { } closed
            ? Problems.MigrationPlan("plans", $"Plan '{closed.Title}' ({closed.Id}) takes no subscribers any more. Make another migration.") : null;
    }

    /// <summary>A draft that leads to a plan, or null.</summary>
    public static Task<string?> Leading(Transaction transaction, string planId, CancellationToken cancellation) => transaction.QueryOne<string>(
        "select id from migrations where state = 'Draft' and target_plans && @Plans order by id limit 1", new { Plans = (string[])[planId] }, cancellation);

    private static WantedMigration Wanted(Migration migration) => new(migration.Action, migration.PlanList, migration.SubscriptionIds, migration.EveryPlan);

    private static async Task<(IReadOnlyList<MigrationWarning> Warnings, ProblemHttpResult? Refusal)> Judge(
        Transaction transaction, Product source, Product? target, WantedMigration wanted, CancellationToken cancellation)
    {
        var plans = await Plan.Of(transaction, source.Id, cancellation);
        var targets = target is null ? [] : target.Id == source.Id ? plans : await Plan.Of(transaction, target.Id, cancellation);
        if (RefusePlans(wanted, plans, targets) is { } refusal)
        {
            return ([], refusal);
        }

        if (target is not null && target.Id != source.Id && await NotOffered(transaction, source.Id, target.Id, cancellation) is { } catalog)
        {
            return ([], Problems.TargetNotPublished(target.Id, catalog));
        }

        return (target is null ? [] : MigrationWarnings.Of(
            await Apis(transaction, source, cancellation), await Apis(transaction, target, cancellation),
            wanted.Plans.Select(p => (plans.Single(s => s.Id == p.Source), targets.Single(t => t.Id == p.Target)))), null);
    }

    /// <summary>Tells Subscriptions what is wanted now, under the next version, and saves that.</summary>
    public static async Task<Migration> Tell(
        Transaction transaction, Migration migration, string user, bool execute, bool retry, TimeProvider clock, CancellationToken cancellation)
    {
        var told = await (migration with { ToldVersion = migration.Version + 1 }).Save(transaction, cancellation);
        IReadOnlyList<Plan> targets = migration.TargetProductId is null ? [] : await Plan.Of(transaction, migration.TargetProductId, cancellation);
        await transaction.Announce(
            new MigrationRequested(
                told.Id, told.OrganizationId, told.Action, told.CarriedOut, execute, retry,
                [.. told.PlanList.Select(p => new PlanMapping(p.Source, targets.FirstOrDefault(t => t.Id == p.Target)?.Snapshot()))], told.SubscriptionIds,
                migration.TargetProductId is null ? null : await Target(transaction, migration.TargetProductId, targets, cancellation), user, clock.GetUtcNow(), told.Version),
            cancellation);
        return told;
    }

    private static async Task<MigrationTarget> Target(Transaction transaction, string productId, IReadOnlyList<Plan> plans, CancellationToken cancellation)
    {
        var product = (await transaction.QueryOne<Product>("select * from products where id = @productId", new { productId }, cancellation))!;
        var release = await ReleaseProduct.Newest(transaction, productId, cancellation);
        var catalogs = await Catalogs.Catalog.HoldOffering(transaction, productId, cancellation);
        return new(
            product.Id, product.Name, release?.Title ?? product.Title, release?.Number ?? "", [.. release?.ApiList.Select(a => a.ApiId) ?? []],
            [.. catalogs.Select(c => plans.Any(p => p.IsPaid) ? new MigrationCatalog(c.Id, c.BillingIntegrationId, c.BillingModel) : new(c.Id, null))]);
    }

    private static ProblemHttpResult? RefusePlans(WantedMigration wanted, IReadOnlyList<Plan> plans, IReadOnlyList<Plan> targets)
    {
        foreach (var (index, pair) in wanted.Plans.Index())
        {
            var field = wanted.PlanField == "plans" ? $"plans[{index}]" : wanted.PlanField;
            var source = plans.FirstOrDefault(p => p.Id == pair.Source);
            var target = targets.FirstOrDefault(p => p.Id == pair.Target);
            // An archived plan may have got a subscriber after it was counted: who is on it must have a way off it.
            var refusal = source is null or { Status: PlanStatus.Draft } or { Status: PlanStatus.Archived, Live: 0 } ? Problems.MigrationPlan($"{field}.source", $"The product has no plan '{pair.Source}' with subscribers.")
                : wanted.Plans.Count(p => p.Source == pair.Source) > 1 ? Problems.MigrationPlan($"{field}.source", $"Plan '{pair.Source}' is mapped twice.")
                : wanted.Action == "cancel" ? (pair.Target is null ? null : Problems.MigrationPlan($"{field}.target", "Cancelled subscriptions are moved to no plan."))
                : target is null or { Status: not (PlanStatus.Active or PlanStatus.Draft) } || (wanted.Executing && target.Status == PlanStatus.Draft) ? Problems.MigrationPlan($"{field}.target", $"The target product has no active plan '{pair.Target}'.")
                : target.Id == source.Id ? Problems.MigrationPlan($"{field}.target", "A plan cannot replace itself.")
                : wanted.SubscriptionIds is null && wanted.Plans.Any(p => p.Source == target.Id)
                    ? Problems.MigrationPlan($"{field}.target", $"Plan '{pair.Target}' is itself replaced by this migration: whoever is moved to it would be left behind there.")
                : source.IsPaid && target.IsPaid && source.Currency != target.Currency ? Problems.MigrationCurrency(field, source.Currency, target.Currency)
                : null;
            if (refusal is not null)
            {
                return refusal;
            }
        }

        return wanted.EveryPlan && plans.FirstOrDefault(p =>
            (p.Status == PlanStatus.Active || (p.Status != PlanStatus.Draft && p.Live > 0)) && wanted.Plans.All(m => m.Source != p.Id)) is { } left
            ? Problems.PlanUnmapped(left.Id, left.Title) : null;
    }

    private static Task<string?> NotOffered(Transaction transaction, string source, string target, CancellationToken cancellation) => transaction.QueryOne<string>(
        """
        select s.catalog_id from publications s where s.product_id = @source and s.published
            and not exists (select 1 from publications t where t.catalog_id = s.catalog_id and t.product_id = @target and t.published)
        order by s.catalog_id limit 1
        """, new { source, target }, cancellation);

    private static async Task<IReadOnlyList<PublishedApi>> Apis(Transaction transaction, Product product, CancellationToken cancellation) =>
        (await ReleaseProduct.Newest(transaction, product.Id, cancellation))?.ApiList ?? [];

    /// <summary>Holds one or two products in the order of their ids, so that two migrations between them never wait for each other.</summary>
    public static async Task<(Product? First, Product? Second)> Lock(Transaction transaction, string first, string? second, CancellationToken cancellation)
    {
        var held = new Dictionary<string, Product?>(StringComparer.Ordinal);
        foreach (var id in new[] { first, second }.OfType<string>().Distinct().Order(StringComparer.Ordinal))
        {
            held[id] = await Product.Lock(transaction, id, cancellation);
        }

        return (held[first], second is null ? null : held[second]);
    }
}
