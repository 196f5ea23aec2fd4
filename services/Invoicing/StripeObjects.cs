using System.Net;
using Marketplace.Storage;
using Stripe;

namespace Marketplace.Invoicing;

/// <summary>Our objects and Stripe's, one to one, within the account and mode that made them. This is the one place that hands out a stored Stripe id, and it
/// does so to the integration that the id was recorded for and to no other; the table's foreign key keeps account and mode those of that integration.</summary>
public static class StripeObjects
{
    /// <summary>Stripe's id of our object, or null while it has none.</summary>
    /// <exception cref="JobFailedException"><c>foreign_stripe_object</c>: it is recorded for another integration, account or mode.</exception>
    public static async Task<string?> Find(Database database, StripeKeys keys, string ourId, CancellationToken cancellation)
    {
        var found = await database.QueryOne<Row>("select stripe_id, integration_id, account_id, livemode from stripe_objects where our_id = @ourId", new { ourId }, cancellation);
        return found is null ? null
            : (found.IntegrationId, found.AccountId, found.Livemode) == (keys.IntegrationId, keys.AccountId, keys.Livemode) ? found.StripeId
            : throw new JobFailedException(new(
                StripeFailureKind.Refused, "foreign_stripe_object",
                $"{ourId} is {found.StripeId} of {found.AccountId} in {(found.Livemode ? "live" : "test")} mode, made by {found.IntegrationId}: {keys.IntegrationId} may not use it."));
    }

    /// <summary>Our id of Stripe's object in this integration's account and mode, or null.</summary>
    public static Task<string?> OurId(Transaction transaction, StripeKeys keys, string stripeId, CancellationToken cancellation) => transaction.QueryOne<string>(
        "select our_id from stripe_objects where stripe_id = @stripeId and account_id = @AccountId and livemode = @Livemode and integration_id = @IntegrationId",
        new { stripeId, keys.AccountId, keys.Livemode, keys.IntegrationId }, cancellation);

    /// <summary>The same outside a write.</summary>
    public static Task<string?> OurId(Database database, StripeKeys keys, string? stripeId, CancellationToken cancellation) => database.QueryOne<string>(
        "select our_id from stripe_objects where stripe_id = @stripeId and account_id = @AccountId and livemode = @Livemode and integration_id = @IntegrationId",
        new { stripeId, keys.AccountId, keys.Livemode, keys.IntegrationId }, cancellation);

    /// <summary>Records a pair; recording it again changes nothing.</summary>
    /// <exception cref="InvalidOperationException">Either side is already paired with another object.</exception>
    public static async Task Record(Database database, StripeKeys keys, string type, string ourId, string stripeId, DateTimeOffset now, CancellationToken cancellation)
    {
        await using var transaction = await database.Begin(cancellation);
        await Record(transaction, keys, type, ourId, stripeId, now, cancellation);
        await transaction.Commit(cancellation);
    }

    /// <summary>The same inside a write.</summary>
    public static async Task Record(Transaction transaction, StripeKeys keys, string type, string ourId, string stripeId, DateTimeOffset now, CancellationToken cancellation)
    {
        if (!await TryRecord(transaction, keys, type, ourId, stripeId, now, cancellation))
        {
            throw new InvalidOperationException($"{ourId} and {stripeId} are not one to one in {keys.AccountId}.");
        }
    }

    /// <summary>Records a pair unless either side is paired with another object; whether it is on record.</summary>
    public static async Task<bool> TryRecord(Transaction transaction, StripeKeys keys, string type, string ourId, string stripeId, DateTimeOffset now, CancellationToken cancellation)
    {
        var added = await transaction.Execute(
            """
            insert into stripe_objects (account_id, livemode, stripe_id, object_type, integration_id, our_id, recorded_at)
            values (@AccountId, @Livemode, @stripeId, @type, @IntegrationId, @ourId, @now) on conflict do nothing
            """, new { keys.AccountId, keys.Livemode, stripeId, type, keys.IntegrationId, ourId, now }, cancellation);
        return added > 0 || await transaction.QueryOne<string>(
            "select our_id from stripe_objects where account_id = @AccountId and livemode = @Livemode and stripe_id = @stripeId",
            new { keys.AccountId, keys.Livemode, stripeId }, cancellation) == ourId;
    }

    /// <summary>What is asked for at Stripe, or null where it is not there.</summary>
    public static async Task<T?> IfThere<T>(Func<Task<T>> get)
        where T : class
    {
        try
        {
            return await get();
        }
        catch (StripeException exception) when (exception.HttpStatusCode == HttpStatusCode.NotFound)
        {
            return null;
        }
    }

    private sealed record Row(string StripeId, string IntegrationId, string AccountId, bool Livemode);
}
