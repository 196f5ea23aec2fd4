using System.Collections.Concurrent;
using Marketplace.Contracts.Catalog;
using Marketplace.Contracts.Subscriptions;

namespace Marketplace.Gateway.Runtime;

/// <summary>Everything the runtime path decides by, in memory: routes, keys and subscriptions, as far as the feeds have been read.
/// Readers see each entry whole; the feeds' reader is the only writer.</summary>
public sealed class Entitlements(TimeProvider clock)
{
    private readonly ConcurrentDictionary<string, Route> routes = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<KeyHash, CredentialEntitlement> credentials = new();
    private readonly ConcurrentDictionary<string, KeyHash> hashes = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Subscribed> subscriptions = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<(string Organization, string Product), Subscribed[]> byProduct = new();
    private long freshTicks;

    /// <summary>When the entitlement feed was last read to its end; the real clock, since it measures how long the control plane is away.</summary>
    public DateTimeOffset? FreshAt => Interlocked.Read(ref freshTicks) is > 0 and var ticks ? new(ticks, TimeSpan.Zero) : null;

    /// <summary>The route of <c>/{product}/{api}/…</c>, or null, and what the path has below it.</summary>
    public Route? FindRoute(PathString path, out PathString below)
    {
        var text = path.Value ?? "";
        var product = text.Length > 1 ? text.IndexOf('/', 1) : -1;
        var api = product < 0 ? -1 : text.IndexOf('/', product + 1);
        var end = api < 0 ? text.Length : api;
        below = end == text.Length ? new PathString("/") : new PathString(text[end..]);
        return product > 0 && routes.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(text.AsSpan(1, end - 1), out var route) ? route : null;
    }

    /// <summary>The active credential of a key, or null.</summary>
    public CredentialEntitlement? FindCredential(KeyHash key) => credentials.GetValueOrDefault(key);

    /// <summary>The subscription that decides on a credential's call to a product: a live one before one that refuses, one to the product before one that replaced
    /// another to it, the newest first; null without any.</summary>
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
                && (best is null || candidate.Rank(productId, now).CompareTo(best.Rank(productId, now)) > 0))
            {
                best = candidate;
            }
        }

        return best;
    }

    /// <summary>What is enforced for the subscriptions after an id, smallest id first.</summary>
    public IReadOnlyList<Subscribed> After(string id, int limit) =>
        [.. subscriptions.Where(s => string.CompareOrdinal(s.Key, id) > 0).Select(s => s.Value).OrderBy(s => s.Facts.SubscriptionId, StringComparer.Ordinal).Take(limit)];

    /// <summary>Takes in a page of the route feed; what cannot be a route is left out and named.</summary>
    public IEnumerable<string> Apply(RoutePage page)
    {
        List<string> unreadable = [];
        foreach (var facts in page.Routes)
        {
            if (Route.TryRead(facts) is { } route)
            {
                routes[$"{facts.ProductName}/{facts.ApiName}"] = route;
            }
            else
            {
                unreadable.Add(facts.ApiId);
            }
        }

        return unreadable;
    }

    /// <summary>Takes in a page of the entitlement feed; a credential without a readable hash is left out and named. What opens comes first, then keys, then what
    /// closes: a key that moves from one subscription to another is never without one, whichever call comes in between.</summary>
    public IEnumerable<string> Apply(EntitlementPage page)
    {
        List<string> unreadable = [];
        foreach (var facts in page.Subscriptions.Where(s => s.Refusal is null))
        {
            Apply(facts);
        }

        foreach (var credential in page.Credentials)
        {
            if (KeyHash.TryRead(credential.KeyHash) is not { } hash)
            {
                unreadable.Add(credential.CredentialId);
                continue;
            }

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

        foreach (var facts in page.Subscriptions.Where(s => s.Refusal is not null))
        {
            Apply(facts);
        }

        return unreadable;
    }

    private void Apply(SubscriptionEntitlement facts)
    {
        var known = subscriptions.AddOrUpdate(facts.SubscriptionId, _ => new Subscribed(facts), (_, present) => present.With(facts));
        foreach (var product in (facts.ReplacedProductIds ?? []).Prepend(facts.ProductId))
        {
            byProduct.AddOrUpdate((facts.OrganizationId, product), _ => [known],
                (_, present) => [.. present.Where(s => s.Facts.SubscriptionId != facts.SubscriptionId), known]);
        }
    }

    /// <summary>Notes that the entitlement feed was read to its end just now.</summary>
    public void MarkFresh() => Interlocked.Exchange(ref freshTicks, TimeProvider.System.GetUtcNow().UtcTicks);
}
