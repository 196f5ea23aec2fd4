using Marketplace.Contracts.Accounts;
using Marketplace.ServiceDefaults;
using Marketplace.Storage;

namespace Marketplace.Accounts;

/// <summary>What may happen to a member.</summary>
public enum MemberDecision
{
    /// <summary>The change may be made.</summary>
    Allowed,

    /// <summary>The actor is no member.</summary>
    Stranger,

    /// <summary>The actor administers nothing here, or touches an owner without being one.</summary>
    RoleMissing,

    /// <summary>There is no such member.</summary>
    NoSuchMember,

    /// <summary>The organization would lose its last owner or administrator.</summary>
    LastAdministrator,
}

/// <summary>An organization, and the only copy of the rules about its roles and members.</summary>
public sealed record Organization(string Id, string Kind, string Title, string? CatalogId, string Email, bool Enabled, long Version, DateTimeOffset CreatedAt)
{
    /// <summary>Sells access to APIs.</summary>
    public const string Provider = "provider";

    /// <summary>Buys access to APIs.</summary>
    public const string Consumer = "consumer";

    /// <summary>Every column, as this record wants them.</summary>
    internal const string Columns = "id, kind, title, catalog_id, email, enabled, version, created_at";

    /// <summary>Every role that a member of such an organization can hold.</summary>
    public static IReadOnlyList<string> RolesOf(string kind) => kind == Provider
        ? [Roles.Owner, Roles.Admin, Roles.ProductManager, Roles.Viewer]
        : [Roles.Admin, Roles.Subscriber, Roles.Developer, Roles.Billing];

    /// <summary>The role of who creates it, which never dies out and which only its holders give and take.</summary>
    public static string HighestRole(string kind) => kind == Provider ? Roles.Owner : Roles.Admin;

    /// <summary>Roles that may change title, members and invitations.</summary>
    public static string[] AdministratorsOf(string kind) => kind == Provider ? Roles.ProviderSettings : [Roles.Admin];

    /// <summary>Decides about new roles for a member; no roles means removal. Members may remove themselves.</summary>
    public static MemberDecision Decide(string kind, IReadOnlyDictionary<string, string[]> members, string actor, string target, string[] roles)
    {
        var highest = HighestRole(kind);
        if (!members.TryGetValue(actor, out var held))
        {
            return MemberDecision.Stranger;
        }

        var leaving = actor == target && roles.Length == 0;
        if (!leaving && !held.Any(AdministratorsOf(kind).Contains))
        {
            return MemberDecision.RoleMissing;
        }

        if (!members.TryGetValue(target, out var before))
        {
            return MemberDecision.NoSuchMember;
        }

        if ((before.Contains(highest) || roles.Contains(highest)) && !held.Contains(highest))
        {
            return MemberDecision.RoleMissing;
        }

        var another = members.Any(member => member.Key != target && member.Value.Contains(highest));
        return before.Contains(highest) && !roles.Contains(highest) && !another ? MemberDecision.LastAdministrator : MemberDecision.Allowed;
    }

    /// <summary>Loads an organization and holds its row: changes of its members, invitations and facts happen one after the other.</summary>
    public static Task<Organization?> Lock(Transaction transaction, string id, CancellationToken cancellation) =>
        transaction.QueryOne<Organization>($"select {Columns} from organizations where id = @id for update", new { id }, cancellation);

    /// <summary>The snapshot that other services keep.</summary>
    public OrganizationCreated Announcement() => new(Id, Kind, Title, CatalogId, Email, Enabled, Version);
}
