using System.Net;
using Marketplace.Contracts.WebhookIngest;
using Marketplace.Storage;
using Stripe;

namespace Marketplace.Invoicing;

/// <summary>Mirrors Stripe's customers as far as their balance and payment methods go: another default chosen in the customer portal, a customer that was deleted.</summary>
public sealed class CustomerMirror(MirrorPaymentMethods mirror, CustomerDeletion deletion) : IStripeMirror
{
    /// <inheritdoc/>
    public string ObjectType => "customer";

    /// <inheritdoc/>
    public async Task<ApplyFetched> Fetch(StripeEventReceived heard, BillingIntegration integration, CancellationToken cancellation)
    {
        var apply = await mirror.Ask(integration.Keys, heard.ObjectId, null, cancellation);
        var deleted = heard.Type == "customer.deleted" ? await deletion.Find(integration.Keys, heard.ObjectId, cancellation) : null;
        return deleted is null ? apply : async (transaction, stop) =>
        {
            await deletion.Apply(transaction, integration.Keys, deleted, stop);
            await apply(transaction, stop);
            return null;
        };
    }

    /// <inheritdoc/>
    public Task LookSoon(Transaction transaction, StripeEventReceived heard, BillingIntegration integration, CancellationToken cancellation) =>
        LookSoon(transaction, integration, heard.ObjectId, cancellation);

    /// <summary>Has the customer looked at soon that an object of Stripe's is, or belongs to.</summary>
    internal static Task LookSoon(Transaction transaction, BillingIntegration integration, string stripeId, CancellationToken cancellation) => transaction.Execute(
        """
        update customers set methods_look_at = least(methods_look_at, now() + interval '15 seconds') where id in (
            select coalesce(p.customer_id, o.our_id) from stripe_objects o left join payment_methods p on p.id = o.our_id
            where o.account_id = @AccountId and o.livemode = @Livemode and o.stripe_id = @stripeId)
        """, new { integration.AccountId, integration.Livemode, stripeId }, cancellation);
}

/// <summary>Mirrors Stripe's payment methods: attached, updated by the networks or in the portal, detached.</summary>
public sealed class PaymentMethodMirror(StripeConnections stripe, MirrorPaymentMethods mirror, Database database) : IStripeMirror
{
    /// <inheritdoc/>
    public string ObjectType => "payment_method";

    /// <inheritdoc/>
    public async Task<ApplyFetched> Fetch(StripeEventReceived heard, BillingIntegration integration, CancellationToken cancellation)
    {
        // A detached method does not name its customer any more.
        var customer = await database.QueryOne<string>(
            """
            select c.stripe_id from stripe_objects o join payment_methods p on p.id = o.our_id join stripe_objects c on c.our_id = p.customer_id
            where o.stripe_id = @ObjectId and o.account_id = @AccountId and o.livemode = @Livemode and o.integration_id = @Id
            """, new { heard.ObjectId, integration.AccountId, integration.Livemode, integration.Id }, cancellation);
        if (customer is null)
        {
            try
            {
                customer = (await stripe.Open(integration.Keys).V1.PaymentMethods.GetAsync(heard.ObjectId, cancellationToken: cancellation)).CustomerId;
            }
            catch (StripeException exception) when (exception.HttpStatusCode is HttpStatusCode.NotFound or HttpStatusCode.Forbidden)
            {
                return Ignored.Because(exception.Message);
            }
        }

        return customer is null ? Ignored.Because("The payment method belongs to no customer.") : await mirror.Ask(integration.Keys, customer, null, cancellation);
    }

    /// <inheritdoc/>
    public Task LookSoon(Transaction transaction, StripeEventReceived heard, BillingIntegration integration, CancellationToken cancellation) =>
        CustomerMirror.LookSoon(transaction, integration, heard.ObjectId, cancellation);
}

/// <summary>Mirrors Stripe's setup intents: one that succeeded has stored a method.</summary>
public sealed class SetupIntentMirror(StripeConnections stripe, MirrorPaymentMethods mirror) : IStripeMirror
{
    /// <inheritdoc/>
    public string ObjectType => "setup_intent";

    /// <inheritdoc/>
    public async Task<ApplyFetched> Fetch(StripeEventReceived heard, BillingIntegration integration, CancellationToken cancellation)
    {
        try
        {
            var intent = await stripe.Open(integration.Keys).V1.SetupIntents.GetAsync(heard.ObjectId, cancellationToken: cancellation);
            return intent is not { Status: "succeeded", CustomerId: { } customer }
                ? Ignored.Because("The setup intent has stored nothing for a customer.")
                : await mirror.Ask(integration.Keys, customer, null, cancellation);
        }
        catch (StripeException exception) when (exception.HttpStatusCode is HttpStatusCode.NotFound or HttpStatusCode.Forbidden)
        {
            return Ignored.Because(exception.Message);
        }
    }

    /// <inheritdoc/>
    public Task LookSoon(Transaction transaction, StripeEventReceived heard, BillingIntegration integration, CancellationToken cancellation) => Task.CompletedTask;
}
