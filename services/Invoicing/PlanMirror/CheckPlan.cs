using Marketplace.Storage;
using Stripe;

namespace Marketplace.Invoicing;

/// <summary>Holds a plan against what it is at Stripe. What was changed there is shown to the provider, keeps new checkouts waiting, and is put right by <see cref="MirrorPlan"/>.</summary>
public sealed class CheckPlan(StripeConnections stripe, StripeChanges changes, JobQueue queue, Database database, TimeProvider clock)
{
    /// <summary>What changes at a plan are filed under.</summary>
    public const string ObjectType = "plan";

    /// <summary>What differs at Stripe, in stable words; none where all is as we made it.</summary>
    public async Task<IReadOnlyList<string>> Ask(StripeKeys keys, PlanMirror mirror, CancellationToken cancellation)
    {
        var client = stripe.Open(keys);
        List<string> what = [.. Differences(mirror, await StripeObjects.IfThere(() => client.V1.Products.GetAsync(mirror.Id, cancellationToken: cancellation)))];
        foreach (var part in mirror.Parts())
        {
            var price = await StripeObjects.Find(database, keys, PlanMirror.PriceOf(mirror.Id, part), cancellation) is { } known
                ? await StripeObjects.IfThere(() => client.V1.Prices.GetAsync(known, cancellationToken: cancellation)) : null;
            what.AddRange(Differences(mirror, part, price).Select(word => $"{word}/{part.Key}"));
            if (part.Unit is not null)
            {
                var meter = await StripeObjects.Find(database, keys, PlanMirror.MeterOf(mirror.Id, part), cancellation) is { } id
                    ? await StripeObjects.IfThere(() => client.V1.Billing.Meters.GetAsync(id, cancellationToken: cancellation)) : null;
                what.AddRange(Differences(mirror, part, meter).Select(word => $"{word}/{part.Key}"));
            }
        }

        return what;
    }

    /// <summary>Applies what was found inside a write: the plan is drifted and a job is on its way, or it is as it should be.</summary>
    /// <exception cref="TimeoutException">The job that puts it right is under way: it is asked about again.</exception>
    public async Task Apply(Transaction transaction, BillingIntegration integration, string mirrorId, IReadOnlyList<string> what, CancellationToken cancellation)
    {
        var held = await PlanMirror.Lock(transaction, mirrorId, cancellation);
        if (held is null or { Status: "waiting" })
        {
            // The job that makes it is on its way, or is put there by whoever needs the plan.
            return;
        }

        if (what.Count == 0)
        {
            await MarkReady(transaction, held, cancellation);
            return;
        }

        if (await transaction.QueryOne<bool>("select exists (select from stripe_jobs where kind = @JobKind and subject_id = @Id and status = 'running')", new { MirrorPlan.JobKind, held.Id }, cancellation))
        {
            // It may have looked at what was changed before that, and would end as if there were nothing.
            throw new TimeoutException($"{held.Id} may have been changed while Stripe was asked about it: the job that puts it right is under way.");
        }

        await transaction.Execute(
            "update plan_mirrors set status = 'drifted', drifted = @What, checked_at = @Now where id = @Id", new { held.Id, What = what.ToArray(), Now = clock.GetUtcNow() }, cancellation);
        await changes.Note(
            transaction, integration.Keys, ObjectType, held.Id, what,
            "A job puts it back: subscriptions go on, and new checkouts wait for it. If its job fails, GET /v1/billing-integrations/{id}/job-queue says why. Change plans in the marketplace, not at Stripe.",
            cancellation);
        await queue.Enqueue(transaction, integration.Id, integration.OrganizationId, MirrorPlan.JobKind, held.Id, cancellation);
    }

    /// <summary>Writes down that a plan is at Stripe as we made it; what waits for it to begin with a stored payment method is begun. Whoever begins one meanwhile holds the
    /// mirror's row, or sees it ready.</summary>
    /// <param name="mirror">Held.</param>
    /// <param name="job">The job that brought it there.</param>
    public async Task MarkReady(Transaction transaction, PlanMirror mirror, CancellationToken cancellation, StripeJob? job = null)
    {
        await transaction.Execute(
            "update plan_mirrors set status = 'ready', drifted = '{}', checked_at = @Now where id = @Id", new { mirror.Id, Now = clock.GetUtcNow() }, cancellation);
        await changes.Repaired(transaction, mirror.IntegrationId, ObjectType, mirror.Id, cancellation);
        await CreateSubscription.OfMirror(transaction, queue, mirror, clock, cancellation, job);
    }

    /// <summary>Has a plan brought to Stripe whose job is not there any more, where a subscription still waits for it.</summary>
    public Task Ensure(BillingIntegration integration, string mirrorId, CancellationToken cancellation) => Write(
        async transaction =>
        {
            if (await PlanMirror.Lock(transaction, mirrorId, cancellation) is { Status: not "ready" } && await transaction.QueryOne<bool>(
                """
                select exists (select from stripe_subscriptions s join subscriptions b on b.id = s.id
                    where s.mirror_id = @mirrorId and s.status = 'awaiting' and b.cancelled_at is null)
                """, new { mirrorId }, cancellation))
            {
                await queue.Enqueue(transaction, integration.Id, integration.OrganizationId, MirrorPlan.JobKind, mirrorId, cancellation);
            }
        }, cancellation);

    /// <summary>Has a plan put right that turned out, while it was used, not to be as we made it.</summary>
    /// <param name="what">What was noticed.</param>
    public async Task Repair(StripeKeys keys, string mirrorId, string what, CancellationToken cancellation)
    {
        var integration = (await BillingIntegration.Find(database, keys.IntegrationId, cancellation))!;
        await Write(transaction => Apply(transaction, integration, mirrorId, [what], cancellation), cancellation);
    }

    /// <summary>Whether a plan that Stripe refused to sell was changed there; then it is on its way to be put right.</summary>
    public async Task<bool> IsDrifted(BillingIntegration integration, PlanMirror mirror, CancellationToken cancellation)
    {
        IReadOnlyList<string> what;
        try
        {
            what = await Ask(integration.Keys, mirror, cancellation);
        }
        catch (Exception exception) when (StripeFailure.Of(exception, cancellation) is not null)
        {
            return false;
        }

        try
        {
            await Write(transaction => Apply(transaction, integration, mirror.Id, what, cancellation), cancellation);
        }
        catch (TimeoutException)
        {
            // It is being put right; whoever asks again sees whether that left something.
            return true;
        }

        return what.Count > 0;
    }

    private async Task Write(Func<Transaction, Task> write, CancellationToken cancellation)
    {
        await using var transaction = await database.Begin(cancellation);
        await write(transaction);
        await transaction.Commit(cancellation);
        queue.Wake();
    }

    /// <summary>How a product differs.</summary>
    internal static IEnumerable<string> Differences(PlanMirror mirror, Product? product) =>
        product is null or { Deleted: true } ? ["product_deleted"]
        : [.. product.Active ? (string[])[] : ["product_archived"], .. product.Name == mirror.Title ? (string[])[] : ["product_renamed"]];

    /// <summary>How a price differs. What it costs cannot be changed at Stripe.</summary>
    internal static IEnumerable<string> Differences(PlanMirror mirror, RecurringPart part, Price? price) =>
        price is null or { Deleted: true } ? ["price_deleted"]
        :
        [
            .. price.Active ? (string[])[] : ["price_archived"], .. price.Nickname == MirrorPlan.NameOf(part) ? (string[])[] : ["price_renamed"],
            .. price.LookupKey == PlanMirror.PriceOf(mirror.Id, part) ? (string[])[] : ["price_lookup_key"],
        ];

    /// <summary>How a meter differs.</summary>
    internal static IEnumerable<string> Differences(PlanMirror mirror, RecurringPart part, Stripe.Billing.Meter? meter) =>
        meter is null ? ["meter_deleted"]
        : [.. meter.Status == "active" ? (string[])[] : ["meter_deactivated"], .. meter.DisplayName == mirror.NameOfMeter(part) ? (string[])[] : ["meter_renamed"]];
}
