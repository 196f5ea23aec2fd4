using System.Net;
using Marketplace.Storage;
using Stripe;

namespace Marketplace.Invoicing;

/// <summary>Job: begin a subscription at Stripe with the payment method that its customer has stored, while nobody is there. A decline, or a payment that its
/// owner must confirm, is an answer: the first invoice is open with its page and says why, and Stripe gives it 23 hours. Without the method it begins at a checkout.</summary>
public sealed class CreateSubscription(StripeConnections stripe, CreateCustomer customers, SubscriptionMirror mirror, JobQueue queue, Database database) : IStripeJobKind
{
    /// <summary>Its name in the queue.</summary>
    public const string JobKind = "create_subscription";

    /// <inheritdoc/>
    public string Kind => JobKind;

    /// <summary>Adds the jobs of those that wait for their plan to be at Stripe, as it is now.</summary>
    internal static async Task OfMirror(Transaction transaction, JobQueue queue, string mirrorId, CancellationToken cancellation)
    {
        foreach (var waiting in await transaction.Query<Waiting>(
            "select id, integration_id, organization_id from stripe_subscriptions where mirror_id = @mirrorId and stored_method and status = 'awaiting' order by organization_id, id",
            new { mirrorId }, cancellation))
        {
            await queue.Enqueue(transaction, waiting.IntegrationId, waiting.OrganizationId, JobKind, waiting.Id, cancellation);
        }
    }

    /// <summary>What an earlier attempt made is looked up before anything is made, so that a lost answer begins nothing twice.</summary>
    public async Task Carry(StripeJob job, StripeKeys keys, CancellationToken cancellation)
    {
        job = job.FreshKey ? await queue.UseFreshKey(job, cancellation) : job;
        var integration = await BillingIntegration.Find(database, keys.IntegrationId, cancellation);
        var ours = (await StripeSubscription.Find(database, job.SubjectId, cancellation))!;
        var client = stripe.Open(keys);
        // An integration that is being deleted begins nothing more.
        var begun = integration is null ? null : await Begun(client, job, keys, ours, cancellation);
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

    // Stripe's id of it; null where it is not to be, or not with this method.
    private async Task<string?> Begun(StripeClient client, StripeJob job, StripeKeys keys, StripeSubscription ours, CancellationToken cancellation)
    {
        if (await StripeObjects.Find(database, keys, ours.Id, cancellation) is { } known)
        {
            return known;
        }

        var customer = await customers.Ensure(job, keys, ours.CustomerId, cancellation);
        return (job.MayHaveRun ? await LookUp(client, customer, ours.Id, cancellation) : null) ?? await Begin(client, job, keys, ours, customer, cancellation);
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
        var method = await database.QueryOne<string>(
            """
            select c.default_method_id from stripe_subscriptions s join customers c on c.id = s.customer_id join subscriptions b on b.id = s.id
            where s.id = @Id and s.status = 'awaiting' and s.stored_method and b.cancelled_at is null and c.deleted_at is null
            """, ours, cancellation);
        if (method is null || await StripeObjects.Find(database, keys, method, cancellation) is not { } token)
        {
            return null;
        }

        var plan = (await PlanMirror.Find(database, ours.MirrorId, cancellation))!;
        try
        {
            var options = await Options(keys, ours, plan, customer, token, cancellation);
            return (await client.V1.Subscriptions.CreateAsync(options, new RequestOptions { IdempotencyKey = job.Key($"subscription-{token}") }, cancellation)).Id;
        }
        catch (StripeException exception) when (exception.HttpStatusCode is HttpStatusCode.BadRequest or HttpStatusCode.NotFound && exception.StripeError?.Param == "default_payment_method")
        {
            // Detached at Stripe meanwhile; its event, or the daily look, tells the rest.
            return null;
        }
    }

    private async Task<SubscriptionCreateOptions> Options(StripeKeys keys, StripeSubscription ours, PlanMirror plan, string customer, string method, CancellationToken cancellation)
    {
        var snapshot = ours.Snapshot();
        List<SubscriptionItemOptions> items = [];
        foreach (var part in plan.Parts())
        {
            // Of what a meter counts there is no quantity.
            items.Add(new() { Price = await StripeObjects.Find(database, keys, plan.PriceOf(part), cancellation), Quantity = part.Unit is null ? 1 : null });
        }

        return new()
        {
            Customer = customer,
            DefaultPaymentMethod = method,
            Items = items,
            AddInvoiceItems = snapshot.SetupFee > 0
                ? [new() { Quantity = 1, PriceData = new() { Currency = snapshot.Currency.ToLowerInvariant(), Product = plan.Id, UnitAmount = snapshot.SetupFee } }]
                : null,
            BillingMode = new() { Type = "flexible" },
            Description = plan.Title,
            Metadata = StripeMetadata.Of(keys.IntegrationId, ours.OrganizationId, ours.Id),
            OffSession = true,
            PaymentBehavior = "allow_incomplete",
        };
    }

    // One that is over, or has begun otherwise, is left as it is.
    private static Task ToCheckout(Transaction transaction, string id, CancellationToken cancellation) => transaction.Execute(
        "update stripe_subscriptions set stored_method = false, version = version + 1 where id = @id and status = 'awaiting' and stored_method", new { id }, cancellation);

    private sealed record Waiting(string Id, string IntegrationId, string OrganizationId);
}
