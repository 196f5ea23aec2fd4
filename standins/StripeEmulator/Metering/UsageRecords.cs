using Marketplace.StripeEmulator.Api;

namespace Marketplace.StripeEmulator.Metering;

/// <summary>What versions before 2025-03-31.basil counted usage with. The emulator keeps none: the addresses are there for the permission they need and
/// for the item they miss, as a caller of such a version sees them.</summary>
public static class UsageRecords
{
    public static Reply Refuse(Call call)
    {
        _ = call.Named("subscription_item");
        throw StripeException.NotEmulated("usage_records");
    }
}
