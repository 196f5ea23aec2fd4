using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Marketplace.Accounts.Users;

/// <summary>The caller, and where the caller belongs.</summary>
/// <param name="IsOperator">True for operators of the platform.</param>
/// <param name="SecondFactor">Whether signing in asks for a code.</param>
/// <param name="Scopes">What the token of this call is narrowed to; null when it is not.</param>
public sealed record MeResponse(
    string Id, string Email, string? FirstName, string? LastName, bool EmailConfirmed, bool SecondFactor, bool IsOperator, DateTimeOffset CreatedAt,
    IReadOnlyList<MyMembership> Memberships, IReadOnlyList<string>? Scopes);

/// <summary>One organization of the caller.</summary>
public sealed record MyMembership
{
    /// <summary>The organization (<c>org_…</c>).</summary>
    public required string OrganizationId { get; init; }

    /// <summary>Its title.</summary>
    public required string Title { get; init; }

    /// <summary><c>provider</c> or <c>consumer</c>.</summary>
    public required string Kind { get; init; }

    /// <summary>The catalog that a consumer organization signed up to.</summary>
    public string? CatalogId { get; init; }

    /// <summary>False while an operator has disabled it.</summary>
    public required bool Enabled { get; init; }

    /// <summary>The roles held there, those of the caller's teams included; while it is disabled none, but for <c>billing</c> of who pays for a consumer.</summary>
    public required string[] Roles { get; init; }
}

/// <summary>Tells callers who they are.</summary>
public static class ShowMe
{
    /// <summary>200 with the user and every membership. Any signed-in user may.</summary>
    public static async Task<Results<Ok<MeResponse>, ProblemHttpResult>> Handle(Caller caller, Database database, CancellationToken cancellation)
    {
        var user = await database.QueryOne<User>(
            """
            select id, email, first_name, last_name, created_at, email_confirmed_at is not null as email_confirmed,
                exists (select from second_factors f where f.user_id = users.id and f.confirmed_at is not null) as second_factor
            from users where id = @UserId
            """, new { caller.UserId }, cancellation);
        if (user is null)
        {
            return Problem.NotFound("user", caller.UserId);
        }

        var memberships = await database.Query<MyMembership>(
            $"""
            select o.id as organization_id, o.title, o.kind, o.catalog_id, o.enabled, {Team.HeldRoles} as roles
            from memberships m join organizations o on o.id = m.organization_id
            where m.user_id = @UserId order by o.id
            """, new { caller.UserId }, cancellation);
        return TypedResults.Ok(new MeResponse(
            user.Id, user.Email, user.FirstName, user.LastName, user.EmailConfirmed, user.SecondFactor, caller.IsOperator, user.CreatedAt, memberships, caller.Scopes));
    }

    private sealed record User(string Id, string Email, string? FirstName, string? LastName, DateTimeOffset CreatedAt, bool EmailConfirmed, bool SecondFactor);
}
