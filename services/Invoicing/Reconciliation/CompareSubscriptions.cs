using Marketplace.Storage;
using Stripe;

namespace Marketplace.Invoicing;

/// <summary>Step of the billing model in which Stripe renews: its subscriptions against ours, both ways. What differs is applied by the mirror that webhooks go through; so a completed
/// checkout that nobody told us of opens access, and a second subscription for the same one of ours is undone.</summary>
public sealed class CompareSubscriptions(StripeConnections stripe, SubscriptionMirror mirror, DriftLog log, JobQueue queue, Database database) : IReconciliationStep
{
    private const int PageSize = 100;
    private const int Tries = 3;
    private const string ObjectType = "subscription";
    private const string OursAreNext = "ours:";

    /// <inheritdoc/>
    public string Name => "subscriptions";

    /// <inheritdoc/>
    public bool Concerns(BillingIntegration integration) => integration.BillingModel == StripeSubscription.BillingModel;

    /// <inheritdoc/>
    public Task<ComparedPage> Compare(ReconciliationRun run, BillingIntegration integration, string? cursor, CancellationToken cancellation) =>
        cursor?.StartsWith(OursAreNext, StringComparison.Ordinal) == true
            ? CompareOurs(run, integration, cursor[OursAreNext.Length..], cancellation)
            : CompareTheirs(run, integration, cursor, cancellation);

    /// <inheritdoc/>
    public async Task<DriftVerdict> Look(Drift drift, BillingIntegration integration, bool byHand, CancellationToken cancellation)
    {
        drift = drift.OurId is null ? drift with { OurId = await Whose(integration, drift.StripeId!, cancellation) } : drift;
        var left = await Settle(null, integration, drift.OurId, drift.StripeId!, cancellation);
        return (left?.Kind ?? drift.Kind) switch
        {
            // What a job in the queue is to make right is no difference to the comparison, and not gone before it is done.
            DriftKind.SubscriptionTaxes when left is null =>
                await BringTaxes.Look(database, drift.OurId!, cancellation) is (true, _, var moves) ? DriftVerdict.InQueue(moves) : DriftVerdict.Repaired,
            DriftKind.SubscriptionStatus when left is null && drift.OurId is { } id => await GoneWith(EndSubscription.JobKind, id, cancellation),
            DriftKind.UnknownObject or DriftKind.SubscriptionMissingHere when left is null => await GoneWith(UndoSubscription.JobKind, drift.StripeId!, cancellation),
            _ when left is null => DriftVerdict.Repaired,
            DriftKind.SubscriptionStatus when byHand && await TellEnd(drift.OurId!, cancellation) => DriftVerdict.Queued,
            DriftKind.SubscriptionTaxes when !await WasSetUp(drift, cancellation) => DriftVerdict.InQueue(!await queue.StandsStill(SetUpSubscription.JobKind, drift.OurId!, cancellation)),
            // The look has put the job into the queue, unless it stands there. One that came and did not put it back is not waited for, unless somebody asks anew.
            DriftKind.SubscriptionChanged when !SubscriptionShape.Lasts(left.AtStripe.Split(", ")) && (byHand || !await WasSetUp(drift, cancellation)) =>
                DriftVerdict.InQueue(!await queue.StandsStill(SetUpSubscription.JobKind, drift.OurId!, cancellation)),
            // So it has for one more than ours, and for one of ours that is over.
            DriftKind.UnknownObject or DriftKind.SubscriptionMissingHere when drift.OurId is not null =>
                DriftVerdict.InQueue(!await queue.StandsStill(UndoSubscription.JobKind, drift.StripeId!, cancellation)),
            _ => DriftVerdict.Open(left.Detail),
        };
    }

    // Gone at Stripe, and done with once its job is.
    private async Task<DriftVerdict> GoneWith(string kind, string subject, CancellationToken cancellation) =>
        await queue.IsUnderWay(kind, subject, cancellation) ? DriftVerdict.Queued
        : await queue.StandsStill(kind, subject, cancellation) ? DriftVerdict.InQueue(moves: false)
        : DriftVerdict.Repaired;

    // One more than ours is noted without ours: its metadata says whose it is.
    private async Task<string?> Whose(BillingIntegration integration, string stripeId, CancellationToken cancellation) =>
        await Ask(integration, stripeId, cancellation) is { } theirs && Named(integration, theirs) is { } named ? (await Find(integration, named, cancellation))?.Id : null;

    // The job that was added for it came and left it as it was.
    private Task<bool> WasSetUp(Drift drift, CancellationToken cancellation) => database.QueryOne<bool>(
        "select exists (select from stripe_jobs_done where kind = @JobKind and subject_id = @OurId and outcome = 'finished' and finished_at >= @FoundAt)",
        new { SetUpSubscription.JobKind, drift.OurId, drift.FoundAt }, cancellation);

    // What we wish and never got to Stripe, as where somebody removed its job.
    private async Task<bool> TellEnd(string id, CancellationToken cancellation)
    {
        await using var transaction = await database.Begin(cancellation);
        var isOver = await BilledSubscription.Lock(transaction, id, cancellation) is { CancelledAt: not null };
        if (await StripeSubscription.Lock(transaction, id, cancellation) is not { EndedAt: null } ours || (!isOver && ours.EndsWithPeriod == ours.EndsAtStripe))
        {
            return false;
        }

        await queue.Enqueue(transaction, ours.IntegrationId, ours.OrganizationId, EndSubscription.JobKind, id, cancellation);
        await transaction.Commit(cancellation);
        queue.Wake();
        return true;
    }

    private async Task<ComparedPage> CompareTheirs(ReconciliationRun run, BillingIntegration integration, string? cursor, CancellationToken cancellation)
    {
        var page = await stripe.Open(integration.Keys with { InBackground = true }).V1.Subscriptions.ListAsync(
            new SubscriptionListOptions { Status = "all", Created = new DateRangeOptions { GreaterThanOrEqual = run.Since.UtcDateTime }, Limit = PageSize, StartingAfter = cursor },
            cancellationToken: cancellation);
        foreach (var theirs in page.Data.Where(subscription => Named(integration, subscription) is not null))
        {
            var ours = await Find(integration, Named(integration, theirs)!, cancellation);
            if (await Difference(integration, ours, theirs, cancellation) is not null && await Settle(run, integration, ours?.Id, theirs.Id, cancellation) is { } left)
            {
                await Note(run, integration, ours?.Id, theirs.Id, left, cancellation);
            }
        }

        await database.Execute(
            "update stripe_objects set seen_in_run = @Run where account_id = @AccountId and livemode = @Livemode and stripe_id = any(@seen)",
            new { Run = run.Id, integration.AccountId, integration.Livemode, seen = page.Data.Select(subscription => subscription.Id).ToArray() }, cancellation);
        return new(page.HasMore ? page.Data[^1].Id : OursAreNext, page.Data.Count);
    }

    private async Task<ComparedPage> CompareOurs(ReconciliationRun run, BillingIntegration integration, string after, CancellationToken cancellation)
    {
        var page = await database.Query<Booked>(
            $"{Select} where s.integration_id = @Id and s.id > @after and s.ended_at is null and o.stripe_id is not null and o.seen_in_run is distinct from @Run order by s.id limit @PageSize",
            new { integration.Id, after, Run = run.Id, PageSize }, cancellation);
        foreach (var ours in page)
        {
            if (await Settle(run, integration, ours.Id, ours.StripeId!, cancellation) is { } left)
            {
                await Note(run, integration, ours.Id, ours.StripeId!, left, cancellation);
            }
        }

        return new(page.Count == PageSize ? OursAreNext + page[^1].Id : null, page.Count);
    }

    // Ours is read before Stripe is asked and held by the mirror against its version: a webhook that is applied meanwhile is no difference.
    private async Task<Difference?> Settle(ReconciliationRun? run, BillingIntegration integration, string? ourId, string stripeId, CancellationToken cancellation)
    {
        for (var tried = 1; ; tried++)
        {
            var ours = ourId is null ? null : await Find(integration, ourId, cancellation);
            var theirs = await Ask(integration, stripeId, cancellation);
            var difference = theirs is null
                ? ours is { EndedAt: null } ? new(DriftKind.SubscriptionMissingAtStripe, ours.State, "none", "End it here, or accept it.") : null
                : await Difference(integration, ours, theirs, cancellation);
            if (difference is null or { Kind: DriftKind.SubscriptionMissingAtStripe } || ours is null)
            {
                return difference;
            }

            try
            {
                return await Apply(run, integration, ours, theirs!, difference, cancellation);
            }
            catch (TimeoutException) when (tried < Tries)
            {
                // Ours changed while Stripe was asked: both are looked at again.
            }
            catch (TimeoutException changed)
            {
                throw new JobFailedException(new(StripeFailureKind.Transient, "subscription_changed", changed.Message));
            }
        }
    }

    private async Task<Difference?> Apply(
        ReconciliationRun? run, BillingIntegration integration, Booked ours, Subscription theirs, Difference difference, CancellationToken cancellation)
    {
        var apply = await mirror.Fetch(theirs.Id, integration, cancellation);
        await using var transaction = await database.Begin(cancellation);
        var reason = await apply(transaction, cancellation);
        var after = (await transaction.QueryOne<Booked>($"{Select} where s.id = @Id", new { ours.Id }, cancellation))!;
        var left = Difference(after, theirs, (await StripeSubscription.Lock(transaction, ours.Id, cancellation))!.IsEndedWithPeriod(theirs));
        // Those are gone when the job that the mirror added is done.
        var lasts = difference.Kind is DriftKind.SubscriptionChanged or DriftKind.SubscriptionTaxes;
        if (left is null && run is not null && !lasts)
        {
            await log.Note(transaction, run, integration, Name, ObjectType, ours.Id, theirs.Id, difference, DriftState.Repaired, cancellation);
        }

        // What the mirror put into the queue stays, also where the difference lasts until that is done.
        await transaction.Commit(cancellation);
        queue.Wake();
        left ??= lasts ? difference : null;
        return left is null ? null : left with { Detail = reason ?? left.Detail };
    }

    private async Task<Difference?> Difference(BillingIntegration integration, Booked? ours, Subscription theirs, CancellationToken cancellation)
    {
        var row = ours is null ? null : await StripeSubscription.Find(database, ours.Id, cancellation);
        if (Difference(ours, theirs, row?.IsEndedWithPeriod(theirs) == true) is { } difference)
        {
            return difference;
        }

        if (row is null || ours!.StripeId != theirs.Id)
        {
            return null;
        }

        var changed = await mirror.Changed(integration.Keys, row, theirs, cancellation);
        return changed.Count > 0 ? new(DriftKind.SubscriptionChanged, "as set up", string.Join(", ", changed), SubscriptionShape.Advice(changed))
            : row.Taxes != integration.Tax.Word && await BringTaxes.Look(database, row.Id, cancellation) is (true, false, _) ? new(
                DriftKind.SubscriptionTaxes, integration.Tax.Word, row.Taxes,
                "A job brings the setting to it; its next renewal is settled with the setting all the same. A job that came and left it: a price of its plan includes its tax, or Stripe does not recognize the address.")
            : null;
    }

    private static Difference? Difference(Booked? ours, Subscription theirs, bool endsWithPeriod) =>
        theirs.Status is "incomplete" or "incomplete_expired" or "canceled" && (ours is null || ours.StripeId != theirs.Id) ? null
        : ours is null ? new(DriftKind.UnknownObject, "none", theirs.Status, "It names a subscription that this billing integration does not renew. Cancel it at Stripe.")
        : ours.StripeId is null ? new(DriftKind.SubscriptionMissingHere, ours.Status, theirs.Status)
        : ours.StripeId != theirs.Id ? new(DriftKind.UnknownObject, ours.StripeId, theirs.Status, $"One more for {ours.Id}: a job cancels it and gives back what was paid.")
        : ours is { Cancelled: true, Ending: false } && !StripeSubscription.IsOver(theirs.Status)
            ? new(DriftKind.SubscriptionStatus, ours.State, theirs.Status, "It ended here, and nothing is on its way to end it at Stripe. A repair does.")
        : ours.Status != theirs.Status || (!ours.Ending && ours.EndedAt is null && ours.EndsWithPeriod != endsWithPeriod)
            ? new(DriftKind.SubscriptionStatus, ours.State, endsWithPeriod ? $"{theirs.Status}, ends with its period" : theirs.Status)
        : null;

    private Task<Subscription?> Ask(BillingIntegration integration, string stripeId, CancellationToken cancellation) =>
        StripeObjects.IfThere(() => stripe.Open(integration.Keys).V1.Subscriptions.GetAsync(stripeId, cancellationToken: cancellation));

    private Task<Booked?> Find(BillingIntegration integration, string ourId, CancellationToken cancellation) =>
        database.QueryOne<Booked>($"{Select} where s.integration_id = @Integration and s.id = @ourId", new { Integration = integration.Id, ourId }, cancellation);

    private async Task Note(ReconciliationRun run, BillingIntegration integration, string? ourId, string stripeId, Difference difference, CancellationToken cancellation)
    {
        await using var transaction = await database.Begin(cancellation);
        await log.Note(
            transaction, run, integration, Name, ObjectType, difference.Kind == DriftKind.UnknownObject ? null : ourId, stripeId, difference, DriftState.Open, cancellation);
        await transaction.Commit(cancellation);
    }

    // The id of ours that a subscription carries; null for those of others.
    private static string? Named(BillingIntegration integration, Subscription subscription) =>
        subscription.Metadata?.GetValueOrDefault(StripeMetadata.Integration) == integration.Id ? subscription.Metadata.GetValueOrDefault(StripeMetadata.Id) : null;

    private const string Select =
        $"""
        select s.id, s.status, s.ends_with_period, s.ended_at, o.stripe_id,
            exists (select from stripe_jobs j where j.kind = '{EndSubscription.JobKind}' and j.subject_id = s.id) as ending,
            exists (select from subscriptions b where b.id = s.id and b.cancelled_at is not null) as cancelled
        from stripe_subscriptions s left join stripe_objects o on o.our_id = s.id
        """;

    private sealed record Booked
    {
        public required string Id { get; init; }

        public required string Status { get; init; }

        public bool EndsWithPeriod { get; init; }

        public DateTimeOffset? EndedAt { get; init; }

        public string? StripeId { get; init; }

        public bool Ending { get; init; }

        public bool Cancelled { get; init; }

        public string State => Cancelled ? "ended" : EndsWithPeriod ? $"{Status}, ends with its period" : Status;
    }
}
