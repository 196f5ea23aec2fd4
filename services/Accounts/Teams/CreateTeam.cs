using System.ComponentModel.DataAnnotations;
using Marketplace.Accounts.Organizations;
using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Marketplace.Accounts.Teams;

/// <summary>A team to make.</summary>
public sealed record CreateTeamRequest([Required, PlainText(100)] string Title);

/// <summary>Adds a team to a consumer organization.</summary>
public static class CreateTeam
{
    /// <summary>201 with its ETag; 404 for strangers, 403 <c>role_missing</c>, 409 <c>title_taken</c> or <c>teams_of_consumers</c>. Its administrators may.</summary>
    public static async Task<Results<Created<TeamResponse>, ProblemHttpResult>> Handle(
        string id, CreateTeamRequest request, HttpContext context, Caller caller, Database database, TimeProvider clock, CancellationToken cancellation)
    {
        if (Access.Refusal(caller, id) is { } refusal)
        {
            return refusal;
        }

        await using var transaction = await database.Begin(cancellation);
        if (await Organization.Lock(transaction, id, cancellation) is not { } organization)
        {
            return Problem.NotFound("organization", id);
        }

        if (organization.Kind != Organization.Consumer)
        {
            return Problems.TeamsOfConsumers();
        }

        if (await IsTaken(transaction, id, request.Title, null, cancellation))
        {
            return Problems.TeamTitleTaken();
        }

        var made = new Team(Ids.New("team", clock), id, request.Title, IsDefault: false, 1, clock.GetUtcNow());
        await transaction.Execute("insert into teams (id, organization_id, title, created_at) values (@Id, @OrganizationId, @Title, @CreatedAt)", made, cancellation);
        await transaction.Record(caller, "team.created", id, made.Id, null, new { made.Title }, cancellation);
        await transaction.Commit(cancellation);
        context.SetVersion(made.Version);
        return TypedResults.Created($"/v1/organizations/{id}/teams/{made.Id}", TeamResponse.Of(made));
    }

    /// <summary>Whether another team of the organization has the title, in whatever case. Asked with the organization's row held.</summary>
    internal static Task<bool> IsTaken(Transaction transaction, string id, string title, string? except, CancellationToken cancellation) => transaction.QueryOne<bool>(
        "select exists (select from teams where organization_id = @id and lower(title) = lower(@title) and id is distinct from @except)", new { id, title, except }, cancellation);
}
