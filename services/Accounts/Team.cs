using Marketplace.ServiceDefaults;
using Marketplace.Storage;

namespace Marketplace.Accounts;

/// <summary>What may happen to a member of a team.</summary>
public enum TeamDecision
{
    /// <summary>The change may be made.</summary>
    Allowed,

    /// <summary>The actor neither administers the organization nor manages the team.</summary>
    RoleMissing,

    /// <summary>A manager of the team touches a manager, or makes one: administrators do.</summary>
    AdministratorsOnly,

    /// <summary>The target is not in the team, to be changed or taken out.</summary>
    NotInTeam,

    /// <summary>The target is in the team, to be added.</summary>
    InTeam,
}

/// <summary>A team of a consumer organization, and the only copy of the rules about who changes its members.</summary>
/// <param name="IsDefault">The team that an organization has from its beginning to its end.</param>
public sealed record Team(string Id, string OrganizationId, string Title, bool IsDefault, long Version, DateTimeOffset CreatedAt)
{
    /// <summary>Manages the members of one team. It counts in that team alone, so that the internal token never carries it.</summary>
    public const string ManagingRole = "team_manager";

    /// <summary>Every column, as this record wants them.</summary>
    internal const string Columns = "id, organization_id, title, is_default, version, created_at";

    /// <summary>SQL, of a membership <c>m</c> and its organization <c>o</c>: the roles held there as a member and through teams. While it is disabled there are none, but that
    /// a consumer's administrators and billing members are billing members: what it owes they see and pay.</summary>
    internal const string HeldRoles =
        $$"""
        case when o.enabled then m.roles || array(
            select distinct held from team_members t cross join unnest(t.roles) held
            where t.organization_id = m.organization_id and t.user_id = m.user_id and held <> '{{ManagingRole}}' and held <> all(m.roles) order by held)
        when o.kind = '{{Organization.Consumer}}' and o.approval = 'approved' and m.roles && array['{{ServiceDefaults.Roles.Admin}}', '{{ServiceDefaults.Roles.Billing}}']
            then array['{{ServiceDefaults.Roles.Billing}}']
        else '{}' end
        """;

    /// <summary>The roles there are in a team, of which a member may have several.</summary>
    public static IReadOnlyList<string> Roles => [ServiceDefaults.Roles.Developer, ServiceDefaults.Roles.Subscriber, ManagingRole];

    /// <summary>Decides about new roles for a member of a team; no roles means taking out.</summary>
    /// <param name="administers">Whether the actor administers the organization.</param>
    /// <param name="actor">The actor's roles in the team; null when not in it.</param>
    /// <param name="self">Whether the actor is the target: everybody may leave.</param>
    /// <param name="before">The target's roles in the team; null when not in it.</param>
    /// <param name="adding">Whether the target is to come in.</param>
    public static TeamDecision Decide(bool administers, string[]? actor, bool self, string[]? before, string[] roles, bool adding)
    {
        var leaving = self && before is not null && roles.Length == 0;
        if (!administers && !leaving && actor?.Contains(ManagingRole) != true)
        {
            return TeamDecision.RoleMissing;
        }

        if (adding != before is null)
        {
            return adding ? TeamDecision.InTeam : TeamDecision.NotInTeam;
        }

        var manages = before?.Contains(ManagingRole) == true || roles.Contains(ManagingRole);
        return manages && !administers && !leaving ? TeamDecision.AdministratorsOnly : TeamDecision.Allowed;
    }

    /// <summary>Writes the team that every consumer organization has.</summary>
    public static Task CreateDefault(Transaction transaction, Organization organization, TimeProvider clock, CancellationToken cancellation) => transaction.Execute(
        "insert into teams (id, organization_id, title, is_default, created_at) values (@Team, @Id, 'Default team', true, @CreatedAt)",
        new { Team = Ids.New("team", clock), organization.Id, organization.CreatedAt }, cancellation);

    /// <summary>A team of the organization, or null. Who holds the organization's row finds it as it stays until the end of the transaction.</summary>
    public static Task<Team?> Find(Transaction transaction, string organizationId, string id, CancellationToken cancellation) => transaction.QueryOne<Team>(
        $"select {Columns} from teams where id = @id and organization_id = @organizationId", new { id, organizationId }, cancellation);
}
