using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace Marketplace.Catalog.Units;

/// <summary>Deletes a unit that no plan names any more.</summary>
public static class DeleteConsumptionUnit
{
    private const string Word = "Delete";

    /// <summary>Owners, administrators and product managers of the provider.</summary>
    /// <param name="confirm">The word <c>Delete</c>.</param>
    public static async Task<Results<NoContent, ProblemHttpResult>> Handle(
        string id, [FromQuery, PlainText(64)] string? confirm, Caller caller, Database database, CancellationToken cancellation)
    {
        await using var transaction = await database.Begin(cancellation);
        var unit = await transaction.QueryOne<ConsumptionUnit>($"{ConsumptionUnit.Select} and id = @id for update", new { id }, cancellation);
        if (Access.Cannot(caller, unit?.OrganizationId, "consumption unit", id, Roles.ProviderProducts) is { } refusal)
        {
            return refusal;
        }

        if (confirm != Word)
        {
            return Problem.Invalid("confirm", $"Deleting a consumption unit cannot be undone. Send ?confirm={Word} to confirm it.");
        }

        if (await ConsumptionUnit.PlanWith(transaction, unit!, cancellation) is { } plan)
        {
            return Problems.ConsumptionUnitInUse(unit!.Name, plan);
        }

        await transaction.Execute("delete from consumption_units where id = @id", new { id }, cancellation);
        await transaction.Record(caller, "consumption_unit.deleted", unit!.OrganizationId, id, unit.Show(), null, cancellation);
        await transaction.Commit(cancellation);
        return TypedResults.NoContent();
    }
}
