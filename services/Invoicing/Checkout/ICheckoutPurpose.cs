namespace Marketplace.Invoicing;

/// <summary>What becomes of a checkout that was completed.</summary>
public interface ICheckoutPurpose
{
    /// <summary>One of <see cref="CheckoutPurpose"/>.</summary>
    string Purpose { get; }

    /// <summary>Asks Stripe for what the completed checkout made, outside any transaction. May be called again for a checkout that is known to be complete.</summary>
    /// <returns>How that is applied, in the write that also closes the session here; the session's row is held.</returns>
    Task<ApplyFetched> Completed(CheckoutSession session, Stripe.Checkout.Session atStripe, StripeKeys keys, CancellationToken cancellation);
}

/// <summary>Registers purposes.</summary>
public static class CheckoutPurposes
{
    /// <summary>Lets checkouts serve one more purpose.</summary>
    public static IServiceCollection AddCheckoutPurpose<TPurpose>(this IServiceCollection services)
        where TPurpose : class, ICheckoutPurpose =>
        services.AddSingleton<TPurpose>().AddSingleton<ICheckoutPurpose>(provider => provider.GetRequiredService<TPurpose>());
}
