using Marketplace.StripeEmulator.Store;

namespace Marketplace.StripeEmulator.Api;

/// <summary>Requests per second and account, when <c>Emulator:RateLimit</c> sets a limit: a sandbox has 25. Real seconds, whatever the emulator's clock.</summary>
public sealed class RateLimits(EmulatorOptions options)
{
    private readonly Lock gate = new();
    private readonly Dictionary<Scope, (long Second, int Count)> seen = [];

    /// <summary>Counts a request, or refuses it as Stripe does.</summary>
    public void Demand(Scope scope, HttpResponse response)
    {
        if (options.RateLimit <= 0)
        {
            return;
        }

        var second = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        lock (gate)
        {
            var count = seen.TryGetValue(scope, out var last) && last.Second == second ? last.Count + 1 : 1;
            seen[scope] = (second, count);
            if (count <= options.RateLimit)
            {
                return;
            }
        }

        response.Headers["Stripe-Rate-Limited-Reason"] = "global-rate";
        throw StripeException.RateLimit();
    }
}
