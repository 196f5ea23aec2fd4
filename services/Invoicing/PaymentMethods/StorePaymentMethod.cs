using System.Net;
using Stripe;

namespace Marketplace.Invoicing;

/// <summary>What a checkout in mode <c>setup</c> has stored, under the title that was asked for.</summary>
public sealed class StorePaymentMethod(StripeConnections stripe, MirrorPaymentMethods mirror) : ICheckoutPurpose
{
    /// <inheritdoc/>
    public string Purpose => CheckoutPurpose.Setup;

    /// <inheritdoc/>
    public async Task<ApplyFetched> Completed(CheckoutSession session, Stripe.Checkout.Session atStripe, StripeKeys keys, CancellationToken cancellation)
    {
        var stored = session.Title is null ? null : await Stored(atStripe, keys, cancellation);
        return await mirror.Ask(keys, atStripe.CustomerId, stored is null ? null : (stored, session.Title!), cancellation);
    }

    // Without the permission the method is stored all the same, and called after its brand.
    private async Task<string?> Stored(Stripe.Checkout.Session atStripe, StripeKeys keys, CancellationToken cancellation)
    {
        try
        {
            return atStripe.SetupIntentId is { } intent ? (await stripe.Open(keys).V1.SetupIntents.GetAsync(intent, cancellationToken: cancellation)).PaymentMethodId : null;
        }
        catch (StripeException exception) when (exception.HttpStatusCode == HttpStatusCode.Forbidden)
        {
            return null;
        }
    }
}
