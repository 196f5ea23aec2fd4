using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace Marketplace.Catalog.Units;

/// <summary>Shows consumption units to the members of their provider.</summary>
public static class ReadConsumptionUnits
{
    /// <summary>One unit, with its version as ETag.</summary>
    public static async Task<Results<Ok<ConsumptionUnitResponse>, ProblemHttpResult>> One(
        string id, Caller caller, HttpContext context, Database database, CancellationToken cancellation)
    {
        var unit = await database.QueryOne<ConsumptionUnit>($"{ConsumptionUnit.Select} and id = @id", new { id }, cancellation);
        if (Access.CannotRead(caller, unit?.OrganizationId, "consumption unit", id) is { } refusal)
        {
            return refusal;
        }

        context.SetVersion(unit!.Version);
        return TypedResults.Ok(unit.Show());
    }

    /// <summary>The units of the caller's providers, or of one of them.</summary>
    public static async Task<Ok<Page<ConsumptionUnitResponse>>> List(
        [AsParameters] PageQuery page, [FromQuery, PlainText(64)] string? organizationId, Caller caller, Database database, CancellationToken cancellation)
    {
        var rows = await database.Query<ConsumptionUnit>(
            $"{ConsumptionUnit.Select} and organization_id = any(@organizations) and id < @After order by id desc limit @Take",
            new { organizations = Access.Readable(caller, organizationId), page.After, page.Take }, cancellation);
        return TypedResults.Ok(Page<ConsumptionUnit>.Of(rows, page, unit => unit.Id).Select(unit => unit.Show()));
    }
}
