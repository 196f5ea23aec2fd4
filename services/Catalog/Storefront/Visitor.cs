using System.Security.Claims;
using Marketplace.ServiceDefaults;

namespace Marketplace.Catalog.Storefront;

/// <summary>Who stands before a storefront, as the rule of visibility (<c>may_see</c>) asks for it.</summary>
/// <param name="SignedIn">Member of an organization that signed up to the catalog, is approved and not disabled: in any other nobody holds a role.</param>
/// <param name="Provider">Member of the provider, who reads what any of its consumers may see.</param>
/// <param name="Organizations">The visitor's organizations that signed up to the catalog.</param>
public sealed record Visitor(bool SignedIn, bool Provider, string[] Organizations)
{
    /// <summary>The arguments of <c>may_see</c> after visibility and chosen organizations.</summary>
    public const string Sees = "@SignedIn, @Provider, @Organizations";

    /// <summary>Somebody without an account.</summary>
    public static readonly Visitor Anonymous = new(false, false, []);

    /// <summary>An organization of the catalog.</summary>
    public static Visitor Member(string organizationId) => new(true, false, [organizationId]);

    /// <summary>Who presents this principal. The token is the only witness: anonymous callers have none.</summary>
    public static Visitor Of(Catalogs.Catalog catalog, ClaimsPrincipal principal)
    {
        if (!principal.HasClaim(claim => claim.Type == ClaimTypes.NameIdentifier))
        {
            return Anonymous;
        }

        var caller = Caller.Of(principal);
        string[] organizations = [.. caller.Memberships.Where(m => m.Catalog == catalog.Id && m.Roles.Count > 0).Select(m => m.Organization)];
        return new(organizations.Length > 0, Access.CannotRead(caller, catalog.OrganizationId, "catalog", catalog.Id) is null, organizations);
    }
}
