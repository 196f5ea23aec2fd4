using System.Collections.Frozen;
using System.Net.Http.Headers;
using Marketplace.Gateway.Metering;

namespace Marketplace.Gateway;

/// <summary>Which headers stop at the gateway. The proxy does not fold <c>-</c> and <c>_</c>, some upstreams do: both spellings stop.</summary>
public static class ClientHeaders
{
    private const string OurPrefix = "x-marketplace-";
    private const string ForwardedPrefix = "x-forwarded-";

    // What proves the caller to us, what tells a server where a request came from, and what asks it to take another method or path than the
    // one that was judged.
    private static readonly FrozenSet<string> ToProviders = new[]
    {
        "authorization", "x-api-key", "cookie", "forwarded", "x-real-ip", "x-original-host", "x-original-url", "x-rewrite-url",
        "x-http-method-override", "x-http-method", "x-method-override",
    }.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    // All providers answer under one address: what one of them tells a browser about that address would hold for the others. What a call used is
    // between the provider and us.
    private static readonly FrozenSet<string> FromProviders = new[]
    {
        "set-cookie", "set-cookie2", "clear-site-data", "strict-transport-security", "service-worker-allowed", UsageHeader.Name,
    }.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    /// <summary>Whether only the gateway may set it.</summary>
    public static bool IsInternal(string name) => Folded(name).StartsWith(OurPrefix, StringComparison.OrdinalIgnoreCase);

    /// <summary>Takes away what a client may not send to the control API.</summary>
    public static void StripInternal(IHeaderDictionary headers) => Strip(headers, IsInternal);

    /// <summary>Takes away what a provider's answer may not carry.</summary>
    public static void StripAnswer(IHeaderDictionary headers) => Strip(headers, static name => FromProviders.Contains(Folded(name)) || IsInternal(name));

    /// <summary>Takes away what a provider may not see of a call.</summary>
    public static void StripCall(HttpRequestHeaders headers)
    {
        List<string>? names = null;
        foreach (var (name, _) in headers.NonValidated)
        {
            if (Folded(name) is var folded && (ToProviders.Contains(folded)
                || folded.StartsWith(OurPrefix, StringComparison.OrdinalIgnoreCase) || folded.StartsWith(ForwardedPrefix, StringComparison.OrdinalIgnoreCase)))
            {
                (names ??= []).Add(name);
            }
        }

        names?.ForEach(name => headers.Remove(name));
    }

    private static void Strip(IHeaderDictionary headers, Func<string, bool> stops)
    {
        List<string>? names = null;
        foreach (var (name, _) in headers)
        {
            if (stops(name))
            {
                (names ??= []).Add(name);
            }
        }

        names?.ForEach(name => headers.Remove(name));
    }

    private static string Folded(string name) => name.Contains('_') ? name.Replace('_', '-') : name;
}
