using System.Collections.Concurrent;
using Marketplace.Contracts.Catalog;
using Marketplace.Contracts.Subscriptions;

namespace Marketplace.Gateway.Runtime;

/// <summary>Everything the runtime path decides by, in memory: routes, keys and subscriptions, as far as the feeds have been read.
/// Readers see each entry whole; the feeds' reader is the only writer.</summary>
public sealed class Entitlements(TimeProvider clock)
{
    private readonly ConcurrentDictionary<(string Product, string Api), Route> routes = new();
    private readonly ConcurrentDictionary<KeyHash, CredentialEntitlement> credentials = new();
    private readonly ConcurrentDictionary<string, KeyHash> hashes = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Subscribed> subscriptions = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<(string Organization, string Product), Subscribed[]> byProduct = new();
    private long freshTicks;

    /// <summary>When both feeds were last read to their end; the real clock, since it measures how long the control plane is away.</summary>
    public DateTimeOffset? FreshAt => Interlocked.Read(ref freshTicks) is > 0 and var ticks ? new(ticks, TimeSpan.Zero) : null;

    /// <summary>The route of a runtime address, or null.</summary>
    public Route? FindRoute(string product, string api) => routes.GetValueOrDefault((product, api));

    /// <summary>The active credential of a key, or null.</summary>
    public CredentialEntitlement? FindCredential(KeyHash key) => credentials.GetValueOrDefault(key);

    /// <summary>A subscription by its id, or null.</summary>
    public Subscribed? FindSubscription(string id) => subscriptions.GetValueOrDefault(id);

    /// <summary>The subscription that decides on a credential's call to a product: a live one before one that refuses, the newest first; null without any.</summary>
    public Subscribed? FindSubscription(CredentialEntitlement credential, string productId)
    {
        if (!byProduct.TryGetValue((credential.OrganizationId, productId), out var candidates))
        {
            return null;
        }

        var now = clock.GetUtcNow();
        Subscribed? best = null;
        foreach (var candidate in candidates)
        {
            var facts = candidate.Facts;
            if ((facts.ApplicationId is null || facts.ApplicationId == credential.ApplicationId)
                && (credential.SubscriptionId is null || facts.SubscriptionId == credential.SubscriptionId)
                && (best is null || candidate.Rank(now).CompareTo(best.Rank(now)) > 0))
            {
                best = candidate;
            }
        }

        return best;
    }

    /// <summary>Takes in a page of the route feed.</summary>
    public void Apply(RoutePage page)
    {
        foreach (var route in page.Routes)
        {
            routes[(route.ProductName, route.ApiName)] = new Route(route);
        }
    }

    /// <summary>Takes in a page of the entitlement feed.</summary>
    public void Apply(EntitlementPage page)
    {
        foreach (var facts in page.Subscriptions)
        {
            var known = subscriptions.AddOrUpdate(facts.SubscriptionId, _ => new Subscribed(facts), (_, present) => present.With(facts));
            byProduct.AddOrUpdate((facts.OrganizationId, facts.ProductId), _ => [known],
                (_, present) => [.. present.Where(s => s.Facts.SubscriptionId != facts.SubscriptionId), known]);
        }

        foreach (var credential in page.Credentials)
        {
            var hash = KeyHash.Parse(credential.KeyHash);
            if (hashes.TryGetValue(credential.CredentialId, out var old) && (old != hash || credential.Status != "active"))
            {
                credentials.TryRemove(old, out _);
            }

            hashes[credential.CredentialId] = hash;
            if (credential.Status == "active")
            {
                credentials[hash] = credential;
            }
        }
    }

    /// <summary>Notes that both feeds were read to their end just now.</summary>
    public void MarkFresh() => Interlocked.Exchange(ref freshTicks, TimeProvider.System.GetUtcNow().UtcTicks);
}
