using Marketplace.StripeEmulator.Api;

namespace Marketplace.StripeEmulator.Metering;

/// <summary>What versions before 2025-03-31.basil counted usage with. The emulator keeps none: the addresses are there for the permission they need and
/// for the item they miss, as a caller of such a version sees them.</summary>
public static class UsageRecords
{
    public static Reply Refuse(Call call)
    {
        if (!Versions.IsBeforeBasil(call.Version))
        {
            throw new StripeException(404, "invalid_request_error", null, "Unrecognized request URL: usage records went with 2025-03-31.basil; report usage to a meter.");
        }

        _ = call.Named("subscription_item");
        throw StripeException.NotEmulated("usage_records");
    }
}
