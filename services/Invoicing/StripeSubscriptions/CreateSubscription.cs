using System.Net;
using Marketplace.Storage;
using Stripe;

namespace Marketplace.Invoicing;

/// <summary>Job: begin a subscription at Stripe with the payment method that its customer has stored, while nobody is there. A decline, or a payment that its
/// owner must confirm, is an answer: the first invoice is open with its page and says why, and Stripe gives it 23 hours. Without the method it begins at a checkout.
/// One that took another one's place is paid for until its period ends: Stripe charges nothing for it before, and it begins with or without a method.</summary>
public sealed class CreateSubscription(
    StripeConnections stripe, CreateCustomer customers, TaxLocation location, BeforeTax beforeTax, TakeOffDiscount discounts, RefusedRates rates, SubscriptionMirror mirror, CheckPlan check, CustomerDeletion deletion, JobQueue queue, Database database, TimeProvider clock) : IStripeJobKind
{
    /// <summary>Its name in the queue.</summary>
    public const string JobKind = "create_subscription";

    /// <inheritdoc/>
    public string Kind => JobKind;

    /// <summary>Adds the jobs of those that wait for their plan to be at Stripe, as it is now. Where a job brought it there, those that Stripe refused before are tried again.</summary>
    internal static async Task OfMirror(Transaction transaction, JobQueue queue, PlanMirror mirror, TimeProvider clock, CancellationToken cancellation, StripeJob? job = null)
    {
        var waiting = await transaction.Query<Waiting>(
            "select id, organization_id from stripe_subscriptions where mirror_id = @Id and stored_method and status = 'awaiting' order by organization_id, id", mirror, cancellation);
        var again = new { mirror.IntegrationId, JobKind, Ids = waiting.Select(one => one.Id).ToArray(), Now = clock.GetUtcNow() };
        // Invoices, lanes, jobs: the order in which everyone locks them. The invoices are those behind a job that is stuck.
        var behind = job is null ? [] : await transaction.Query<string>(
            """
            select id from invoices where level = 'error' and id in (select subject_id from stripe_jobs where integration_id = @IntegrationId and lane in (
                select lane from stripe_jobs where integration_id = @IntegrationId and kind = @JobKind and subject_id = any(@Ids) and status = 'failed'))
            order by id for no key update
            """, again, cancellation);
        await queue.Hold(transaction, mirror.IntegrationId, waiting.Select(one => one.OrganizationId), cancellation, job?.Lane);
        foreach (var one in waiting)
        {
            await queue.Enqueue(transaction, mirror.IntegrationId, one.OrganizationId, JobKind, one.Id, cancellation);
        }

        var lanes = job is null ? [] : await transaction.Query<string>(
            $"""
            update stripe_jobs set {JobQueue.TriedAnew}
            where integration_id = @IntegrationId and kind = @JobKind and subject_id = any(@Ids) and status = 'failed' returning lane
            """, again, cancellation);
        await transaction.Execute(
            """
            update invoices set level = 'pending', reasons = '[]' where id = any(@Behind)
                and id in (select subject_id from stripe_jobs where integration_id = @IntegrationId and lane = any(@Lanes))
            """, new { Behind = behind.ToArray(), Lanes = lanes.ToArray(), mirror.IntegrationId }, cancellation);
    }

    /// <summary>What an earlier attempt made is looked up before anything is made, so that a lost answer begins nothing twice.</summary>
    public async Task Carry(StripeJob job, StripeKeys keys, CancellationToken cancellation)
    {
        job = job.FreshKey ? await queue.UseFreshKey(job, cancellation) : job;
        var integration = await BillingIntegration.Find(database, keys.IntegrationId, cancellation);
        var ours = (await StripeSubscription.Find(database, job.SubjectId, cancellation))!;
        var client = stripe.Open(keys);
        // An integration that is being deleted begins nothing more.
        var (begun, isDrifted) = integration is null ? default : await Begun(client, job, integration, keys, ours, cancellation);
        if (isDrifted)
        {
            await LeaveToPlan(job, ours, cancellation);
            return;
        }

        while (true)
        {
            var apply = begun is null ? null : await mirror.Fetch(begun, integration!, cancellation);
            await using var transaction = await database.Begin(cancellation);
            try
            {
                await (apply is null ? ToCheckout(transaction, ours.Id, cancellation) : apply(transaction, cancellation));
                await queue.Finish(transaction, job, cancellation);
                await transaction.Commit(cancellation);
                return;
            }
            catch (TimeoutException) when (apply is not null)
            {
                // Its event was applied while Stripe was asked: asked again, there is nothing newer.
                continue;
            }
        }
    }

    // Stripe's id of it; null where it is not to be, or not with this method, or not until its plan is put right.
    private async Task<(string? Id, bool IsDrifted)> Begun(
        StripeClient client, StripeJob job, BillingIntegration integration, StripeKeys keys, StripeSubscription ours, CancellationToken cancellation)
    {
        if (await StripeObjects.Find(database, keys, ours.Id, cancellation) is { } known)
        {
            return (known, false);
        }

        var customer = await customers.Ensure(job, keys, ours.CustomerId, cancellation);
        try
        {
            var found = job.MayHaveRun ? await LookUp(client, customer, ours.Id, cancellation) : null;
            if (found is null && await PlanMirror.Find(database, ours.MirrorId, cancellation) is { Status: "waiting" })
            {
                // Its plan is brought to Stripe anew, as where Stripe Tax has to be told that its prices are before tax.
                return (null, true);
            }

            return (found ?? await Begin(client, job, keys, ours, customer, cancellation), false);
        }
        catch (StripeException exception) when (CustomerDeletion.Tells(exception))
        {
            // Deleted at Stripe, and its event was lost: that ends the subscription, not the lane.
            await deletion.Apply(keys, ours.CustomerId, cancellation);
            return default;
        }
        catch (StripeException exception) when (TaxLocation.IsUnclear(exception))
        {
            throw TaxLocation.Unclear(ours.OrganizationId);
        }
        catch (StripeException exception) when (StripeFailure.Of(exception, cancellation) is { Kind: StripeFailureKind.Refused })
        {
            var plan = (await PlanMirror.Find(database, ours.MirrorId, cancellation))!;
            if (await check.IsDrifted(integration, plan, cancellation))
            {
                return (null, true);
            }

            throw;
        }
    }

    // The lane goes on: the job that puts the plan right may stand behind this one, and adds it again. Not if it is through already, for it found this one here.
    private async Task LeaveToPlan(StripeJob job, StripeSubscription ours, CancellationToken cancellation)
    {
        await using var transaction = await database.Begin(cancellation);
        if (await PlanMirror.Lock(transaction, ours.MirrorId, cancellation) is not { Status: "drifted" or "waiting" })
        {
            throw new JobFailedException(new(StripeFailureKind.Transient, "plan_put_right", "Its plan was changed at Stripe, and was put right meanwhile.", Answered: true));
        }

        await queue.Finish(transaction, job, cancellation);
        await transaction.Commit(cancellation);
        queue.Wake();
    }

    private static async Task<string?> LookUp(StripeClient client, string customer, string ourId, CancellationToken cancellation)
    {
        await foreach (var found in client.V1.Subscriptions.ListAutoPagingAsync(new SubscriptionListOptions { Customer = customer, Status = "all", Limit = 100 }, cancellationToken: cancellation))
        {
            if (found.Metadata?.GetValueOrDefault(StripeMetadata.Id) == ourId)
            {
                return found.Id;
            }
        }

        return null;
    }

    private async Task<string?> Begin(StripeClient client, StripeJob job, StripeKeys keys, StripeSubscription ours, string customer, CancellationToken cancellation)
    {
        var wanted = await database.QueryOne<Wanted>(
            """
            select c.default_method_id from stripe_subscriptions s join customers c on c.id = s.customer_id join subscriptions b on b.id = s.id
            where s.id = @Id and s.status = 'awaiting' and s.stored_method and b.cancelled_at is null and c.deleted_at is null
            """, ours, cancellation);
        var token = wanted?.DefaultMethodId is { } method ? await StripeObjects.Find(database, keys, method, cancellation) : null;
        if (wanted is null || (token is null && !ours.IsAwaitingSuccessor))
        {
            return null;
        }

        var renewal = ours.IsAwaitingSuccessor ? RenewalAnchor.After(clock.GetUtcNow(), ours.Calendar()) : null;
        if (renewal is { IsNear: true })
        {
            throw new JobFailedException(new(StripeFailureKind.Transient, "renewal_is_near", "One of its periods ends or begins at about this moment; it begins at Stripe a little later."));
        }

        var tax = await location.Demand(job, keys, (ours.CustomerId, customer, ours.OrganizationId), cancellation);
        await (tax.NeedsAddress ? beforeTax.Tell(keys, ours.MirrorId, cancellation) : Task.CompletedTask);
        await discounts.Before(keys, ours.CustomerId, customer, cancellation);
        await StripeSubscription.Begins(database, ours.Id, tax, cancellation);
        var options = await Options(keys, ours, customer, token, renewal, tax, cancellation);
        try
        {
            return await Create(token);
        }
        catch (StripeException exception) when (exception.HttpStatusCode is HttpStatusCode.BadRequest or HttpStatusCode.NotFound && exception.StripeError?.Param == "default_payment_method")
        {
            // Detached at Stripe meanwhile; its event, or the daily look, tells the rest.
            options.DefaultPaymentMethod = null;
            return ours.IsAwaitingSuccessor ? await Create(null) : null;
        }

        // Asked for a later renewal, or with other taxes, it is another question; what an earlier one began is found by the look at what is there.
        async Task<string> Create(string? paidWith) => (await rates.Give(keys, tax, () => client.V1.Subscriptions.CreateAsync(
            options, new RequestOptions { IdempotencyKey = job.Key($"subscription-{paidWith}-{renewal?.At:s}-{tax.Digest}") }, cancellation), cancellation)).Id;
    }

    private async Task<SubscriptionCreateOptions> Options(StripeKeys keys, StripeSubscription ours, string customer, string? method, RenewalAnchor? renewal, TaxSetting tax, CancellationToken cancellation)
    {
        var plan = (await PlanMirror.Find(database, ours.MirrorId, cancellation))!;
        var snapshot = ours.Snapshot();
        List<SubscriptionItemOptions> items = [];
        foreach (var part in plan.Parts())
        {
            // Of what a meter counts there is no quantity.
            items.Add(new() { Price = await StripeObjects.Find(database, keys, PlanMirror.PriceOf(plan.Id, part), cancellation), Quantity = RecurringParts.QuantityOf(snapshot, part) });
        }

        var options = new SubscriptionCreateOptions
        {
            Customer = customer,
            DefaultPaymentMethod = method,
            Items = items,
            AddInvoiceItems = snapshot.SetupFee > 0 && renewal is null
                ? [new() { Quantity = 1, PriceData = new() { Currency = snapshot.Currency.ToLowerInvariant(), Product = plan.Id, UnitAmount = snapshot.SetupFee, TaxBehavior = tax.Behavior } }]
                : null,
            AutomaticTax = tax.NeedsAddress ? new() { Enabled = true } : null,
            BillingMode = new() { Type = "flexible" },
            DefaultTaxRates = tax.Rates.Count > 0 ? [.. tax.Rates] : null,
            Description = plan.Title,
            Metadata = StripeMetadata.Of(keys.IntegrationId, ours.OrganizationId, ours.Id),
            OffSession = true,
            PaymentBehavior = "allow_incomplete",
        };
        renewal?.Set(options);
        return options;
    }

    // One that is over, or has begun otherwise, is left as it is.
    private static Task ToCheckout(Transaction transaction, string id, CancellationToken cancellation) => transaction.Execute(
        "update stripe_subscriptions set stored_method = false, version = version + 1 where id = @id and status = 'awaiting' and stored_method", new { id }, cancellation);

    private sealed record Wanted(string? DefaultMethodId);

    private sealed record Waiting(string Id, string OrganizationId);
}
