using Marketplace.Storage;
using Stripe;

namespace Marketplace.Invoicing;

/// <summary>Job: one Stripe customer per integration and consumer organization.</summary>
public sealed class CreateCustomer(StripeConnections stripe, JobQueue queue, Database database, TimeProvider clock) : IStripeJobKind
{
    /// <summary>Its name in the queue.</summary>
    public const string JobKind = "create_customer";

    /// <inheritdoc/>
    public string Kind => JobKind;

    /// <summary>Makes the customer unless it is there, and finishes the job.</summary>
    public async Task Carry(StripeJob job, StripeKeys keys, CancellationToken cancellation)
    {
        job = job.FreshKey ? await queue.UseFreshKey(job, cancellation) : job;
        await Ensure(job, keys, job.SubjectId, cancellation);
        await using var transaction = await database.Begin(cancellation);
        await queue.Finish(transaction, job, cancellation);
        await transaction.Commit(cancellation);
    }

    /// <summary>Stripe's id of the customer: known, found by our id in its metadata, or made now.</summary>
    public Task<string> Ensure(StripeJob job, StripeKeys keys, string customerId, CancellationToken cancellation) =>
        // Another kind of job comes after the customer's own; not recorded then, that one was removed, and may have made it.
        Ensure(keys, customerId, job.MayHaveRun || job.Kind != JobKind, job.KeyGeneration == 0 ? null : job.Key("customer"), cancellation);

    /// <summary>The same where no job does it because a person waits.</summary>
    public Task<string> Ensure(StripeKeys keys, string customerId, CancellationToken cancellation) => Ensure(keys, customerId, lookFirst: true, null, cancellation);

    // Whoever makes it at the same time does so under the same key, so that Stripe makes it once; only a key that would repeat a recorded failure is left.
    private async Task<string> Ensure(StripeKeys keys, string customerId, bool lookFirst, string? key, CancellationToken cancellation)
    {
        if (await StripeObjects.Find(database, keys, customerId, cancellation) is { } known)
        {
            return known;
        }

        var customer = await Read(customerId, cancellation);
        var client = stripe.Open(keys);
        var id = lookFirst ? await LookUp(client, customer, cancellation) : null;
        if (id is null)
        {
            var made = await client.V1.Customers.CreateAsync(
                new CustomerCreateOptions
                {
                    Name = customer.Name,
                    Email = customer.Email,
                    Metadata = StripeMetadata.Of(keys.IntegrationId, customer.OrganizationId, customer.Id),
                },
                new RequestOptions { IdempotencyKey = key ?? $"{customerId}/customer" },
                cancellation);
            id = made.Id;
        }

        await StripeObjects.Record(database, keys, "customer", customerId, id, clock.GetUtcNow(), cancellation);
        return id;
    }

    /// <summary>Stripe's id of the customer where it is known or found there; nothing is made.</summary>
    public async Task<string?> Find(StripeKeys keys, string customerId, CancellationToken cancellation) =>
        await StripeObjects.Find(database, keys, customerId, cancellation) ?? await LookUp(stripe.Open(keys), await Read(customerId, cancellation), cancellation);

    private async Task<Row> Read(string customerId, CancellationToken cancellation) =>
        (await database.QueryOne<Row>("select id, organization_id, name, email, created_at from customers where id = @customerId", new { customerId }, cancellation))!;

    // Lists are exact at once, unlike searches.
    private static async Task<string?> LookUp(StripeClient client, Row customer, CancellationToken cancellation)
    {
        var options = new CustomerListOptions { Email = customer.Email, Limit = 100 };
        await foreach (var found in client.V1.Customers.ListAutoPagingAsync(options, cancellationToken: cancellation))
        {
            if (found.Metadata?.GetValueOrDefault(StripeMetadata.Id) == customer.Id)
            {
                return found.Id;
            }
        }

        return null;
    }

    private sealed record Row(string Id, string OrganizationId, string Name, string Email, DateTimeOffset CreatedAt);
}
