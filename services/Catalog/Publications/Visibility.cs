using System.ComponentModel.DataAnnotations;
using Marketplace.Contracts.Catalog;
using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Marketplace.Catalog.Publications;

/// <summary>Who may see one plan of a publication. A plan is never seen by more than its publication.</summary>
/// <param name="OrganizationIds">The consumer organizations that see it, when they are chosen.</param>
public sealed record PlanVisibility(
    [Required, PlainText(64)] string PlanId,
    [Required, AllowedValues("public", "signed_in", "organizations", "none")] string Visibility,
    [Listed(500)] IReadOnlyList<string>? OrganizationIds = null);

/// <summary>What can be chosen about who sees a publication.</summary>
public static class Visibility
{
    /// <summary>The organizations to store for a choice: each once, or null when none are chosen.</summary>
    public static string[]? Chosen(string visibility, IReadOnlyList<string>? organizationIds) =>
        visibility == "organizations" ? [.. organizationIds!.Distinct(StringComparer.Ordinal)] : null;

    /// <summary>Who sees what takes the place of several plans: whoever sees one of them; null when that is whoever sees the publication.</summary>
    /// <param name="readers">Of each plan; null for one that no fewer see than its publication.</param>
    public static PlanReaders? OfAny(IReadOnlyCollection<PlanReaders?> readers) =>
        readers.Contains(null) ? null
        : readers.FirstOrDefault(r => r!.Visibility == "public") ?? readers.FirstOrDefault(r => r!.Visibility == "signed_in")
        ?? (readers.Any(r => r!.Visibility == "organizations")
            ? new("", "organizations", [.. readers.SelectMany(r => r!.VisibleTo ?? []).Distinct(StringComparer.Ordinal)]) : readers.FirstOrDefault());

    /// <summary>Why organizations were named without being chosen, or chosen without being named; or null.</summary>
    public static ProblemHttpResult? Contradiction(string? visibility, IReadOnlyList<string>? organizationIds, string field) =>
        (visibility, organizationIds) switch
        {
            ("organizations", null or []) => Problem.Invalid(field, "Name the organizations that shall see it."),
            (not "organizations", not null) => Problem.Invalid(field, "Organizations are named only with visibility 'organizations'."),
            _ => null,
        };

    /// <summary>Why the first of the organizations that did not sign up to the catalog cannot be chosen, or null. One that signed up a moment ago is waited for.</summary>
    public static async Task<ProblemHttpResult?> Unknown(Database database, string catalogId, IEnumerable<string> organizationIds, CancellationToken cancellation)
    {
        var wanted = organizationIds.Distinct(StringComparer.Ordinal).ToArray();
        if (wanted.Length == 0)
        {
            return null;
        }

        var known = await FreshFacts.Await(
            () => database.Query<string>(
                "select id from consumer_organizations where catalog_id = @catalogId and id = any(@wanted) and deleted_at is null", new { catalogId, wanted }, cancellation),
            found => found.Count == wanted.Length, cancellation);
        return Array.Find(wanted, id => !known.Contains(id)) is { } unknown ? Problems.OrganizationUnknown(unknown) : null;
    }
}
