using System.Text.Json;
using Marketplace.Storage;

namespace Marketplace.Catalog.Units;

/// <summary>A consumption unit as it is stored: what a provider's plans can charge and limit besides calls.</summary>
public sealed record ConsumptionUnit
{
    /// <summary>The units of a provider; narrow it with <c>and …</c>.</summary>
    public const string Select = "select id, organization_id, name, title, titles::text as titles, version, created_at from consumption_units where true";

    /// <summary>Its id (<c>unt_…</c>).</summary>
    public required string Id { get; init; }

    /// <summary>The provider that owns it.</summary>
    public required string OrganizationId { get; init; }

    /// <summary>Its logical name, such as <c>x-tokens</c>: unique in the organization and never changed.</summary>
    public required string Name { get; init; }

    /// <summary>What people call it.</summary>
    public required string Title { get; init; }

    /// <summary>What people call it in other languages: JSON, language tag to title.</summary>
    public required string Titles { get; init; }

    /// <summary>Counts its changes.</summary>
    public required long Version { get; init; }

    /// <summary>When it was made.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>The unit as its provider sees it.</summary>
    public ConsumptionUnitResponse Show() => new(
        Id, OrganizationId, Name, Title, JsonSerializer.Deserialize<SortedDictionary<string, string>>(Titles)!, CreatedAt);

    /// <summary>The first plan, not archived, whose price or quotas name the unit; null when none does. The unit's row must be held for update:
    /// who writes a plan holds it too.</summary>
    public static Task<string?> PlanWith(Transaction transaction, ConsumptionUnit unit, CancellationToken cancellation) => transaction.QueryOne<string?>(
        """
        select p.id from plans p join products d on d.id = p.product_id
        where d.organization_id = @OrganizationId and p.status <> 'Archived'
          and (p.price_unit = @Name or p.quotas @> jsonb_build_array(jsonb_build_object('unit', @Name::text)))
        order by p.id limit 1
        """, unit, cancellation);
}

/// <summary>A consumption unit as its provider sees it.</summary>
/// <param name="Name">Its logical name: what plans name it by, and what upstreams send it under.</param>
/// <param name="Titles">Titles in other languages by language tag, such as <c>de</c> or <c>pt-BR</c>.</param>
public sealed record ConsumptionUnitResponse(
    string Id, string OrganizationId, string Name, string Title, IReadOnlyDictionary<string, string> Titles, DateTimeOffset CreatedAt);
