using Marketplace.Contracts.WebhookIngest;
using Marketplace.Storage;
using Stripe;

namespace Marketplace.Invoicing;

/// <summary>Takes over what Stripe says of the checkouts that we opened: on its events, when the person comes back, and from time to time.</summary>
public sealed class FollowCheckout(StripeConnections stripe, IEnumerable<ICheckoutPurpose> purposes, Database database, TimeProvider clock) : IStripeMirror
{
    private const int Tries = 3;
    private readonly Dictionary<string, ICheckoutPurpose> _purposes = purposes.ToDictionary(purpose => purpose.Purpose, StringComparer.Ordinal);

    /// <inheritdoc/>
    public string ObjectType => "checkout.session";

    /// <inheritdoc/>
    public async Task<ApplyFetched> Fetch(StripeEventReceived heard, BillingIntegration integration, CancellationToken cancellation)
    {
        var ours = await database.QueryOne<CheckoutSession>(
            $"""
            select {CheckoutSession.Columns} from checkout_sessions where id = (select our_id from stripe_objects
                where stripe_id = @ObjectId and account_id = @AccountId and livemode = @Livemode and integration_id = @Id)
            """, new { heard.ObjectId, integration.AccountId, integration.Livemode, integration.Id }, cancellation);
        return ours is null ? Ignored.Because("The checkout was not opened by the marketplace.") : await Ask(ours, heard.ObjectId, integration.Keys, cancellation);
    }

    /// <inheritdoc/>
    public Task LookSoon(Transaction transaction, StripeEventReceived heard, BillingIntegration integration, CancellationToken cancellation) => transaction.Execute(
        """
        update checkout_sessions set look_at = least(look_at, now() + interval '15 seconds') where id =
            (select our_id from stripe_objects where account_id = @AccountId and livemode = @Livemode and stripe_id = @ObjectId)
        """, new { integration.AccountId, integration.Livemode, heard.ObjectId }, cancellation);

    /// <summary>Closes one session at Stripe unless it is over there, and applies what it then is.</summary>
    public async Task Close(CheckoutSession ours, string stripeId, StripeKeys keys, CancellationToken cancellation)
    {
        try
        {
            await stripe.Open(keys).V1.Checkout.Sessions.ExpireAsync(stripeId, cancellationToken: cancellation);
        }
        catch (StripeException exception) when (exception.HttpStatusCode is System.Net.HttpStatusCode.BadRequest or System.Net.HttpStatusCode.NotFound)
        {
            // Completed or expired meanwhile.
        }

        await Look(ours, stripeId, keys, cancellation);
    }

    /// <summary>Asks Stripe about one session and applies the answer in a write of its own.</summary>
    /// <exception cref="TimeoutException">What it is for changed each time while Stripe was asked.</exception>
    public async Task Look(CheckoutSession ours, string stripeId, StripeKeys keys, CancellationToken cancellation)
    {
        for (var tried = 1; ; tried++)
        {
            var apply = await Ask(ours, stripeId, keys, cancellation);
            try
            {
                await using var transaction = await database.Begin(cancellation);
                await apply(transaction, cancellation);
                await transaction.Commit(cancellation);
                return;
            }
            catch (TimeoutException) when (tried < Tries)
            {
                // What was fetched may be older than a change of ours: both are looked at again.
            }
        }
    }

    private async Task<ApplyFetched> Ask(CheckoutSession ours, string stripeId, StripeKeys keys, CancellationToken cancellation)
    {
        if (await StripeObjects.IfThere(() => stripe.Open(keys).V1.Checkout.Sessions.GetAsync(stripeId, cancellationToken: cancellation)) is not { } atStripe)
        {
            return (transaction, stop) => Close(transaction, ours.Id, CheckoutSession.Expired, null, stop);
        }

        var completed = atStripe.Status == CheckoutSession.Complete ? await _purposes[ours.Purpose].Completed(ours, atStripe, keys, cancellation) : null;
        return (transaction, stop) => Close(transaction, ours.Id, atStripe.Status, completed, stop);
    }

    private async Task<string?> Close(Transaction transaction, string id, string atStripe, ApplyFetched? completed, CancellationToken cancellation)
    {
        var held = (await CheckoutSession.Lock(transaction, id, cancellation))!;
        if (held.After(atStripe, clock.GetUtcNow()) is not { } next)
        {
            return null;
        }

        await next.Save(transaction, cancellation);
        await transaction.Record(
            null, $"checkout_session.{next.Status}", next.OrganizationId, id, new { held.Status }, new { next.Status, next.Purpose, next.SubscriptionId, next.OpenedBy }, cancellation);
        return completed is null ? null : await completed(transaction, cancellation);
    }
}
