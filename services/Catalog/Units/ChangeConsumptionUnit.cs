using System.Text.Json;
using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Marketplace.Catalog.Units;

/// <summary>What to change about a consumption unit; what is left out stays as it is. <c>titles</c> are exchanged whole.</summary>
public sealed record ChangeConsumptionUnitRequest(
    [PlainText(200)] string? Title = null,
    [Translations] IReadOnlyDictionary<string, string>? Titles = null);

/// <summary>Changes what people call a unit. Its logical name stays.</summary>
public static class ChangeConsumptionUnit
{
    /// <summary>Owners, administrators and product managers of the provider; <c>If-Match</c> required.</summary>
    public static async Task<Results<Ok<ConsumptionUnitResponse>, ProblemHttpResult>> Handle(
        string id, ChangeConsumptionUnitRequest request, Caller caller, HttpContext context, Database database, CancellationToken cancellation)
    {
        await using var transaction = await database.Begin(cancellation);
        var unit = await transaction.QueryOne<ConsumptionUnit>($"{ConsumptionUnit.Select} and id = @id for update", new { id }, cancellation);
        if ((Access.Cannot(caller, unit?.OrganizationId, "consumption unit", id, Roles.ProviderProducts) ?? context.Mismatch(unit!.Version)) is { } refusal)
        {
            return refusal;
        }

        var changed = unit! with
        {
            Title = request.Title?.Trim() ?? unit.Title,
            Titles = request.Titles is null ? unit.Titles : JsonSerializer.Serialize(request.Titles),
            Version = unit.Version + 1,
        };
        await transaction.Execute("update consumption_units set title = @Title, titles = @Titles::jsonb, version = @Version where id = @Id", changed, cancellation);
        await transaction.Record(caller, "consumption_unit.changed", unit.OrganizationId, id, unit.Show(), changed.Show(), cancellation);
        await transaction.Commit(cancellation);

        context.SetVersion(changed.Version);
        return TypedResults.Ok(changed.Show());
    }
}
