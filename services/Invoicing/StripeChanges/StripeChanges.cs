using Marketplace.ServiceDefaults;
using Marketplace.Storage;

namespace Marketplace.Invoicing;

/// <summary>Writes down what somebody changed at Stripe of what the marketplace made there: one row for each object as long as it lasts, whoever came across it and how often.</summary>
public sealed class StripeChanges(TimeProvider clock)
{
    /// <summary>Notes a change, in the transaction that puts the job into the queue which undoes it, or before that job undoes what it came across.</summary>
    /// <param name="what">Stable words, such as <c>product_archived</c>.</param>
    /// <param name="advice">What becomes of it, and what a person has to do where it cannot be undone.</param>
    public async Task Note(
        Transaction transaction, StripeKeys keys, string objectType, string ourId, IReadOnlyCollection<string> what, string advice, CancellationToken cancellation)
    {
        var isNew = await transaction.QueryOne<bool>(
            """
            insert into stripe_changes as c (id, integration_id, object_type, our_id, what, advice, found_at)
            values (@Change, @IntegrationId, @objectType, @ourId, @What, @advice, @Now)
            on conflict (integration_id, object_type, our_id) where state = 'open' do update set advice = excluded.advice,
                what = (select array_agg(distinct word order by word) from unnest(c.what || excluded.what) word)
            returning xmax = 0
            """, new { Change = Ids.New("cha", clock), keys.IntegrationId, objectType, ourId, What = what.Order(StringComparer.Ordinal).ToArray(), advice, Now = clock.GetUtcNow() }, cancellation);
        if (isNew)
        {
            await transaction.Record(null, "stripe_object.changed_at_stripe", keys.OrganizationId, ourId, null, new { objectType, what }, cancellation);
        }
    }

    /// <summary>What is noted of an object and not repaired yet; nothing where it is as we made it.</summary>
    public Task<IReadOnlyList<string>> Known(Transaction transaction, string objectType, string ourId, CancellationToken cancellation) =>
        transaction.Query<string>("select unnest(what) from stripe_changes where our_id = @ourId and object_type = @objectType and state = 'open'", new { ourId, objectType }, cancellation);

    /// <summary>Nothing of it lasts any more.</summary>
    /// <param name="ourId">Null for all of the type.</param>
    /// <returns>How many changes that ends.</returns>
    public Task<int> Repaired(Transaction transaction, string integrationId, string objectType, string? ourId, CancellationToken cancellation) => transaction.Execute(
        """
        update stripe_changes set state = 'repaired', repaired_at = @Now
        where integration_id = @integrationId and object_type = @objectType and (@ourId::text is null or our_id = @ourId) and state = 'open'
        """,
        new { integrationId, objectType, ourId, Now = clock.GetUtcNow() }, cancellation);
}
