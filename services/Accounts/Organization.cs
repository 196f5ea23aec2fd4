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
/// <param name="Approval"><c>approved</c>, <c>pending</c> or <c>rejected</c>: what the provider decided about a consumer. Only approved ones can be enabled.</param>
/// <param name="DisabledBy"><c>operator</c> or <c>provider</c> while somebody has disabled it.</param>
public sealed record Organization(
    string Id, string Kind, string Title, string? CatalogId, string Email, bool Enabled, long Version, DateTimeOffset CreatedAt, string Approval, string? DisabledBy)
{
    /// <summary>Sells access to APIs.</summary>
    public const string Provider = "provider";

    /// <summary>Buys access to APIs.</summary>
    public const string Consumer = "consumer";

    /// <summary>Every column, as this record wants them.</summary>
    internal const string Columns = "id, kind, title, catalog_id, email, enabled, version, created_at, approval, disabled_by";

    /// <summary>Every role that a member of such an organization can hold.</summary>
    public static IReadOnlyList<string> RolesOf(string kind) => kind == Provider
        ? [Roles.Owner, Roles.Admin, Roles.ProductManager, Roles.Viewer]
        : [Roles.Admin, Roles.Subscriber, Roles.Developer, Roles.Billing, Roles.Member];

    /// <summary>The role of who creates it, which never dies out and which only its holders give and take.</summary>
    public static string HighestRole(string kind) => kind == Provider ? Roles.Owner : Roles.Admin;

    /// <summary>Roles that may change title, members and invitations.</summary>
    public static string[] AdministratorsOf(string kind) => kind == Provider ? Roles.ProviderSettings : [Roles.Admin];

    /// <summary>Whether the roles go together: owner and admin stand alone, since they hold whatever the others do, and member, which adds nothing; the others combine.</summary>
    public static bool Combine(IReadOnlyCollection<string> roles) => roles.Count <= 1 || !roles.Any(role => role is Roles.Owner or Roles.Admin or Roles.Member);

    /// <summary>Decides about new roles for a member; no roles means removal. Members may remove themselves.</summary>
    /// <param name="disabled">Members who cannot sign in: nobody is left to them.</param>
    public static MemberDecision Decide(
        string kind, IReadOnlyDictionary<string, string[]> members, string actor, string target, string[] roles, IReadOnlySet<string> disabled)
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

        var another = members.Any(member => member.Key != target && member.Value.Contains(highest) && !disabled.Contains(member.Key));
        return before.Contains(highest) && !roles.Contains(highest) && !another ? MemberDecision.LastAdministrator : MemberDecision.Allowed;
    }

    /// <summary>Loads an organization and holds its row: changes of its members, invitations and facts happen one after the other.</summary>
    public static Task<Organization?> Lock(Transaction transaction, string id, CancellationToken cancellation) =>
        transaction.QueryOne<Organization>($"select {Columns} from organizations where id = @id for update", new { id }, cancellation);

    /// <summary>The provider in whose catalog a consumer is; null for providers and unknown ones.</summary>
    public static Task<string?> ProviderOf(Database database, string id, CancellationToken cancellation) => database.QueryOne<string>(
        "select c.organization_id from organizations o join catalogs c on c.id = o.catalog_id where o.id = @id", new { id }, cancellation);

    /// <summary>The addresses of everybody who administers an organization.</summary>
    public static async Task<IReadOnlyList<string>> Administrators(Transaction transaction, string id, CancellationToken cancellation) => await transaction.Query<string>(
        "select u.email from memberships m join users u on u.id = m.user_id where m.organization_id = @id and m.roles && @Roles and u.disabled_at is null",
        new { id, Roles = new[] { Roles.Owner, Roles.Admin } }, cancellation);

    /// <summary>Holds the rows of every organization that a user is a member of, in one order, and names an enabled one that would be left without an owner or administrator
    /// if the user could not sign in any more; null where there is none.</summary>
    public static async Task<Organization?> LeftBy(Transaction transaction, string userId, CancellationToken cancellation)
    {
        var held = await transaction.Query<string>(
            "select o.id from organizations o join memberships m on m.organization_id = o.id where m.user_id = @userId order by o.id for update of o", new { userId }, cancellation);
        return await transaction.QueryOne<Organization>(
            $"select {Columns} from organizations o where id = any(@held) and enabled and {Administered()} and not {Administered("@userId")} order by id limit 1",
            new { held = held.ToArray(), userId }, cancellation);
    }

    /// <summary>Whether the organization, whose row is held, has members but every owner or administrator among them is disabled.</summary>
    public Task<bool> LacksAdministrator(Transaction transaction, CancellationToken cancellation) => transaction.QueryOne<bool>(
        $"select exists (select from organizations o where o.id = @Id and exists (select from memberships m where m.organization_id = o.id) and not {Administered()})",
        new { Id }, cancellation);

    // SQL, of an organization o: whether a member who may sign in, other than that one, holds its highest role.
    private static string Administered(string except = "null") =>
        $"""
        exists (select from memberships m join users u on u.id = m.user_id where m.organization_id = o.id and m.user_id is distinct from {except} and u.disabled_at is null
            and case o.kind when '{Provider}' then '{Roles.Owner}' else '{Roles.Admin}' end = any(m.roles))
        """;

    /// <summary>The snapshot that other services keep.</summary>
    public OrganizationCreated Announcement() => new(Id, Kind, Title, CatalogId, Email, Enabled, Version);
}
