using Marketplace.Storage;
using Stripe;

namespace Marketplace.Invoicing;

/// <summary>Tells Stripe that a plan's prices are before tax, which Stripe never takes back. Whoever is about to have Stripe Tax reckon with them tells it first, in whatever lane it works, so that
/// no tax lies silently within a price of ours.</summary>
public sealed class BeforeTax(StripeConnections stripe, JobQueue queue, Database database)
{
    /// <summary>The code for a price that somebody set at Stripe to include its tax.</summary>
    public const string PriceInclusive = "price_tax_inclusive";

    /// <summary>Tells what Stripe was not told yet.</summary>
    /// <exception cref="JobFailedException">A price includes its tax, or taxes were set otherwise meanwhile: then nothing was told.</exception>
    public async Task Tell(StripeKeys keys, string mirrorId, CancellationToken cancellation)
    {
        var mirror = (await PlanMirror.Find(database, mirrorId, cancellation))!;
        if (mirror is { IsBeforeTax: true, Status: not "waiting" })
        {
            return;
        }

        foreach (var price in await Decide(keys, mirror, cancellation))
        {
            if (price.TaxBehavior is null or "unspecified")
            {
                await stripe.Open(keys).V1.Prices.UpdateAsync(price.Id, new PriceUpdateOptions { TaxBehavior = "exclusive" }, cancellationToken: cancellation);
            }
        }
    }

    /// <summary>Writes down, before Stripe is told, that a plan's prices are before tax; from then on no tax rate that lies within prices is taken. All of them are looked at first, for one that includes its
    /// tax ends the matter. The plan waits until <see cref="MirrorPlan"/> has told every price.</summary>
    /// <returns>Its prices that are at Stripe.</returns>
    public async Task<IReadOnlyList<Price>> Decide(StripeKeys keys, PlanMirror mirror, CancellationToken cancellation)
    {
        List<Price> prices = [];
        foreach (var part in mirror.Parts())
        {
            if (await Find(keys, PlanMirror.PriceOf(mirror.Id, part), cancellation) is { } price)
            {
                prices.Add(price.TaxBehavior != "inclusive" ? price : throw new JobFailedException(new(
                    StripeFailureKind.Refused, PriceInclusive,
                    $"The price {price.Id} was set at Stripe to include its tax, which Stripe does not take back, so that Stripe Tax cannot be used with it. Set taxes to rates or none and retry; "
                        + "or delete it in Stripe's dashboard where nothing was sold by it yet; or sell under a new plan.")));
            }
        }

        await using var transaction = await database.Begin(cancellation);
        // Held against a change of the setting, which looks for such plans while it holds the row alone.
        if (await TaxSetting.Hold(transaction, keys.IntegrationId, cancellation) is not { NeedsAddress: true })
        {
            throw new JobFailedException(new(StripeFailureKind.Transient, "taxes_changed", "Taxes were set otherwise meanwhile.", Answered: true));
        }

        if (await transaction.Execute("update plan_mirrors set exclusive = true, status = 'waiting' where id = @Id and not exclusive", mirror, cancellation) > 0)
        {
            await queue.Enqueue(transaction, keys.IntegrationId, keys.OrganizationId, MirrorPlan.JobKind, mirror.Id, cancellation);
        }

        await transaction.Commit(cancellation);
        queue.Wake();
        return prices;
    }

    /// <summary>A price by its id, or by its lookup key, which archived ones keep; null where there is none.</summary>
    public async Task<Price?> Find(StripeKeys keys, string ourId, CancellationToken cancellation)
    {
        var prices = stripe.Open(keys).V1.Prices;
        var found = await StripeObjects.Find(database, keys, ourId, cancellation) is { } known
            ? await StripeObjects.IfThere(() => prices.GetAsync(known, cancellationToken: cancellation)) : null;
        return found is null or { Deleted: true } ? (await prices.ListAsync(new PriceListOptions { LookupKeys = [ourId] }, cancellationToken: cancellation)).Data.Find(_ => true) : found;
    }
}
