using Marketplace.Contracts.Catalog;

namespace Marketplace.Gateway.Runtime;

/// <summary>Where calls to one API of one product go, and which resources it has.</summary>
public sealed class Route
{
    private readonly (string Method, string[] Segments)[] resources;

    private Route(RuntimeRoute facts)
    {
        Facts = facts;
        Upstream = facts.UpstreamUrl.TrimEnd('/');
        resources = [.. facts.Resources.Select(r => (r.Method.ToUpperInvariant(), r.Path.Split('/', StringSplitOptions.RemoveEmptyEntries)))];
    }

    /// <summary>The feed's facts.</summary>
    public RuntimeRoute Facts { get; }

    /// <summary>The upstream's address without a slash at its end.</summary>
    public string Upstream { get; }

    /// <summary>The route, or null when its upstream is no address of a web server.</summary>
    public static Route? TryRead(RuntimeRoute facts) =>
        Uri.TryCreate(facts.UpstreamUrl, UriKind.Absolute, out var upstream) && upstream.Scheme is "http" or "https" && upstream is { Query: "", Fragment: "" } ? new(facts) : null;

    /// <summary>Whether the API has a resource for the method and the path below it. <c>{name}</c> matches one segment, <c>**</c> the rest;
    /// without resources everything is allowed.</summary>
    public bool Has(string method, PathString path)
    {
        if (resources.Length == 0)
        {
            return true;
        }

        var segments = (path.Value ?? "").Split('/', StringSplitOptions.RemoveEmptyEntries);
        foreach (var (allowed, template) in resources)
        {
            if ((allowed == "*" || allowed == method) && Matches(template, segments))
            {
                return true;
            }
        }

        return false;
    }

    private static bool Matches(string[] template, string[] segments)
    {
        for (var i = 0; i < template.Length; i++)
        {
            if (template[i] is "**" or "*" && i == template.Length - 1)
            {
                return true;
            }

            if (i >= segments.Length || (template[i] != segments[i] && !(template[i].StartsWith('{') && template[i].EndsWith('}'))))
            {
                return false;
            }
        }

        return segments.Length == template.Length;
    }
}
