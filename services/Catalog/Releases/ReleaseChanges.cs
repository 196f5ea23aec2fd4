using System.Text.RegularExpressions;
using Marketplace.Contracts.Catalog;

namespace Marketplace.Catalog.Releases;

/// <summary>What changed between two releases of a product.</summary>
/// <param name="From">Version of the earlier one; null when there is none.</param>
/// <param name="To">Version of the later one; <c>next</c> for what is not released yet.</param>
/// <param name="NeedsType">The smallest type that such a release can have: <c>major</c> takes something away, <c>minor</c> adds, <c>patch</c> does neither.</param>
public sealed record ReleaseChanges(string? From, string To, string NeedsType, IReadOnlyList<ReleaseChange> Changes);

/// <summary>One change.</summary>
/// <param name="What"><c>title</c>, <c>description</c>, <c>image</c>, <c>api_added</c>, <c>api_removed</c>, <c>api_title</c>, <c>upstream</c>,
/// <c>resource_added</c> or <c>resource_removed</c>.</param>
/// <param name="Api">The API's name in runtime addresses; null for a change of the product itself.</param>
/// <param name="Before">As it was; null for something new. A resource is its method and path; <c>* /**</c> is everything below the upstream.</param>
/// <param name="After">As it is; null for something gone.</param>
public sealed record ReleaseChange(string What, string? Api, string? Before, string? After);

/// <summary>Compares releases. The only copy of the rule what takes something away from who calls a product.</summary>
public static partial class ReleaseComparison
{
    private static readonly PublishedResource Everything = new("*", "/**");

    /// <summary>What a release changes after an earlier one, or as the first.</summary>
    public static ReleaseChanges Of(Release? before, Release after)
    {
        List<ReleaseChange> changes = before is null ? [] : [.. OfProduct(before, after), .. OfApis(before.ApiList, after.ApiList)];
        return new(before?.Number, after.Number, changes.Exists(TakesAway) ? "major" : changes.Exists(Adds) ? "minor" : "patch", changes);
    }

    /// <summary>Whether a change breaks who relies on what was there.</summary>
    public static bool TakesAway(ReleaseChange change) => change.What is "api_removed" or "resource_removed";

    private static bool Adds(ReleaseChange change) => change.What is "api_added" or "resource_added";

    private static IEnumerable<ReleaseChange> OfProduct(Release before, Release after) => new ReleaseChange[]
    {
        new("title", null, before.Title, after.Title),
        new("description", null, before.Description, after.Description),
        new("image", null, before.ImageUrl, after.ImageUrl),
    }.Where(change => change.Before != change.After);

    private static IEnumerable<ReleaseChange> OfApis(IReadOnlyList<PublishedApi> before, IReadOnlyList<PublishedApi> after) =>
        before.Where(old => !after.Any(now => now.ApiId == old.ApiId)).Select(old => new ReleaseChange("api_removed", old.Name, old.Title, null))
            .Concat(after.SelectMany(now => before.FirstOrDefault(old => old.ApiId == now.ApiId) is { } old
                ? OfApi(old, now) : [new ReleaseChange("api_added", now.Name, null, now.Title)]));

    private static IEnumerable<ReleaseChange> OfApi(PublishedApi before, PublishedApi after) =>
        new ReleaseChange[] { new("api_title", after.Name, before.Title, after.Title), new("upstream", after.Name, before.UpstreamUrl, after.UpstreamUrl) }
            .Where(change => change.Before != change.After)
            .Concat(Missing(before.Resources, after.Resources).Select(gone => new ReleaseChange("resource_removed", after.Name, Shown(gone), null)))
            .Concat(Missing(after.Resources, before.Resources).Select(added => new ReleaseChange("resource_added", after.Name, null, Shown(added))));

    /// <summary>What one list of resources lets through and the other does not; a list without entries lets everything through.</summary>
    public static IEnumerable<PublishedResource> Missing(IReadOnlyList<PublishedResource> of, IReadOnlyList<PublishedResource> from) =>
        from.Count == 0 ? [] : (of.Count == 0 ? [Everything] : of).Where(one => !from.Any(other => Covers(other, one)));

    // What a path calls its parameters makes no difference to who calls it.
    private static bool Covers(PublishedResource one, PublishedResource other) =>
        (one.Method == "*" || one.Method == other.Method) && Parameter().Replace(one.Path, "{}") == Parameter().Replace(other.Path, "{}");

    private static string Shown(PublishedResource resource) => $"{resource.Method} {resource.Path}";

    [GeneratedRegex(@"\{[^}]*\}", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Parameter();
}
