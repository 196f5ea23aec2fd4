using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Marketplace.Catalog.Units;

/// <summary>A consumption unit to be made.</summary>
/// <param name="Name">Its logical name: <c>x-</c> and lower-case letters, digits and single hyphens. It never changes.</param>
/// <param name="Title">What people call it.</param>
/// <param name="Titles">What they call it in other languages, by language tag.</param>
public sealed record CreateConsumptionUnitRequest(
    [Required, PlainText(64)] string OrganizationId,
    [Required, StringLength(64), RegularExpression("^x-[a-z0-9]+(-[a-z0-9]+)*$", ErrorMessage = "A unit's name begins with 'x-' and has lower-case letters, digits and single hyphens.")]
    string Name,
    [Required, PlainText(200)] string Title,
    [Translations] IReadOnlyDictionary<string, string>? Titles = null);

/// <summary>Makes a unit that plans can charge and limit; upstreams tell how many of it a call used.</summary>
public static class CreateConsumptionUnit
{
    /// <summary>Owners, administrators and product managers of a provider.</summary>
    public static async Task<Results<Created<ConsumptionUnitResponse>, ProblemHttpResult>> Handle(
        CreateConsumptionUnitRequest request, Caller caller, HttpContext context, Database database, TimeProvider clock, CancellationToken cancellation)
    {
        if (Access.Cannot(caller, request.OrganizationId, "organization", request.OrganizationId, Roles.ProviderProducts) is { } refusal)
        {
            return refusal;
        }

        var unit = new ConsumptionUnit
        {
            Id = Ids.New("unt", clock),
            OrganizationId = request.OrganizationId,
            Name = request.Name,
            Title = request.Title.Trim(),
            Titles = JsonSerializer.Serialize(request.Titles ?? new Dictionary<string, string>()),
            Version = 1,
            CreatedAt = clock.GetUtcNow(),
        };
        await using var transaction = await database.Begin(cancellation);
        if (await transaction.Execute(
            """
            insert into consumption_units (id, organization_id, name, title, titles, version, created_at)
            values (@Id, @OrganizationId, @Name, @Title, @Titles::jsonb, @Version, @CreatedAt) on conflict (organization_id, name) do nothing
            """, unit, cancellation) == 0)
        {
            return Problems.ConsumptionUnitExists(unit.Name);
        }

        await transaction.Record(caller, "consumption_unit.created", unit.OrganizationId, unit.Id, null, unit.Show(), cancellation);
        await transaction.Commit(cancellation);
        context.SetVersion(unit.Version);
        return TypedResults.Created($"/v1/consumption-units/{unit.Id}", unit.Show());
    }
}
