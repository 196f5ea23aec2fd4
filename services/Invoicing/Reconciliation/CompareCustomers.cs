using Marketplace.Storage;
using Stripe;

namespace Marketplace.Invoicing;

/// <summary>Step: customers, both ways. Stripe lists no deleted ones, so those of ours that it did not list are asked for by themselves.</summary>
public sealed class CompareCustomers(StripeConnections stripe, MirrorPaymentMethods mirror, CustomerChanges changes, JobQueue queue, DriftLog log, Database database, TimeProvider clock) : IReconciliationStep
{
    private const int PageSize = 100;
    private const string OursAreNext = "ours:";

    // Only customers who are still charged: of others nothing is needed any more.
    private const string Charged =
        """
        (exists (select from subscriptions s where s.integration_id = c.integration_id and s.organization_id = c.organization_id and s.cancelled_at is null)
            or exists (select from invoices v where v.customer_id = c.id and v.status in ('draft', 'open', 'past_due', 'incomplete')))
        """;

    /// <inheritdoc/>
    public string Name => "customers";

    /// <inheritdoc/>
    public bool Concerns(BillingIntegration integration) => true;

    /// <inheritdoc/>
    public Task<ComparedPage> Compare(ReconciliationRun run, BillingIntegration integration, string? cursor, CancellationToken cancellation) =>
        cursor?.StartsWith(OursAreNext, StringComparison.Ordinal) == true
            ? CompareOurs(run, integration, cursor[OursAreNext.Length..], cancellation)
            : CompareTheirs(run, integration, cursor, cancellation);

    /// <inheritdoc/>
    public async Task<DriftVerdict> Look(Drift drift, BillingIntegration integration, bool byHand, CancellationToken cancellation)
    {
        if (drift.OurId is null)
        {
            var unknown = await Ask(integration, drift.StripeId!, cancellation);
            return unknown is null || Named(integration, unknown) is null ? DriftVerdict.Repaired : DriftVerdict.Open(null);
        }

        // Its deletion was taken over since: what is charged next goes to another customer, and this one stays deleted.
        if (await database.QueryOne<bool>("select exists (select from customers where id = @OurId and deleted_at is not null)", drift, cancellation))
        {
            return DriftVerdict.Repaired;
        }

        // Read before the pair, which the job writes.
        var isUnderWay = await queue.IsUnderWay(CreateCustomer.JobKind, drift.OurId, cancellation);
        var pair = await database.QueryOne<string>("select stripe_id from stripe_objects where our_id = @OurId", drift, cancellation);
        var theirs = pair is null ? null : await Ask(integration, pair, cancellation);
        if (drift.Kind == DriftKind.CustomerChanged)
        {
            return theirs is null || !changes.IsDiscounted(theirs) ? DriftVerdict.Repaired : await PutBack(integration, theirs.Id, cancellation);
        }

        if (theirs is not null)
        {
            return DriftVerdict.Repaired;
        }

        return byHand ? await MakeAgain(drift, integration, pair, cancellation) : isUnderWay ? DriftVerdict.Queued : DriftVerdict.Open(null);
    }

    private async Task<ComparedPage> CompareTheirs(ReconciliationRun run, BillingIntegration integration, string? cursor, CancellationToken cancellation)
    {
        var page = await stripe.Open(integration.Keys with { InBackground = true }).V1.Customers.ListAsync(new CustomerListOptions { Limit = PageSize, StartingAfter = cursor }, cancellationToken: cancellation);
        // Stripe lists the newest first; of several that carry the same metadata the one that was made first is ours.
        var named = page.Data.Reverse<Customer>().Where(customer => Named(integration, customer) is not null).ToDictionary(customer => customer.Id, customer => Named(integration, customer)!, StringComparer.Ordinal);
        var ours = (await database.Query<Row>(
            """
            select c.id, o.stripe_id from customers c left join stripe_objects o on o.our_id = c.id where c.integration_id = @Id and c.id = any(@named)
            """, new { integration.Id, named = named.Values.ToArray() }, cancellation)).ToDictionary(row => row.Id, StringComparer.Ordinal);
        await using var transaction = await database.Begin(cancellation);
        foreach (var (theirs, ourId) in named)
        {
            var row = ours.GetValueOrDefault(ourId);
            if (row is { StripeId: null } && await StripeObjects.TryRecord(transaction, integration.Keys, "customer", ourId, theirs, clock.GetUtcNow(), cancellation))
            {
                ours[ourId] = row with { StripeId = theirs };
                await log.Note(transaction, run, integration, Name, "customer", ourId, theirs, new(DriftKind.CustomerMissingHere, "none", theirs), DriftState.Repaired, cancellation);
            }
            else if (row?.StripeId != theirs)
            {
                var detail = row is null ? "It names a customer that this billing integration does not have."
                    : row.StripeId is null ? $"It carries the metadata of {ourId}, and one of them is paired with another."
                    : $"{ourId} is {row.StripeId} at Stripe; this one only carries its metadata.";
                await log.Note(transaction, run, integration, Name, "customer", null, theirs, new(DriftKind.UnknownObject, "none", theirs, detail), DriftState.Open, cancellation);
            }
        }

        var changed = page.Data.Where(customer => changes.IsDiscounted(customer) && named.TryGetValue(customer.Id, out var ourId) && ours.GetValueOrDefault(ourId) is { } row && row.StripeId == customer.Id).ToList();
        foreach (var customer in changed)
        {
            await log.Note(
                transaction, run, integration, Name, "customer", named[customer.Id], customer.Id, new(DriftKind.CustomerChanged, "as made", CustomerChanges.Discounted, CustomerChanges.Advice), DriftState.Open, cancellation);
        }

        await transaction.Execute(
            "update stripe_objects set seen_in_run = @Run where account_id = @AccountId and livemode = @Livemode and stripe_id = any(@seen)",
            new { Run = run.Id, integration.AccountId, integration.Livemode, seen = page.Data.Select(customer => customer.Id).ToArray() }, cancellation);
        await transaction.Commit(cancellation);
        foreach (var customer in changed)
        {
            await PutBack(integration, customer.Id, cancellation);
        }

        return new(page.HasMore ? page.Data[^1].Id : OursAreNext, page.Data.Count);
    }

    private async Task<ComparedPage> CompareOurs(ReconciliationRun run, BillingIntegration integration, string after, CancellationToken cancellation)
    {
        var page = await database.Query<Row>(
            $"""
            select c.id, o.stripe_id from customers c join stripe_objects o on o.our_id = c.id
            where c.integration_id = @Id and c.deleted_at is null and c.id > @after and o.seen_in_run is distinct from @Run and {Charged} order by c.id limit @PageSize
            """, new { integration.Id, after, Run = run.Id, PageSize }, cancellation);
        foreach (var row in page)
        {
            if (await Ask(integration, row.StripeId!, cancellation) is null)
            {
                await using var transaction = await database.Begin(cancellation);
                await log.Note(
                    transaction, run, integration, Name, "customer", row.Id, row.StripeId,
                    new(DriftKind.CustomerMissingAtStripe, row.StripeId!, "deleted", "A repair makes the customer again; payment methods and credit of the deleted one are lost."), DriftState.Open, cancellation);
                await transaction.Commit(cancellation);
            }
        }

        return new(page.Count == PageSize ? OursAreNext + page[^1].Id : null, page.Count);
    }

    // As after the event that was missed.
    private async Task<DriftVerdict> PutBack(BillingIntegration integration, string stripeId, CancellationToken cancellation)
    {
        var apply = await mirror.Ask(integration.Keys with { InBackground = true }, stripeId, null, cancellation);
        await using var transaction = await database.Begin(cancellation);
        await apply(transaction, cancellation);
        await transaction.Commit(cancellation);
        queue.Wake();
        return DriftVerdict.Queued;
    }

    private async Task<DriftVerdict> MakeAgain(Drift drift, BillingIntegration integration, string? pair, CancellationToken cancellation)
    {
        await using var transaction = await database.Begin(cancellation);
        var organization = await transaction.QueryOne<string>("select organization_id from customers where id = @OurId and deleted_at is null for no key update", drift, cancellation);
        if (organization is null)
        {
            return DriftVerdict.Repaired;
        }

        // Forgotten, so that the job makes another customer.
        await transaction.Execute("delete from stripe_objects where our_id = @OurId and stripe_id = @pair", new { drift.OurId, pair }, cancellation);
        await queue.Enqueue(transaction, integration.Id, organization, CreateCustomer.JobKind, drift.OurId!, cancellation);
        // The customer's own key would only repeat the answer with the deleted one.
        await transaction.Execute("update stripe_jobs set fresh_key = true where kind = 'create_customer' and subject_id = @OurId and status = 'waiting'", new { drift.OurId }, cancellation);
        await transaction.Commit(cancellation);
        queue.Wake();
        return DriftVerdict.Queued;
    }

    // Null for one that was deleted.
    private async Task<Customer?> Ask(BillingIntegration integration, string stripeId, CancellationToken cancellation) =>
        await StripeObjects.IfThere(() => stripe.Open(integration.Keys).V1.Customers.GetAsync(stripeId, cancellationToken: cancellation)) is { Deleted: not true } customer ? customer : null;

    // The id of ours that a customer carries; null for customers of others.
    private static string? Named(BillingIntegration integration, Customer customer) =>
        customer.Metadata?.GetValueOrDefault(StripeMetadata.Integration) == integration.Id ? customer.Metadata.GetValueOrDefault(StripeMetadata.Id) : null;

    private sealed record Row(string Id, string? StripeId);
}
