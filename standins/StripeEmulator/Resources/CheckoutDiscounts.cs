using Marketplace.StripeEmulator.Api;
using Marketplace.StripeEmulator.Store;

namespace Marketplace.StripeEmulator.Resources;

/// <summary>Coupons and promotion codes of a checkout session.</summary>
public static class CheckoutDiscounts
{
    public static void Read(Call call, Stored session) => Metadata.NotEmulated(call, "discounts", "allow_promotion_codes");

    public static void Apply(Transaction tx, Stored session, List<Stored> lines)
    {
    }
}
