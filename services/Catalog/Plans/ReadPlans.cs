using System.ComponentModel.DataAnnotations;
using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace Marketplace.Catalog.Plans;

/// <summary>Shows a product's plans to the members of its provider.</summary>
public static class ReadPlans
{
    /// <summary>One plan, with its version as ETag.</summary>
    public static async Task<Results<Ok<PlanResponse>, ProblemHttpResult>> One(
        string id, string planId, Caller caller, HttpContext context, Database database, CancellationToken cancellation)
    {
        var product = await Product.Find(database, id, cancellation);
        if (Access.CannotRead(caller, product?.OrganizationId, "product", id) is { } refusal)
        {
            return refusal;
        }

        var plan = await database.QueryOne<Plan>($"{Plan.Select} and p.id = @planId", new { Products = new[] { id }, planId }, cancellation);
        if (plan is null)
        {
            return Problem.NotFound("plan", planId);
        }

        context.SetVersion(plan.Version);
        return TypedResults.Ok(PlanResponse.Of(plan));
    }

    /// <summary>A page of a product's plans, newest first.</summary>
    /// <param name="status"><c>draft</c>, <c>active</c>, <c>deprecated</c> or <c>archived</c>.</param>
    /// <param name="search">Part of the title or name, in any case.</param>
    public static async Task<Results<Ok<Page<PlanResponse>>, ProblemHttpResult>> List(
        string id, [AsParameters] PageQuery page, [FromQuery, AllowedValues(null, "draft", "active", "deprecated", "archived")] string? status,
        [FromQuery, PlainText(100)] string? search, Caller caller, Database database, CancellationToken cancellation)
    {
        var product = await Product.Find(database, id, cancellation);
        if (Access.CannotRead(caller, product?.OrganizationId, "product", id) is { } refusal)
        {
            return refusal;
        }

        var rows = await database.Query<Plan>(
            $"""
            {Plan.Select} and p.id < @After and (@status::text is null or lower(p.status) = @status)
              and (@search::text is null or strpos(lower(p.title), lower(@search)) > 0 or strpos(p.name, lower(@search)) > 0)
            order by p.id desc limit @Take
            """, new { Products = new[] { id }, status, search, page.After, page.Take }, cancellation);
        return TypedResults.Ok(Page<Plan>.Of(rows, page, plan => plan.Id).Select(PlanResponse.Of));
    }
}
