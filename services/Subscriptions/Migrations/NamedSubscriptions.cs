namespace Marketplace.Subscriptions;

/// <summary>What the ids name that a migration was asked for: the subscriptions, and those that took their place with other seats of the same plan, of which who
/// named them cannot know.</summary>
internal static class NamedSubscriptions
{
    /// <summary>Begins a query with each of <c>@Names</c> and what it names as <c>named (name, id)</c>. Names of nothing name themselves.</summary>
    public const string With =
        """
        with recursive named (name, id, plan_id, migrated_to) as (
            select asked, asked, s.plan_id, s.migrated_to from unnest(@Names) asked left join subscriptions s on s.id = asked
            union all select n.name, s.id, s.plan_id, s.migrated_to from named n join subscriptions s on s.id = n.migrated_to and s.plan_id = n.plan_id)
        """;
}
