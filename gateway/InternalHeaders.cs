using System.Net.Http.Headers;

namespace Marketplace.Gateway;

/// <summary>Headers that only the gateway may set. The proxy does not fold <c>-</c> and <c>_</c>, some upstreams do: both spellings go.</summary>
public static class InternalHeaders
{
    private const string Prefix = "x-marketplace-";

    /// <summary>Whether a client must not send it.</summary>
    public static bool IsInternal(string name) => name.Replace('_', '-').StartsWith(Prefix, StringComparison.OrdinalIgnoreCase);

    /// <summary>Removes them from a request on its way out.</summary>
    public static void Strip(HttpRequestHeaders headers)
    {
        foreach (var name in headers.Select(h => h.Key).Where(IsInternal).ToList())
        {
            headers.Remove(name);
        }
    }
}
