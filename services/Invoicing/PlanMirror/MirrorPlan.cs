using System.Globalization;
using System.Net;
using Marketplace.Storage;
using Stripe;

namespace Marketplace.Invoicing;

/// <summary>Job: bring a plan to Stripe, or back to what it was there. A product is found by its id, a price by its lookup key, a meter by its event name; what is
/// missing is made, what was archived is made active again.</summary>
public sealed class MirrorPlan(StripeConnections stripe, JobQueue queue, Database database, TimeProvider clock) : IStripeJobKind
{
    /// <summary>The kind's name.</summary>
    public const string Name = "mirror_plan";

    /// <inheritdoc/>
    public string Kind => Name;

    /// <inheritdoc/>
    public async Task Carry(StripeJob job, StripeKeys keys, CancellationToken cancellation)
    {
        job = job.FreshKey ? await queue.UseFreshKey(job, cancellation) : job;
        var mirror = (await PlanMirror.Find(database, job.SubjectId, cancellation))!;
        var client = stripe.Open(keys);
        await EnsureProduct(client, job, keys, mirror, cancellation);
        foreach (var part in mirror.Parts())
        {
            var meter = part.Unit is null ? null : await EnsureMeter(client, job, keys, mirror, part, cancellation);
            await EnsurePrice(client, job, keys, mirror, part, meter, cancellation);
        }

        await using var transaction = await database.Begin(cancellation);
        await transaction.Execute(
            "update plan_mirrors set status = 'ready', drifted = '{}', checked_at = @Now where id = @Id", new { mirror.Id, Now = clock.GetUtcNow() }, cancellation);
        // Whoever begins one meanwhile holds this row, or sees it ready.
        await CreateSubscription.OfMirror(transaction, queue, mirror.Id, cancellation);
        await queue.Finish(transaction, job, cancellation);
        await transaction.Commit(cancellation);
        queue.Wake();
    }

    private async Task EnsureProduct(StripeClient client, StripeJob job, StripeKeys keys, PlanMirror mirror, CancellationToken cancellation)
    {
        try
        {
            var there = await client.V1.Products.GetAsync(mirror.Id, cancellationToken: cancellation);
            if (!there.Active)
            {
                await client.V1.Products.UpdateAsync(mirror.Id, new ProductUpdateOptions { Active = true }, cancellationToken: cancellation);
            }
        }
        catch (StripeException exception) when (exception.HttpStatusCode == HttpStatusCode.NotFound)
        {
            await client.V1.Products.CreateAsync(
                new ProductCreateOptions { Id = mirror.Id, Name = mirror.Title, Metadata = StripeMetadata.Of(keys.IntegrationId, keys.OrganizationId, mirror.Id) },
                new RequestOptions { IdempotencyKey = job.Key("product") }, cancellation);
        }

        await StripeObjects.Record(database, keys, "product", mirror.Id, mirror.Id, clock.GetUtcNow(), cancellation);
    }

    private async Task<string> EnsureMeter(StripeClient client, StripeJob job, StripeKeys keys, PlanMirror mirror, RecurringPart part, CancellationToken cancellation)
    {
        var name = PlanMirror.EventOf(mirror.Id, part);
        var ourId = $"{mirror.PriceOf(part)}/meter";
        if (await StripeObjects.Find(database, keys, ourId, cancellation) is { } known)
        {
            var there = await client.V1.Billing.Meters.GetAsync(known, cancellationToken: cancellation);
            if (there.Status != "active")
            {
                await client.V1.Billing.Meters.ReactivateAsync(known, cancellationToken: cancellation);
            }

            return known;
        }

        string? id = null;
        await foreach (var there in client.V1.Billing.Meters.ListAutoPagingAsync(new() { Status = "active", Limit = 100 }, cancellationToken: cancellation))
        {
            id = there.EventName == name ? there.Id : id;
        }

        id ??= (await client.V1.Billing.Meters.CreateAsync(
            new Stripe.Billing.MeterCreateOptions { DisplayName = $"{mirror.Title}: {part.Unit}", EventName = name, DefaultAggregation = new() { Formula = "sum" } },
            new RequestOptions { IdempotencyKey = job.Key($"meter-{part.Key}") }, cancellation)).Id;
        await StripeObjects.Record(database, keys, "billing.meter", ourId, id, clock.GetUtcNow(), cancellation);
        return id;
    }

    private async Task EnsurePrice(StripeClient client, StripeJob job, StripeKeys keys, PlanMirror mirror, RecurringPart part, string? meter, CancellationToken cancellation)
    {
        var ourId = mirror.PriceOf(part);
        // Archived prices keep their lookup key; so they are found whether active or not.
        var found = await StripeObjects.Find(database, keys, ourId, cancellation) is { } known
            ? await client.V1.Prices.GetAsync(known, cancellationToken: cancellation)
            : (await client.V1.Prices.ListAsync(new PriceListOptions { LookupKeys = [ourId] }, cancellationToken: cancellation)).Data.Find(_ => true);
        if (found is { Active: false })
        {
            await client.V1.Prices.UpdateAsync(found.Id, new PriceUpdateOptions { Active = true }, cancellationToken: cancellation);
        }

        found ??= await client.V1.Prices.CreateAsync(Options(keys, mirror, part, meter), new RequestOptions { IdempotencyKey = job.Key($"price-{part.Key}") }, cancellation);
        await StripeObjects.Record(database, keys, "price", ourId, found.Id, clock.GetUtcNow(), cancellation);
    }

    private static PriceCreateOptions Options(StripeKeys keys, PlanMirror mirror, RecurringPart part, string? meter)
    {
        var plan = mirror.Snapshot();
        return new()
        {
            Product = mirror.Id,
            Currency = plan.Currency.ToLowerInvariant(),
            LookupKey = mirror.PriceOf(part),
            Nickname = part.Unit ?? "base price",
            Recurring = new() { Interval = plan.PeriodUnit, IntervalCount = plan.PeriodCount, Meter = meter, UsageType = meter is null ? "licensed" : "metered" },
            UnitAmountDecimal = part.UnitAmount is null ? null : Decimal(part.UnitAmount),
            BillingScheme = part.Tiers is null ? null : "tiered",
            TiersMode = part.TiersMode,
            Tiers = part.Tiers?.Select(Tier).ToList(),
            TransformQuantity = part.PackageSize is { } size ? new() { DivideBy = size, Round = "up" } : null,
            Metadata = StripeMetadata.Of(keys.IntegrationId, keys.OrganizationId, mirror.PriceOf(part)),
        };
    }

    private static PriceTierOptions Tier(Contracts.Catalog.PriceTier tier) => new()
    {
        UpTo = tier.UpTo is { } end ? end : PriceTierUpTo.Inf,
        UnitAmountDecimal = Decimal(tier.UnitAmount),
        FlatAmountDecimal = Decimal(tier.FlatAmount) is > 0 and var fee ? fee : null,
    };

    private static decimal Decimal(string amount) => decimal.Parse(amount, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture);
}
