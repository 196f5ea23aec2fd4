using System.Globalization;
using Marketplace.Storage;
using Stripe;

namespace Marketplace.Invoicing;

/// <summary>Job: bring a plan to Stripe, or back to what it was there. A product is found by its id, a price by its lookup key, a meter by its event name; what is
/// missing is made, what was archived is made active again. Where Stripe Tax reckons, prices are before tax, which Stripe never takes back once it was told.</summary>
public sealed class MirrorPlan(StripeConnections stripe, CheckPlan check, BeforeTax beforeTax, JobQueue queue, Database database, TimeProvider clock) : IStripeJobKind
{
    /// <summary>Its name in the queue.</summary>
    public const string JobKind = "mirror_plan";

    /// <inheritdoc/>
    public string Kind => JobKind;

    /// <inheritdoc/>
    public async Task Carry(StripeJob job, StripeKeys keys, CancellationToken cancellation)
    {
        job = job.FreshKey ? await queue.UseFreshKey(job, cancellation) : job;
        var mirror = (await PlanMirror.Find(database, job.SubjectId, cancellation))!;
        var client = stripe.Open(keys);
        var tax = await TaxSetting.Of(database, keys.IntegrationId, cancellation);
        if (tax.NeedsAddress)
        {
            await beforeTax.Decide(keys, mirror, cancellation);
            mirror = mirror with { IsBeforeTax = true };
        }

        await EnsureProduct(client, job, keys, mirror, cancellation);
        foreach (var part in mirror.Parts())
        {
            var meter = part.Unit is null ? null : await EnsureMeter(client, job, keys, mirror, part, cancellation);
            await EnsurePrice(client, job, keys, mirror, part, meter, cancellation);
        }

        await using var transaction = await database.Begin(cancellation);
        await PlanMirror.Lock(transaction, mirror.Id, cancellation);
        if (!mirror.IsBeforeTax && (await TaxSetting.Of(transaction, keys.IntegrationId, cancellation)).NeedsAddress)
        {
            throw new JobFailedException(new(StripeFailureKind.Transient, "taxes_changed", "Taxes were set otherwise meanwhile.", Answered: true));
        }

        await check.MarkReady(transaction, mirror, cancellation, job);
        await queue.Finish(transaction, job, cancellation);
        await transaction.Commit(cancellation);
        queue.Wake();
    }

    /// <summary>What a price is called at Stripe.</summary>
    internal static string NameOf(RecurringPart part) => part.Unit ?? "base price";

    private async Task EnsureProduct(StripeClient client, StripeJob job, StripeKeys keys, PlanMirror mirror, CancellationToken cancellation)
    {
        var there = await StripeObjects.IfThere(() => client.V1.Products.GetAsync(mirror.Id, cancellationToken: cancellation));
        if (there is null or { Deleted: true })
        {
            await client.V1.Products.CreateAsync(
                new ProductCreateOptions { Id = mirror.Id, Name = mirror.Title, Metadata = StripeMetadata.Of(keys.IntegrationId, keys.OrganizationId, mirror.Id) },
                new RequestOptions { IdempotencyKey = job.Key("product") }, cancellation);
        }
        else if (CheckPlan.Differences(mirror, there).Any())
        {
            await client.V1.Products.UpdateAsync(mirror.Id, new ProductUpdateOptions { Active = true, Name = mirror.Title }, cancellationToken: cancellation);
        }

        await StripeObjects.Record(database, keys, "product", mirror.Id, mirror.Id, clock.GetUtcNow(), cancellation);
    }

    private async Task<string> EnsureMeter(StripeClient client, StripeJob job, StripeKeys keys, PlanMirror mirror, RecurringPart part, CancellationToken cancellation)
    {
        var (name, ourId) = (PlanMirror.EventOf(mirror.Id, part), PlanMirror.MeterOf(mirror.Id, part));
        if (await StripeObjects.Find(database, keys, ourId, cancellation) is { } known
            && await StripeObjects.IfThere(() => client.V1.Billing.Meters.GetAsync(known, cancellationToken: cancellation)) is { } there)
        {
            if (there.Status != "active")
            {
                await client.V1.Billing.Meters.ReactivateAsync(known, cancellationToken: cancellation);
            }

            if (there.DisplayName != mirror.NameOfMeter(part))
            {
                await client.V1.Billing.Meters.UpdateAsync(known, new() { DisplayName = mirror.NameOfMeter(part) }, cancellationToken: cancellation);
            }

            return known;
        }

        string? id = null;
        await foreach (var active in client.V1.Billing.Meters.ListAutoPagingAsync(new() { Status = "active", Limit = 100 }, cancellationToken: cancellation))
        {
            id = active.EventName == name ? active.Id : id;
        }

        id ??= (await client.V1.Billing.Meters.CreateAsync(
            new Stripe.Billing.MeterCreateOptions { DisplayName = mirror.NameOfMeter(part), EventName = name, DefaultAggregation = new() { Formula = "sum" } },
            new RequestOptions { IdempotencyKey = job.Key($"meter-{part.Key}") }, cancellation)).Id;
        await Record(keys, "billing.meter", ourId, id, cancellation);
        return id;
    }

    private async Task EnsurePrice(StripeClient client, StripeJob job, StripeKeys keys, PlanMirror mirror, RecurringPart part, string? meter, CancellationToken cancellation)
    {
        var ourId = PlanMirror.PriceOf(mirror.Id, part);
        var found = await beforeTax.Find(keys, ourId, cancellation);
        var becomesBeforeTax = mirror.IsBeforeTax && found?.TaxBehavior is null or "unspecified";
        if (found is not null && (becomesBeforeTax || CheckPlan.Differences(mirror, part, found).Any()))
        {
            await client.V1.Prices.UpdateAsync(
                found.Id, new PriceUpdateOptions { Active = true, Nickname = NameOf(part), LookupKey = ourId, TransferLookupKey = true, TaxBehavior = becomesBeforeTax ? "exclusive" : null },
                cancellationToken: cancellation);
        }

        found ??= await client.V1.Prices.CreateAsync(Options(keys, mirror, part, meter), new RequestOptions { IdempotencyKey = job.Key($"price-{part.Key}") }, cancellation);
        await Record(keys, "price", ourId, found.Id, cancellation);
    }

    // In place of the one that was deleted at Stripe.
    private async Task Record(StripeKeys keys, string type, string ourId, string stripeId, CancellationToken cancellation)
    {
        await using var transaction = await database.Begin(cancellation);
        await transaction.Execute(
            "delete from stripe_objects where our_id = @ourId and integration_id = @IntegrationId and stripe_id <> @stripeId", new { ourId, keys.IntegrationId, stripeId }, cancellation);
        await StripeObjects.Record(transaction, keys, type, ourId, stripeId, clock.GetUtcNow(), cancellation);
        await transaction.Commit(cancellation);
    }

    private static PriceCreateOptions Options(StripeKeys keys, PlanMirror mirror, RecurringPart part, string? meter)
    {
        var plan = mirror.Snapshot();
        return new()
        {
            Product = mirror.Id,
            Currency = plan.Currency.ToLowerInvariant(),
            LookupKey = PlanMirror.PriceOf(mirror.Id, part),
            TaxBehavior = mirror.IsBeforeTax ? "exclusive" : null,
            Nickname = NameOf(part),
            Recurring = new() { Interval = plan.PeriodUnit, IntervalCount = plan.PeriodCount, Meter = meter, UsageType = meter is null ? "licensed" : "metered" },
            UnitAmountDecimal = part.UnitAmount is null ? null : Decimal(part.UnitAmount),
            BillingScheme = part.Tiers is null ? null : "tiered",
            TiersMode = part.TiersMode,
            Tiers = part.Tiers?.Select(Tier).ToList(),
            TransformQuantity = part.PackageSize is { } size ? new() { DivideBy = size, Round = "up" } : null,
            Metadata = StripeMetadata.Of(keys.IntegrationId, keys.OrganizationId, PlanMirror.PriceOf(mirror.Id, part)),
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
